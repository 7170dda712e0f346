# One call in progress: what it may send ahead, and what it asks of the server.
import asyncio
import concurrent.futures
import contextvars
import threading

from haneul_channel import DROP, NUMBER, PIECE_IN, PIECES_END, PULL, REQUEST, NotSupported, decode, encode

current = contextvars.ContextVar("haneul_call", default=None)


class Call:
    """One call in progress. Its number is the only thing that lets the server act for its user."""

    def __init__(self, worker, number, order):
        self.worker = worker
        self.number = number
        self.order = order
        self.credit = order.get("credit", 0)
        self.room = threading.Condition()
        self.cancelled = False
        self.finished = False
        self.task = None
        self.replies = {}
        self.serial = 0
        self.lock = threading.Lock()
        self.closers = []

    # Pieces and events wait until the server has room for them.

    def grant(self, amount):
        with self.room:
            self.credit += amount
            self.room.notify_all()

    def send(self, kind, payload=b""):
        """From a thread that may wait."""
        with self.room:
            while self.credit <= 0 and not self.cancelled:
                self.room.wait()
            if self.cancelled:
                raise asyncio.CancelledError()
            self.credit -= len(payload) + 64
        self.worker.channel.send(kind, self.number, payload)

    async def send_async(self, kind, payload=b""):
        """From any event loop."""
        pause = 0.001
        while self.credit <= 0 and not self.cancelled:
            await asyncio.sleep(pause)
            pause = min(pause * 2, 0.02)
        if self.cancelled:
            raise asyncio.CancelledError()
        with self.room:
            self.credit -= len(payload) + 64
        self.worker.channel.send(kind, self.number, payload)

    # Requests to the server.

    def request(self, name, arguments):
        if threading.current_thread() is self.worker.listener:
            raise NotSupported(f"{name} cannot be waited for in a Filter.stream that is not async")
        future = concurrent.futures.Future()
        future.set_running_or_notify_cancel()
        with self.lock:
            if self.cancelled:
                raise asyncio.CancelledError()
            self.serial += 1
            serial = self.serial
            self.replies[serial] = future
        self.worker.channel.send(REQUEST, self.number, NUMBER.pack(serial) + encode({"name": name, "arguments": arguments}))
        return serial, future

    def ask(self, name, /, **arguments):
        """Waits in this thread."""
        return self.request(name, arguments)[1].result()

    async def ask_async(self, name, /, **arguments):
        return await asyncio.wrap_future(self.request(name, arguments)[1])

    def pull(self, serial):
        """The next piece of a streamed reply; `None` at its end."""
        future = concurrent.futures.Future()
        future.set_running_or_notify_cancel()
        with self.lock:
            self.replies[serial] = future
        self.worker.channel.send(PULL, self.number, NUMBER.pack(serial))
        return future

    def drop(self, serial):
        self.worker.channel.send(DROP, self.number, NUMBER.pack(serial))

    def reply(self, kind, payload):
        serial = NUMBER.unpack_from(payload)[0]
        with self.lock:
            future = self.replies.pop(serial, None)
        if future is None:
            return
        if kind == PIECE_IN:
            future.set_result(payload[4:])
        elif kind == PIECES_END:
            future.set_result(None)
        else:
            answer = decode(payload[4:])
            if "error" in answer:
                future.set_exception(self.worker.refusal(answer["error"]))
            else:
                answer["serial"] = serial
                future.set_result(answer)

    def cancel(self):
        with self.room:
            self.cancelled = True
            self.room.notify_all()
        with self.lock:
            waiting = list(self.replies.values())
            self.replies.clear()
        for future in waiting:
            if not future.done():
                future.set_exception(asyncio.CancelledError())
