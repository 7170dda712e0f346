"""Every function of Tests/Fixtures/Functions in the page: chosen, turned on or pressed as a person does it, and what is seen of it."""
import json
import re
from dataclasses import dataclass, field
from typing import Callable

import pytest
from conftest import UPSTREAM, ask, expect, new_chat, upstream_log
from test_chat_functions import answer, tool
from test_functions import FIXTURES, clean  # noqa: F401 (each test starts without functions)

ADDER = 'class Tools:\n    def add(self, a: int, b: int) -> int:\n        """Adds."""\n        return a + b\n'

# A model that calls the tool it is told to: `name {"argument": ...}`.
CALLER = '''
class Pipe:
    def pipe(self, body):
        last = body["messages"][-1]
        if last["role"] == "tool":
            return "tool said: " + last["content"]
        name, arguments = last["content"].split(" ", 1)
        call = {"index": 0, "id": "c1", "type": "function", "function": {"name": name, "arguments": arguments}}
        return iter([{"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]}, {"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}])
'''


def made(admin, name, valves=None, is_global=False):
    """The function of a fixture, configured and switched on."""
    admin.call("POST", "/api/v1/functions/create", {"id": name, "name": name, "content": (FIXTURES / f"{name}.py").read_text(), "meta": {"description": ""}})
    if valves:
        admin.call("POST", f"/api/v1/functions/id/{name}/valves/update", valves)
    admin.call("POST", f"/api/v1/functions/id/{name}/toggle")
    if is_global:
        admin.call("POST", f"/api/v1/functions/id/{name}/toggle/global")


def turn_on(page, *names):
    page.get_by_role("button", name=re.compile("^(Choose tools|Tools in use)")).click()
    for name in names:
        page.get_by_role("dialog", name="Tools and filters").get_by_role("switch", name=name).check()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def attach(page, text):
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Attach files").click()
    chooser.value.set_files({"name": "note.txt", "mimeType": "text/plain", "buffer": text.encode()})
    expect(page.locator(".file-line")).to_have_attribute("data-status", "completed", timeout=60_000)


def confirm(page):
    page.get_by_role("dialog", name="Sure?").get_by_role("button", name="Confirm").click()


@dataclass
class Pipe:
    """A fixture that is a model."""
    name: str
    question: str
    shown: str | re.Pattern = ""
    # Which of a manifold's.
    model: str = ""
    valves: dict = field(default_factory=dict)
    step: str = ""
    source: str = ""
    thoughts: str = ""
    problem: str = ""
    tools: dict = field(default_factory=dict)
    before: Callable = lambda page: None
    meanwhile: Callable | None = None

    @property
    def id(self):
        return ".".join(part for part in (self.name, self.model) if part)


