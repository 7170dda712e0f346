"""Functions in the styles people publish, each through chat completions of a real server."""
import json, os, time
import pytest, requests
from clients import BASE, FIXTURES, UPSTREAM, events, grant, text


def test_python_runs_and_says_what_protects_the_server(admin):
    host = admin.ok("GET", "/api/v1/functions/host")
    assert host["python"] and host["active"]


# Pipes

def test_echo(admin):
    made = admin.add("echo_pipe")
    assert made["type"] == "pipe" and made["meta"]["manifest"]["title"] == "Echo" and made["meta"]["install"]["state"] == "ready"
    assert admin.say("echo_pipe", "안녕") == "echo: 안녕"
    chunks = admin.stream("echo_pipe", "hi")
    assert text(chunks) == "echo: hi" and chunks[-1]["choices"][0]["finish_reason"] == "stop"
    ids = [m["id"] for m in admin.ok("GET", "/api/models")["data"]]
    assert "echo_pipe" in ids


def test_a_generator_streams_piece_by_piece(admin):
    admin.add("streaming_generator")
    assert admin.say("streaming_generator", "3") == "3 2 1 lift-off"
    chunks = admin.stream("streaming_generator", "50")
    assert text(chunks).startswith("50 49 ") and text(chunks).endswith("lift-off")
    assert len([c for c in chunks if c["choices"][0]["delta"].get("content")]) == 51


def test_chunks_models_lines_bytes_and_usage(admin):
    admin.add("chunk_pipe")
    whole = admin.chat("chunk_pipe", "x").json()
    assert whole["choices"][0]["message"]["content"] == "whole" and whole["usage"]["total_tokens"] == 3
    chunks = admin.stream("chunk_pipe", "x")
    assert text(chunks) == "model dict linebytes"
    assert [c["usage"]["total_tokens"] for c in chunks if c.get("usage")] == [3]
    assert {"type": "status", "data": {"description": "streaming"}} in events(chunks)


@pytest.mark.parametrize("name, id, valves", [
    ("manifold_requests", "man_requests", {"API_BASE_URL": UPSTREAM + "/v1", "API_KEY": "sk-up"}),
    ("manifold_httpx", "man_httpx", {"base_url": UPSTREAM + "/v1", "api_key": "sk-up"}),
])
def test_a_manifold_is_the_models_of_another_api(admin, name, id, valves):
    pytest.importorskip(name.split("_")[1])
    admin.add(name, id=id, valves=valves)
    models = {m["id"]: m["name"] for m in admin.ok("GET", "/api/models")["data"] if m["id"].startswith(id + ".")}
    assert f"{id}.echo-1" in models, models
    assert admin.say(f"{id}.echo-1", "hi") == "echo: hi"
    assert text(admin.stream(f"{id}.echo-1", "hello there")) == "echo: hello there"


def test_a_streaming_response_is_relayed(admin):
    admin.add("proxy_aiohttp", valves={"BASE_URL": UPSTREAM + "/v1", "MODEL": "echo-1", "KEY": "sk-up"})
    assert admin.say("proxy_aiohttp", "hi") == "echo: hi"
    assert text(admin.stream("proxy_aiohttp", "hi there")) == "echo: hi there"


def test_a_pipe_without_permission_has_no_network(admin):
    code = (FIXTURES / "manifold_requests.py").read_text()
    admin.add("manifold_requests", id="no_network", code=code, valves={"API_BASE_URL": UPSTREAM + "/v1", "API_KEY": "sk-up"})
    names = [m["name"] for m in admin.ok("GET", "/api/models")["data"] if m["id"].startswith("no_network.")]
    assert names == ["Error fetching models. Please check your API key."]
    admin.remove("no_network")


def test_a_translator_asks_another_model_as_the_caller(admin, user):
    admin.add("translator", valves={"model": "echo-1"})
    assert admin.say("translator", "hello") == "echo: to en: hello"
    assert text(admin.stream("translator", "hello")) == "echo: echo: to en: hello"
    grant(admin, "translator")
    refused = user.chat("translator", "hello")
    assert refused.status_code == 400 and "Model not found" in refused.json()["detail"]
    bad = admin.call("POST", "/api/v1/functions/id/translator/valves/update", {"language": "fr"})
    assert bad.status_code == 400 and "language" in bad.json()["detail"]


