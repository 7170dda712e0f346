# What functions ask of the server, as the user of the call that is in progress.
import asyncio

from haneul_call import current
from haneul_channel import NotSupported

worker = None
HTTPException = None


def call_in_progress():
    """The call on whose behalf the code runs: known from the context, or where only one is there."""
    call = current.get()
    if call is not None:
        return call
    calls = list(worker.calls.values())
    if len(calls) == 1:
        return calls[0]
    raise NotSupported("asking the server outside of a call (for instance in a thread of one's own) is not supported")


def make_errors():
    """The web framework's error class, or one like it."""
    global HTTPException
    try:
        from fastapi import HTTPException
    except ImportError:

        class HTTPException(Exception):
            def __init__(self, status_code, detail=None, headers=None):
                self.status_code, self.detail, self.headers = status_code, detail, headers
                super().__init__(detail)

            def __str__(self):
                return f"{self.status_code}: {self.detail}"


def error_of(answer):
    return HTTPException(status_code=answer.get("status", 500), detail=answer.get("message", "the server refused"))


class StreamedAnswer:
    """What `generate_chat_completion` gives for a streamed request: an asynchronous iterator of lines."""

    media_type = "text/event-stream"
    status_code = 200

    def __init__(self, call, serial):
        self.headers = {}
        self.background = None
        self.body_iterator = self.iterate(call, serial)

    async def iterate(self, call, serial):
        ended = False
        try:
            while True:
                piece = await asyncio.wrap_future(call.pull(serial))
                if piece is None:
                    ended = True
                    return
                yield piece
        finally:
            if not ended:
                call.drop(serial)


def check_user(call, user):
    wanted = user.get("id") if isinstance(user, dict) else getattr(user, "id", None)
    own = (call.order.get("user") or {}).get("id")
    if wanted is not None and own is not None and wanted != own:
        raise HTTPException(status_code=403, detail="a function acts for the user who called it, and for nobody else")


async def generate_chat_completion(request=None, form_data=None, user=None, *_, **__):
    if isinstance(request, dict):
        # The older form: `(form_data, user)`.
        request, form_data, user = None, request, user if form_data is None else form_data
    call = getattr(request, "_call", None) or call_in_progress()
    check_user(call, user)
    if hasattr(form_data, "model_dump"):
        form_data = form_data.model_dump()
    if not isinstance(form_data, dict):
        raise TypeError("generate_chat_completion: the request must be a dictionary")
    answer = await call.ask_async("complete", body=form_data)
    if answer.get("stream"):
        return StreamedAnswer(call, answer["serial"])
    return answer["value"]


async def get_all_models(request=None, *_, user=None, **__):
    call = getattr(request, "_call", None) or call_in_progress()
    check_user(call, user)
    return (await call.ask_async("models"))["value"]


def take(name, /, **arguments):
    return call_in_progress().ask(name, **arguments)["value"]


async def retrieve(queries, items, limit):
    queries = [queries] if isinstance(queries, str) else [str(query) for query in queries or []]
    return (await call_in_progress().ask_async("retrieve", queries=queries, items=items, limit=limit))["value"]


def without_request(arguments, names):
    """Newer forms of the search functions have the request first."""
    if arguments and hasattr(arguments[0], "app"):
        arguments = arguments[1:]
    return dict(zip(names, arguments))


async def query_collection(*arguments, **named):
    given = {**without_request(arguments, ("collection_names", "queries", "embedding_function", "k")), **named}
    items = [{"type": "collection", "id": str(name)} for name in given.get("collection_names") or []]
    return await retrieve(given.get("queries"), items, given.get("k") or 5)


async def get_sources_from_items(*arguments, **named):
    """Passages for a request's files, as `sources` of an answer."""
    given = {**without_request(arguments, ("items", "queries", "embedding_function", "k")), **named}
    sources = []
    for item in given.get("items") or given.get("files") or []:
        found = await retrieve(given.get("queries"), [item], given.get("k") or 5)
        if found["documents"][0]:
            sources.append(
                {"source": item, "document": found["documents"][0], "metadata": found["metadatas"][0], "distances": found["distances"][0]})
    return sources
