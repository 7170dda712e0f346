# The channel to the server. A frame is a length (4 bytes), a kind (1), the number of the call (8), and what belongs to it; big-endian,
# the length counts from the kind.
import json
import os
import socket
import struct
import threading

# From the server.
CALL, CANCEL, CREDIT, REPLY, EVENT_IN, CLOSE, PIECE_IN, PIECES_END = 1, 2, 3, 4, 5, 6, 7, 8
# To the server.
HELLO, REFUSED, STARTED, VALUE, TEXT, CHUNK, END, ERROR, EVENT, REQUEST, FILTERED, PIECES, PULL, DROP = (
    20, 21, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41)
HEADER = struct.Struct(">IBQ")
NUMBER = struct.Struct(">I")
LONGEST = 32 << 20


class NotSupported(NotImplementedError):
    """Something of the original's that this server has not; the message names it."""


def plain(value):
    """For json: what is not plain data."""
    dump = getattr(value, "model_dump", None)
    if dump is not None:
        return dump(mode="json")
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).decode("utf-8", "replace")
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "__dict__") and not callable(value):
        return {k: v for k, v in vars(value).items() if not k.startswith("_")}
    return str(value)


encoder = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=plain)


def encode(value):
    return encoder.encode(value).encode("utf-8", "replace")


decode = json.loads


class Channel:
    """Frames out from any thread, frames in on one."""

    def __init__(self, descriptor):
        self.socket = socket.socket(fileno=descriptor)
        self.lock = threading.Lock()

    def send(self, kind, call, payload=b""):
        if len(payload) > LONGEST:
            raise ValueError("the result is too large")
        frame = HEADER.pack(len(payload) + 9, kind, call) + payload
        self.write(frame)

    def send_all(self, frames):
        self.write(b"".join(frames))

    def write(self, data):
        """A worker that cannot answer any more has no use, and its calls would wait until their time is over."""
        try:
            with self.lock:
                self.socket.sendall(data)
        except OSError:
            os._exit(0)

    def frames(self):
        """Lists of `(kind, call, payload)`, all that is there at once."""
        buffer = bytearray()
        receive = self.socket.recv
        while True:
            data = receive(1 << 18)
            if not data:
                os._exit(0)
            buffer += data
            batch = []
            start, size = 0, len(buffer)
            while size - start >= 13:
                length, kind, call = HEADER.unpack_from(buffer, start)
                end = start + 4 + length
                if end > size:
                    break
                batch.append((kind, call, bytes(buffer[start + 13 : end])))
                start = end
            if start:
                del buffer[:start]
            if batch:
                yield batch