def test_files_and_chats_are_the_callers(admin, user):
    admin.add("file_reader")
    grant(admin, "file_reader")
    file = requests.post(
        BASE + "/api/v1/files/?process_in_background=false", files={"file": ("note.txt", b"seven words are in this little file")},
        headers={"Authorization": f"Bearer {admin.token}"}).json()["id"]
    body = {"files": [{"type": "file", "id": file, "context": "full"}], "features": {"web_search": True}}
    assert "35 bytes, seven words" in admin.say("file_reader", "read", **body)
    assert f"{file}: not yours" in user.say("file_reader", "read", **body)


def test_knowledge_is_the_callers(admin, user):
    code = ("import json\nfrom open_webui.models.knowledge import Knowledges\nfrom open_webui.retrieval.utils import query_collection\nclass Pipe:\n"
            "    async def pipe(self, body, __user__):\n        id = body['messages'][-1]['content']\n        base = Knowledges.get_knowledge_by_id(id)\n"
            "        found = await query_collection(collection_names=[id], queries=['harbour'], k=2)\n        own = __user__['id']\n"
            "        return json.dumps({'name': base.name if base else None, 'again': bool(await Knowledges.get_knowledge_by_id(id)), 'may': bool(await Knowledges.check_access_by_user_id(id, own, 'write')),\n"
            "            'files': [f.filename for f in Knowledges.get_files_by_id(id)], 'writes': [b.id for b in await Knowledges.get_knowledge_bases_by_user_id(own)],\n"
            "            'reads': [b.id for b in Knowledges.get_knowledge_bases_by_user_id(own, 'read')], 'others': Knowledges.get_knowledge_bases_by_user_id('x', 'read'),\n"
            "            'found': found['documents'][0]})\n")
    admin.add("librarian", code=code)
    grant(admin, "librarian")
    base = admin.ok("POST", "/api/v1/knowledge/create", {"name": "Harbour", "description": "Ships"})["id"]
    file = requests.post(
        BASE + "/api/v1/files/?process_in_background=false", files={"file": ("tides.txt", b"The harbour closes at ten.")},
        headers={"Authorization": f"Bearer {admin.token}"}).json()["id"]
    admin.ok("POST", f"/api/v1/knowledge/{base}/file/add", {"file_id": file})
    seen = json.loads(admin.say("librarian", base))
    assert seen == {"name": "Harbour", "again": True, "may": True, "files": ["tides.txt"], "writes": [base], "reads": [base], "others": [],
                    "found": ["The harbour closes at ten."]}
    nothing = {"name": None, "again": False, "may": False, "files": [], "writes": [], "reads": [], "others": [], "found": []}
    assert json.loads(user.say("librarian", base)) == nothing
    admin.ok("POST", f"/api/v1/knowledge/{base}/access/update", {"access_grants": [{"principal_type": "user", "principal_id": "*", "permission": "read"}]})
    seen = json.loads(user.say("librarian", base))
    assert seen["name"] == "Harbour" and seen["reads"] == [base] and seen["writes"] == [] and not seen["may"] and seen["found"]
    assert json.loads(user.say("librarian", "no-such-id")) == {**nothing, "reads": [base]}
    admin.call("DELETE", f"/api/v1/knowledge/{base}/delete")
    admin.remove("librarian")


def test_an_agent_calls_the_tools_of_the_chat(admin):
    admin.add("agent_with_tools")
    admin.remove("adder", "tools")
    code = "class Tools:\n    def __init__(self):\n        self.citation = False\n    def add(self, a: int, b: int) -> int:\n        \"\"\"Adds.\"\"\"\n        return a + b\n"
    admin.ok("POST", "/api/v1/tools/create", {"id": "adder", "name": "Adder", "content": code, "meta": {}})
    answer = admin.chat("agent_with_tools", "go", tool_ids=["adder"]).json()
    assert answer["choices"][0]["message"]["content"] == "add(add) = 3"
    assert answer["sources"][0]["metadata"] == [{"source": "tools"}]


