# The web framework's classes, where it is not installed.
import asyncio
import contextlib
import inspect
import json
import re
import sys
import types

from haneul_channel import plain
from haneul_missing import Missing, StandIn
from haneul_parameters import Headers, Request


class Response:
    media_type = None

    def __init__(self, content=None, status_code=200, headers=None, media_type=None, background=None):
        self.status_code = status_code
        self.headers = Headers(headers)
        self.media_type = media_type or type(self).media_type
        self.background = background
        self.body = self.render(content)

    def render(self, content):
        return b"" if content is None else content if isinstance(content, bytes) else str(content).encode()


class HTMLResponse(Response):
    media_type = "text/html"


class PlainTextResponse(Response):
    media_type = "text/plain"


class JSONResponse(Response):
    media_type = "application/json"

    def render(self, content):
        return json.dumps(content, ensure_ascii=False, default=plain).encode()


class StreamingResponse:
    def __init__(self, content, status_code=200, headers=None, media_type=None, background=None):
        self.body_iterator = content
        self.status_code = status_code
        self.headers = Headers(headers)
        self.media_type = media_type
        self.background = background


class UploadFile(Missing):
    def __init__(self, *_, **__):
        self._fail()


class BackgroundTask:
    def __init__(self, func, *args, **kwargs):
        self.func, self.args, self.kwargs = func, args, kwargs

    async def __call__(self):
        await run_in_threadpool(self.func, *self.args, **self.kwargs)


class BackgroundTasks:
    def __init__(self, tasks=None):
        self.tasks = list(tasks or [])

    def add_task(self, func, *args, **kwargs):
        self.tasks.append(BackgroundTask(func, *args, **kwargs))

    async def __call__(self):
        for task in self.tasks:
            await task()


async def run_in_threadpool(func, *args, **kwargs):
    if inspect.iscoroutinefunction(func):
        return await func(*args, **kwargs)
    return await asyncio.to_thread(func, *args, **kwargs)


def jsonable_encoder(value, *_, **__):
    return json.loads(json.dumps(value, default=plain))


def web_modules(error):
    """`fastapi` and `starlette`, where they are not installed.

    `error` is the class of errors with a status."""
    with contextlib.suppress(ImportError):
        import starlette  # noqa: F401

        return
    responses = {c.__name__: c for c in (Response, HTMLResponse, PlainTextResponse, JSONResponse, StreamingResponse)}
    background = {"BackgroundTask": BackgroundTask, "BackgroundTasks": BackgroundTasks}
    threads = {"run_in_threadpool": run_in_threadpool}
    errors = {"HTTPException": error}

    def module(name, values):
        made = StandIn(name)
        made.__path__ = []
        made.__dict__.update(values)
        sys.modules[name] = made

    module("starlette", {})
    module("starlette.responses", responses)
    module("starlette.requests", {"Request": Request})
    module("starlette.background", background)
    module("starlette.concurrency", threads)
    module("starlette.exceptions", errors)
    module("starlette.datastructures", {"Headers": Headers, "UploadFile": UploadFile})
    module("fastapi", {"Request": Request, "UploadFile": UploadFile, **background, **errors, **responses})
    module("fastapi.responses", responses)
    module("fastapi.requests", {"Request": Request})
    module("fastapi.background", background)
    module("fastapi.concurrency", threads)
    module("fastapi.exceptions", errors)
    module("fastapi.encoders", {"jsonable_encoder": jsonable_encoder})
    module("fastapi.datastructures", {"UploadFile": UploadFile})
    module("fastapi.security", {})
    for name in ("fastapi.status", "starlette.status"):
        sys.modules[name] = StatusCodes(name)
    sys.modules["fastapi"].status = sys.modules["fastapi.status"]


class StatusCodes(types.ModuleType):
    def __getattr__(self, name):
        found = re.match(r"HTTP_(\d{3})_", name)
        if not found:
            raise AttributeError(name)
        return int(found.group(1))
