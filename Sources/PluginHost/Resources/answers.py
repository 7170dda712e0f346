# What pipes give, as frames.
import asyncio
import codecs
import inspect
import re

from haneul_channel import CHUNK, EVENT, TEXT, decode, encode, plain

# How the lines of an event stream begin that carry no data, and what is surely one where no data came yet.
ASIDES = (":", "event:", "id:", "retry:")
ASIDE = re.compile(r"(: ?[A-Z][A-Z _-]{3,}|event: ?[\w.-]+|id: ?\S+|retry: ?\d+)\s*")


def plain_value(value):
    value = plain(value) if hasattr(value, "model_dump") else value
    return value if isinstance(value, dict) else str(value)


class Pieces:
    """Frames for the things that one pipe yields: text, or chunks in the form of OpenAI's stream. Texts and bytes may be cut anywhere:
    characters are put together again, and so are `data:` lines."""

    def __init__(self):
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.rest = ""
        # Whether a line was cut: from then on everything is lines.
        self.is_cut = False
        self.has_data = False

    def frames(self, item):
        if isinstance(item, str):
            return self.push(item, item.startswith(ASIDES) and "\ndata:" in item)
        if isinstance(item, (bytes, bytearray, memoryview)):
            # `iter_lines` gives lines that say nothing one by one.
            text = self.decoder.decode(bytes(item))
            is_aside = text.startswith(ASIDES) and (self.has_data or "\ndata:" in text or ASIDE.fullmatch(text) is not None)
            return self.push(text, is_aside)
        frames = self.end()
        if isinstance(item, dict):
            is_event = len(item) == 1 and isinstance(item.get("event"), dict)
            return frames + [(EVENT, encode(item["event"])) if is_event else (CHUNK, encode(item))]
        if hasattr(item, "model_dump"):
            return frames + [(CHUNK, encode(item))]
        return frames if item is None else frames + words(str(item))

    def push(self, text, is_aside):
        frames = []
        if text.startswith("data:"):
            frames, self.has_data = self.finished(), True
        else:
            text, self.rest = self.rest + text, ""
        if not self.is_cut and not is_aside and not text.startswith("data:"):
            return frames + words(text)
        *whole, last = text.split("\n")
        if is_cut(last) or (self.is_cut and last and "data:".startswith(last)):
            self.rest, self.is_cut = last, True
        else:
            whole.append(last)
        for line in whole:
            if line.startswith("data:"):
                frames += data(line[5:].strip())
        return frames

    def finished(self):
        """A line that was cut, and whose end never came."""
        text, self.rest = self.rest, ""
        return data(text[5:].strip()) if text.startswith("data:") else []

    def end(self):
        """What is left."""
        text = self.decoder.decode(b"", True)
        self.decoder.reset()
        if self.is_cut:
            self.rest += text
            return self.finished()
        return self.finished() + words(text)


def words(text):
    return [(TEXT, text.encode("utf-8", "replace"))] if text else []


def data(text):
    if not text or text == "[DONE]":
        return []
    return [(CHUNK if is_object(text) else TEXT, text.encode("utf-8", "replace"))]


def is_object(text):
    try:
        return isinstance(decode(text), dict)
    except ValueError:
        return False


def is_cut(line):
    """Whether the end of a `data:` line is still to come."""
    text = line[5:].strip()
    if not line.startswith("data:") or text == "[DONE]":
        return False
    return "[DONE]".startswith(text) or (text.startswith("{") and not is_object(text))


async def lines(response):
    """The body of a streaming response: cut into lines where it is a stream of events, else as it comes."""
    rest = ""
    media_type = getattr(response, "media_type", None) or (getattr(response, "headers", None) or {}).get("content-type") or ""
    events = True if media_type.startswith("text/event-stream") else None
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    body = response.body_iterator
    try:
        async for item in body if hasattr(body, "__aiter__") else from_thread(body):
            if isinstance(item, dict) or hasattr(item, "model_dump"):
                yield item
                continue
            text = decoder.decode(bytes(item)) if isinstance(item, (bytes, bytearray, memoryview)) else str(item)
            if events is None and text.strip():
                events = text.lstrip().startswith(("data:", *ASIDES))
            if not events:
                if text:
                    yield text
                continue
            *whole, rest = (rest + text).split("\n")
            for line in whole:
                if line.startswith("data:"):
                    yield line
        if events and rest.startswith("data:"):
            yield rest
    finally:
        close = getattr(body, "aclose", None)
        if close is not None:
            await close()
        await run_background(getattr(response, "background", None))


async def run_background(task):
    """What a response does when it was sent, as the web framework would."""
    if task is None:
        return
    result = task()
    if inspect.isawaitable(result):
        await result


async def from_thread(iterable):
    iterator = iter(iterable)
    stop = object()
    while True:
        item = await asyncio.to_thread(next, iterator, stop)
        if item is stop:
            return
        yield item