def test_packages_are_installed_when_a_function_is_saved(admin):
    made = admin.add("packaged_pipe", active=False)
    for _ in range(300):
        state = admin.ok("GET", "/api/v1/functions/id/packaged_pipe")["meta"]["install"]
        if state["state"] != "installing":
            break
        time.sleep(0.2)
    assert state["state"] == "ready", state
    assert made["meta"]["manifest"]["requirements"]
    admin.ok("POST", "/api/v1/functions/id/packaged_pipe/toggle")
    assert admin.say("packaged_pipe", "hi") == "packaged: hi"


def test_packages_that_are_nowhere_are_refused_with_the_installers_words(admin):
    code = '"""\ntitle: X\nrequirements: haneul-no-such-package==9\n"""\nclass Pipe:\n    def pipe(self, body):\n        return "x"\n'
    answer = admin.call("POST", "/api/v1/functions/create", {"id": "nowhere", "name": "N", "content": code, "meta": {}})
    if answer.status_code == 200:  # It took longer than the request waits.
        for _ in range(300):
            state = admin.ok("GET", "/api/v1/functions/id/nowhere")["meta"]["install"]
            if state["state"] != "installing":
                break
            time.sleep(0.2)
        assert state["state"] == "failed" and "haneul-no-such-package" in state["error"]
    else:
        assert answer.status_code == 400 and "haneul-no-such-package" in answer.json()["detail"], answer.text
    admin.remove("nowhere")


def test_what_the_server_does_not_offer_fails_with_its_name(admin):
    admin.add("outdated_imports")
    assert admin.say("outdated_imports", "anything") == "fine"
    refused = admin.chat("outdated_imports", "knowledge")
    assert refused.status_code == 400 and "nowledge" in refused.json()["detail"], refused.text


def test_status_events_and_questions(admin):
    admin.add("status_events")
    answer = admin.chat("status_events", "hi", stream=True)
    assert '"description":"Thinking"' in answer.text.replace(": ", ":")
    # Nobody is there to be asked.
    assert '"error"' in answer.text and answer.text.endswith("data: [DONE]\n\n")


# Filters

def test_a_filter_changes_request_and_answer(admin):
    admin.add("context_filter", is_global=True)
    try:
        plain = admin.say("echo-context", "hi")
        assert "Be brief." not in plain  # People turn this one on themselves.
        seen = admin.say("echo-context", "hi", filter_ids=["context_filter"])
        assert "Be brief." in seen and seen.endswith("-- the house")
        assert text(admin.stream("echo-1", "hi", filter_ids=["context_filter"])) == "echo: hi\n\n-- the house"
        entry = next(m for m in admin.ok("GET", "/api/models")["data"] if m["id"] == "echo-1")
        assert [f["id"] for f in entry["filters"]] == ["context_filter"]
    finally:
        admin.remove("context_filter")


def test_a_stream_filter_sees_every_chunk(admin):
    admin.add("redacting_stream", is_global=True)
    try:
        assert text(admin.stream("echo-1", "my secret plan")) == "echo: my ****** plan"
        assert admin.say("echo-1", "my secret plan") == "echo: my secret plan"
    finally:
        admin.remove("redacting_stream")


def test_a_stream_filter_counts_in_one_session(admin):
    admin.add("async_stream", is_global=True)
    try:
        chunks = admin.stream("echo-1", "a b c d", chat_id="local:1")
        counted = [c["seen"] for c in chunks if "seen" in c]
        assert counted == list(range(1, len(counted) + 1)) and len(counted) > 3
        assert {c["chat"] for c in chunks if "chat" in c} == {"local:1"}
        assert {"type": "status", "data": {"description": "two"}} in events(chunks)
    finally:
        admin.remove("async_stream")


@pytest.mark.parametrize("is_async", [False, True])
def test_what_a_stream_filter_let_through_arrives_before_its_error(admin, is_async):
    code = ("class Filter:\n    ASYNC def stream(self, event):\n        delta = (event.get('choices') or [{}])[0].get('delta') or {}\n"
            "        if 'four' in (delta.get('content') or ''):\n            raise Exception('not four')\n        return event\n")
    admin.add("counting", code=code.replace("ASYNC ", "async " if is_async else ""), is_global=True)
    try:
        for _ in range(5):
            chunks = admin.stream("echo-1", "one two three four five")
            assert text(chunks) == "echo: one two three " and chunks[-1]["error"]["message"] == "not four"
    finally:
        admin.remove("counting")