PIPES = [
    Pipe("agent_with_tools", "go", "add(add) = 3", tools={"adder": ADDER}, source="t"),
    Pipe("chunk_pipe", "x", "model dict linebytes", step="streaming"),
    Pipe("echo_pipe", "안녕", "echo: 안녕"),
    Pipe("every_event", "hi", "from an event, from another, returned", step="Searched 1 sites", source="Example", problem="something"),
    Pipe("file_reader", "read", re.compile(r"note\.txt: \d+ bytes, seven words are in this little file"),
         before=lambda page: attach(page, "seven words are in this little file")),
    Pipe("manifold_httpx", "hello there", "echo: hello there", model="echo-1", valves={"base_url": UPSTREAM + "/v1", "api_key": "sk-up"}),
    Pipe("manifold_requests", "hello there", "echo: hello there", model="echo-1", valves={"API_BASE_URL": UPSTREAM + "/v1", "API_KEY": "sk-up"}),
    Pipe("mixture_of_models", "q", re.compile(r"echo: q \(0\).*q \(1\)", re.S)),
    Pipe("outdated_imports", "anything", "fine"),
    Pipe("outdated_imports", "database", problem="open_webui.internal.db.get_db is not supported"),
    Pipe("own_host_names", "other", "other: None"),
    Pipe("own_host_names", "webhook", problem="open_webui.utils.webhook.post_webhook is not supported"),
    Pipe("packaged_pipe", "hi", "packaged: hi"),
    Pipe("proxy_aiohttp", "hi there", "echo: hi there", valves={"BASE_URL": UPSTREAM + "/v1", "MODEL": "echo-1", "KEY": "sk-up"}),
    Pipe("raw_bytes", "안녕하세요 🌈 hello", "echo: 안녕하세요 🌈 hello", valves={"BASE_URL": UPSTREAM + "/v1", "WRAPPED": True}),
    Pipe("reserved_arguments", "hi", re.compile(r'"name": "Ada Admin".*"nickname": "nobody".*"task": null.*"asks": true', re.S)),
    Pipe("sealed_valves", "x", "SealedStr geheim", valves={"API_KEY": "geheim"}),
    Pipe("status_events", "hi", "Ada Admin said True", step="Done", meanwhile=confirm),
    Pipe("streaming_generator", "3", "3 2 1 lift-off"),
    Pipe("thinking_stream", "hi", "so: yes", model="thinker", thoughts="hmm"),
    Pipe("thinking_stream", "hi", model="error", problem="quota exceeded"),
    Pipe("translator", "hello", "echo: echo: to en: hello", valves={"model": "echo-1"}),
]


@pytest.mark.parametrize("case", PIPES, ids=lambda case: f"{case.id}-{case.question.split()[0]}")
def test_a_model(admin, open_page, case):
    made(admin, case.name, case.valves)
    for id, code in case.tools.items():
        tool(admin, id, code)
    page = open_page(admin)
    new_chat(page, next(model["name"] for model in admin.call("GET", "/api/models")["data"] if model["id"] == case.id))
    if case.tools:
        turn_on(page, *case.tools)
    case.before(page)
    ask(page, case.question, answered=case.meanwhile is None)
    if case.meanwhile:
        case.meanwhile(page)
    # The same when the chat is opened again.
    for _ in range(2):
        if case.shown:
            expect(answer(page).locator(".prose")).to_have_text(case.shown)
        if case.step:
            expect(answer(page).locator(".steps .step").first).to_have_text(case.step)
        if case.source:
            expect(page.get_by_role("list", name="Sources").get_by_role("button", name=case.source)).to_be_visible()
        if case.thoughts:
            expect(answer(page).locator(".thinking-text")).to_have_text(case.thoughts)
        if case.problem:
            expect(answer(page).get_by_role("alert")).to_contain_text(case.problem)
        else:
            expect(answer(page).get_by_role("alert")).to_have_count(0)
        expect(page.get_by_role("button", name="Send")).to_be_visible()
        page.reload()


def test_async_stream(admin, open_page):
    made(admin, "async_stream", is_global=True)
    page = open_page(admin)
    new_chat(page)
    ask(page, "a b c d")
    expect(answer(page).locator(".prose")).to_have_text("echo: a b c d")
    expect(answer(page).locator(".steps .step")).to_have_text("two")


def test_context_filter(admin, open_page):
    made(admin, "context_filter", {"style": "Speak softly."}, is_global=True)
    page = open_page(admin)
    new_chat(page, "echo-context")
    turn_on(page, "context_filter")
    ask(page, "hi")
    expect(answer(page).locator(".prose")).to_contain_text("Speak softly.")
    expect(answer(page).locator(".prose")).to_contain_text(re.compile(r"-- the house\s*$"))


def test_model_router(admin, open_page):
    made(admin, "model_router", is_global=True)
    page = open_page(admin)
    new_chat(page)
    ask(page, "hey")
    # The short question went to the other model, with what the filter put in.
    seen = json.loads(answer(page).locator(".prose").inner_text())
    assert seen["model"] == "echo-body" and seen["temperature"] == 0.1 and "Routed." in json.dumps(seen["messages"])
    ask(page, "x" * 50)
    expect(answer(page).get_by_role("alert")).to_contain_text("model_router: too long, admin")


