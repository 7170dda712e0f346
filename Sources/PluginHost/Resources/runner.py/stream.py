# `Filter.stream`.
import collections
import contextvars
import inspect
import time

from haneul_channel import ERROR, FILTERED, HEADER, NUMBER, decode, encode


class Stream:
    """`Filter.stream` over one answer. Runs on the thread that reads the channel: a piece costs no change of threads."""

    def __init__(self, worker, call, handler, name, parameters):
        self.worker = worker
        self.number = call.number
        self.call = call
        self.handler = handler
        self.name = name
        self.parameters = parameters
        self.context = contextvars.copy_context()
        self.is_async = inspect.iscoroutinefunction(handler)
        self.failed = False
        self.waiting = collections.deque()

    def push(self, payload, answers):
        if self.failed:
            return
        if self.is_async:
            self.waiting.append(payload)
            if len(self.waiting) == 1:
                self.worker.loop.call_soon_threadsafe(self.begin)
            return
        try:
            result = self.context.run(self.handler, **{self.name: decode(payload)}, **self.parameters)
            answers.append(self.answer(result))
        except BaseException as error:  # noqa: BLE001
            answers.append(self.failure(error))

    def answer(self, result):
        data = b"" if result is None else encode(result)
        return HEADER.pack(len(data) + 9, FILTERED, self.number) + data

    def failure(self, error):
        self.failed = True
        self.worker.streams.pop(self.number, None)
        self.worker.calls.pop(self.number, None)
        data = NUMBER.pack(int(time.process_time())) + encode(self.worker.failure(error))
        return HEADER.pack(len(data) + 9, ERROR, self.number) + data

    # Coroutines run on the loop, one piece after the other.

    def begin(self):
        task = self.context.run(self.worker.loop.create_task, self.drain())
        self.call.task = task

    async def drain(self):
        while self.waiting and not self.call.cancelled:
            try:
                result = await self.handler(**{self.name: decode(self.waiting[0])}, **self.parameters)
                frame = self.answer(result)
            except BaseException as error:  # noqa: BLE001
                frame = self.failure(error)
            self.worker.channel.send_all([frame])
            if self.failed:
                return
            # Last, because the thread of the channel begins a new task when it finds the list empty.
            self.waiting.popleft()