def test_a_rate_limiter_knows_who_is_calling(admin, user):
    admin.add("rate_limiter", is_global=True, valves={"requests_per_minute": 2})
    grant(admin, "echo-1")
    try:
        assert [user.chat("echo-1", "x").status_code for _ in range(3)] == [200, 200, 400]
        refused = user.chat("echo-1", "x", stream=True)
        assert refused.status_code == 400 and refused.json()["detail"] == "Rate limit exceeded: 2 requests per minute."
        assert admin.chat("echo-1", "x").status_code == 200
        user.ok("POST", "/api/v1/functions/id/rate_limiter/valves/user/update", {"vip": True})
        assert user.chat("echo-1", "x").status_code == 200
    finally:
        admin.remove("rate_limiter")


# Tools and actions

def test_tools_run_in_the_server(admin, user):
    admin.remove("weather", "tools")
    content = (FIXTURES / "weather_tools.py").read_text()
    made = admin.ok("POST", "/api/v1/tools/create", {"id": "weather", "name": "Weather", "content": content, "meta": {"description": "d"}})
    specs = admin.ok("GET", "/api/v1/tools/id/weather")["specs"]
    assert [s["name"] for s in specs] == ["get_weather", "add"]
    assert "__user__" not in json.dumps(specs) and specs[0]["parameters"]["required"] == ["day"]
    assert made["meta"]["has_user_valves"] is True
    # The stand-in for a model calls the first tool with {"query": ...}, which this one does not take.
    answer = admin.say("echo-tools", "2026-11-22", tool_ids=["weather"])
    assert answer.startswith("tool said: Error: ") and "day" in answer
    admin.remove("weather", "tools")


def test_a_tool_with_the_arguments_of_the_model(admin):
    admin.remove("looker", "tools")
    code = ('class Tools:\n    def look(self, query: str, __user__: dict = {}) -> str:\n        """Looks.\n        :param query: what\n        """\n'
            '        return f"{query} for {__user__[\'name\']}"\n')
    admin.ok("POST", "/api/v1/tools/create", {"id": "looker", "name": "L", "content": code, "meta": {}})
    answer = admin.chat("echo-tools", "seven", tool_ids=["looker"]).json()
    assert answer["choices"][0]["message"]["content"] == "tool said: seven for Admin"
    assert answer["sources"][0]["source"]["name"] == "looker/look"
    chunks = admin.stream("echo-tools", "seven", tool_ids=["looker"])
    assert text(chunks) == "tool said: seven for Admin"
    admin.remove("looker", "tools")


def test_actions(admin):
    admin.add("export_action", is_global=True)
    body = {"model": "echo-1", "messages": [{"role": "assistant", "content": "hello"}], "chat_id": "c", "id": "m", "session_id": "s"}
    assert admin.call("POST", "/api/chat/actions/export_action.length", body).json() is None
    asked = admin.call("POST", "/api/chat/actions/export_action.upper", body)
    assert asked.status_code in (400, 503) and asked.json()["detail"]
    entry = next(m for m in admin.ok("GET", "/api/models")["data"] if m["id"] == "echo-1")
    assert [a["id"] for a in entry["actions"]] == ["export_action.upper", "export_action.length"]
    admin.remove("export_action")


# What goes wrong

@pytest.mark.parametrize("code, words", [
    ("class Pipe(", "SyntaxError"), ("import nothing_like_this\nclass Pipe: ...", "nothing_like_this"), ("x = 1", "no class"),
    ("class Pipe:\n    def __init__(self):\n        raise ValueError('no thanks')", "no thanks"),
])
def test_code_that_does_not_load_is_refused_without_paths_of_the_server(admin, code, words):
    answer = admin.call("POST", "/api/v1/functions/create", {"id": "broken", "name": "B", "content": code, "meta": {}})
    assert answer.status_code == 400 and words in answer.json()["detail"], answer.text
    assert os.environ["SERVER_DATA"] not in answer.text and "/tmp/" not in answer.text