def test_rate_limiter(admin, person, open_page):
    made(admin, "rate_limiter", {"requests_per_minute": 1}, is_global=True)
    page = open_page(person)
    new_chat(page)
    ask(page, "first")
    expect(answer(page).locator(".prose")).to_have_text("echo: first")
    ask(page, "second")
    expect(answer(page).get_by_role("alert")).to_contain_text("Rate limit exceeded: 1 requests per minute.")
    # Somebody else is not limited by it, nor the person with a setting of their own.
    other = open_page(admin)
    new_chat(other)
    ask(other, "from another")
    expect(answer(other).locator(".prose")).to_have_text("echo: from another")
    person.call("POST", "/api/v1/functions/id/rate_limiter/valves/user/update", {"vip": True})
    ask(page, "third")
    expect(answer(page).locator(".prose")).to_have_text("echo: third")


def test_redacting_stream(admin, open_page):
    made(admin, "redacting_stream", {"words": ["secret", "비밀"]}, is_global=True)
    page = open_page(admin)
    new_chat(page)
    ask(page, "my secret 비밀 plan")
    expect(answer(page).locator(".prose")).to_have_text("echo: my ****** ** plan")
    assert upstream_log(path="/v1/chat/completions", contains="my secret 비밀 plan")


def test_export_action(admin, open_page):
    made(admin, "export_action", is_global=True)
    page = open_page(admin)
    new_chat(page)
    ask(page, "hello")
    tools = answer(page).locator(".message-tools")
    tools.get_by_role("button", name="Length").click()
    expect(answer(page).locator(".prose")).to_have_text("echo: hello11")
    tools.get_by_role("button", name="In capitals").click()
    page.get_by_role("dialog", name="Ending?").get_by_label("Answer").fill("!!")
    page.get_by_role("dialog").get_by_role("button", name="Send").click()
    expect(page.get_by_role("dialog", name="In capitals").locator(".prose")).to_have_text("ECHO: HELLO11!!")


@pytest.mark.parametrize("name, question, shown, step", [
    ("weather_tools", 'get_weather {"day": "2026-11-22", "hours": [1, 2]}', '"city": "Seoul", "weekday": "Sunday", "unit": "celsius", "hours": 3', "Looking out of the window"),
    ("weather_tools", 'add {"a": 2.5}', "tool said: 3.5", ""),
    ("typed_tools", 'store {"action": "create", "items": [{"name": "cup"}], "how": "slow", "times": 2}', '"items": ["Item:cup"], "how": "slow", "times": 2, "user": "Ada Admin"', ""),
    ("typed_tools", 'google_style {"query": "seas"}', "tool said: seas:5", ""),
    ("typed_tools", 'store {"action": "burn", "items": []}', "Error: ", ""),
    ("typed_tools", "constant {}", "tool said: 42", ""),
], ids=lambda value: value.split()[0] if value.endswith("}") else "")
def test_tools(admin, open_page, name, question, shown, step):
    admin.call("POST", "/api/v1/functions/create", {"id": "caller", "name": "caller", "content": CALLER, "meta": {}})
    admin.call("POST", "/api/v1/functions/id/caller/toggle")
    tool(admin, name, (FIXTURES / f"{name}.py").read_text())
    page = open_page(admin)
    new_chat(page, "caller")
    turn_on(page, name)
    ask(page, question)
    plain = re.sub(r'([,:])(?=\S)', r"\1 ", answer(page).locator(".prose").inner_text())
    assert re.sub(r'([,:])(?=\S)', r"\1 ", shown) in plain
    if step:
        expect(answer(page).locator(".steps .step")).to_have_text(step)


def test_every_fixture_is_tried():
    tried = {case.name for case in PIPES} | {
        "async_stream", "context_filter", "model_router", "rate_limiter", "redacting_stream", "export_action", "weather_tools", "typed_tools"}
    assert tried == {path.stem for path in FIXTURES.glob("*.py")}
