# What handlers are given by the names of their parameters.
import haneul_rows as rows
from haneul_channel import EVENT, encode
from haneul_missing import Missing
from haneul_server import take


def emitter(call):
    """`__event_emitter__`."""

    async def emit(event, *_, **__):
        if hasattr(event, "model_dump"):
            event = event.model_dump()
        if not isinstance(event, dict):
            raise TypeError(f"__event_emitter__ takes a dictionary, not {type(event).__name__}")
        await call.send_async(EVENT, encode(event))

    return emit


def event_call(call):
    """`__event_call__`."""

    async def ask(event, *_, **__):
        if not isinstance(event, dict):
            raise TypeError(f"__event_call__ takes a dictionary, not {type(event).__name__}")
        return (await call.ask_async("ask", event=event))["value"]

    return ask


def tools(call, known):
    """`__tools__`: the chat's tools, each with a `callable`."""
    result = {}
    for name, tool in known.items():
        tool = dict(tool) if isinstance(tool, dict) else {"spec": tool}

        async def run(*, _name=name, **arguments):
            return (await call.ask_async("tool", name=_name, arguments=arguments))["value"]

        tool["callable"] = run
        result[name] = tool
    return result


class Headers(dict):
    def __init__(self, values=()):
        super().__init__({str(key).lower(): value for key, value in dict(values or {}).items()})

    def get(self, key, default=None):
        return super().get(str(key).lower(), default)

    def __getitem__(self, key):
        return super().__getitem__(str(key).lower())

    def __setitem__(self, key, value):
        super().__setitem__(str(key).lower(), value)

    def __contains__(self, key):
        return super().__contains__(str(key).lower())


class State:
    def __init__(self, name, **values):
        object.__setattr__(self, "_name", name)
        self.__dict__.update(values)

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Missing(f"{self._name}.{name}")


class AppState(State):
    @property
    def MODELS(self):
        return {model["id"]: model for model in take("models")}

    BASE_MODELS = OPENAI_MODELS = MODELS


class Request:
    """`__request__`: enough for what is passed on to the helpers. Nothing of the real request, its headers and cookies, is in it."""

    def __init__(self, call=None, *_, **__):
        call = call if hasattr(call, "order") else None
        self._call = call
        order = call.order if call is not None else {}
        user = order.get("user") or {}
        metadata = (order.get("context") or {}).get("__metadata__") or {}
        self.scope = {"type": "http", "method": "POST", "path": "/api/chat/completions", "headers": [], "query_string": b""}
        self.headers = Headers()
        self.cookies = {}
        self.query_params = {}
        self.path_params = {}
        self.method = "POST"
        self.base_url = "http://localhost/"
        self.url = "http://localhost/api/chat/completions"
        self.client = None
        self.state = State(
            "__request__.state", user=rows.UserModel(**user) if user.get("id") else None, metadata=dict(metadata), token=None)
        self.app = State("__request__.app", state=AppState("__request__.app.state", config=State("__request__.app.state.config")))

    async def is_disconnected(self):
        return self._call is None or self._call.cancelled

    async def json(self):
        return self._call.order.get("body") if self._call is not None else {}

    async def body(self):
        return encode(await self.json())