@pytest.mark.parametrize("code, status", [
    ("class Pipe:\n    def pipe(self, body):\n        raise KeyError('x')", 400),
    ("import os\nclass Pipe:\n    def pipe(self, body):\n        os._exit(3)", 500),
    ("class Pipe:\n    def pipe(self, body):\n        while True: pass", 504),
])
def test_a_pipe_that_fails_hurts_nobody_else(admin, code, status):
    admin.add("echo_pipe")
    admin.add("bad", code=code)
    answer = admin.chat("bad", "x")
    assert answer.status_code == status and answer.json()["detail"], answer.text
    assert admin.say("echo_pipe", "still here") == "echo: still here"
    admin.remove("bad")


def test_the_status_that_code_chooses_is_the_answers(admin):
    code = ("from fastapi import HTTPException\nclass Pipe:\n    def pipe(self, body):\n        status = int(body['messages'][-1]['content'])\n"
            "        raise HTTPException(status_code=status, detail=f'chosen {status}')\n")
    admin.add("choosing", code=code)
    for status in (400, 402, 403, 404, 422, 429, 451, 500, 502, 503):
        answer = admin.chat("choosing", str(status))
        assert (answer.status_code, answer.json()["detail"]) == (status, f"chosen {status}")
    # What is no error is none of the client's.
    assert [admin.chat("choosing", str(status)).status_code for status in (200, 302, 99, 600)] == [400] * 4
    admin.remove("choosing")


def test_the_status_of_what_a_function_asks_for_comes_through(admin):
    code = ("from open_webui.utils.chat import generate_chat_completion\nclass Pipe:\n    async def pipe(self, body, __user__, __request__):\n"
            "        form = {'model': body['messages'][-1]['content'], 'messages': [{'role': 'user', 'content': 'x'}]}\n"
            "        return await generate_chat_completion(__request__, form, __user__)\n")
    admin.add("asking", code=code)
    answer = admin.chat("asking", "echo-error-429")
    assert (answer.status_code, answer.json()["detail"]) == (429, "upstream said 429")
    assert admin.chat("asking", "echo-error-503").status_code == 503
    assert admin.chat("asking", "no-such-model").status_code == 400
    admin.remove("asking")


def test_a_pipe_that_exits_in_the_middle_ends_the_stream_with_an_error(admin):
    admin.add("bad", code="import os\nclass Pipe:\n    def pipe(self, body):\n        yield 'a'\n        yield 'b'\n        os._exit(3)\n")
    chunks = admin.stream("bad", "x")
    assert text(chunks) == "ab" and "error" in chunks[-1]
    admin.remove("bad")


def test_code_does_not_see_the_servers_secrets(admin):
    code = ("import os, json\nclass Pipe:\n    def pipe(self, body):\n        try:\n            db = open(body['messages'][0]['content']).read(1)\n"
            "        except OSError as e:\n            db = type(e).__name__\n        return json.dumps({'env': dict(os.environ), 'db': db})\n")
    admin.add("peek", code=code)
    seen = json.loads(admin.say("peek", os.environ["SERVER_DATA"] + "/haneul.db"))
    assert "sk-must-not-leak" not in json.dumps(seen["env"])
    if set(admin.ok("GET", "/api/v1/functions/host")["active"]) & {"landlock", "mount-namespace"}:
        assert seen["db"] in ("PermissionError", "FileNotFoundError")
    admin.remove("peek")


def test_functions_survive_a_change_of_code(admin):
    admin.add("changing", code="class Pipe:\n    def pipe(self, body):\n        return 'one'\n")
    assert admin.say("changing", "x") == "one"
    form = {"id": "changing", "name": "C", "content": "class Pipe:\n    def pipe(self, body):\n        return 'two'\n", "meta": {}}
    admin.ok("POST", "/api/v1/functions/id/changing/update", form)
    assert admin.say("changing", "x") == "two"
    admin.ok("POST", "/api/v1/functions/id/changing/toggle")
    assert admin.chat("changing", "x").status_code == 400
    admin.remove("changing")
