# `Filter.stream`.
import collections
import contextvars
import inspect
import threading
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
        self.is_draining = False
        self.lock = threading.Lock()

    def push(self, payload, answers):
        if self.failed:
            return
        if self.is_async:
            with self.lock:
                self.waiting.append(payload)
                begins, self.is_draining = not self.is_draining, True
            if begins:
                self.worker.loop.call_soon_threadsafe(self.begin)
            return
        event = event_of(payload)
        if event is None:
            answers.append(self.frame(payload))
            return
        try:
            answers.append(self.answer(self.context.run(self.handler, **{self.name: event}, **self.parameters)))
        except BaseException as error:  # noqa: BLE001
            answers.append(self.failure(error))

    def answer(self, result):
        return self.frame(b"" if result is None else encode(result))

    def frame(self, data):
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
        frames, since = [], time.monotonic()
        while True:
            with self.lock:
                if not self.waiting or self.call.cancelled:
                    self.is_draining = False
                    break
                payload = self.waiting.popleft()
            event = event_of(payload)
            try:
                frames.append(self.frame(payload) if event is None else self.answer(await self.handler(**{self.name: event}, **self.parameters)))
            except BaseException as error:  # noqa: BLE001
                frames.append(self.failure(error))
                break
            if time.monotonic() - since > 0.001:
                self.worker.channel.send_all(frames)
                frames, since = [], time.monotonic()
        # Nothing is awaited from here on: a task that begins now comes after this one.
        if frames:
            self.worker.channel.send_all(frames)


def event_of(payload):
    """`None` for what is no JSON object: it passes, and the filter does not see it."""
    try:
        event = decode(payload)
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) else None
