"""What published functions rely on: names they take from their host, arguments, events, types, and forms of answers."""
import json
import pytest
from clients import FIXTURES, UPSTREAM, events, grant, text


def test_every_argument_has_the_value_of_the_request(admin, user):
    admin.add("reserved_arguments")
    grant(admin, "reserved_arguments")
    user.ok("POST", "/api/v1/functions/id/reserved_arguments/valves/user/update", {"nickname": "Kitty", "tries": "5"})
    admin.ok("POST", "/api/v1/functions/id/reserved_arguments/valves/update", {"LANGUAGE": "de"})
    body = {"chat_id": "local:7", "id": "m7", "session_id": "s7", "variables": {"{{USER_NAME}}": "Kit"}}
    for stream in (False, True):
        said = text(user.stream("reserved_arguments", "hi", **body)) if stream else user.say("reserved_arguments", "hi", **body)
        seen = json.loads(said)
        assert seen["nickname"] == "Kitty" and seen["tries"] == 5 and seen["language"] == "de"
        assert seen["user"]["role"] == "user" and seen["user"]["id"] == seen["state_user"] == seen["metadata"]["user_id"]
        assert not {"token", "api_key", "password"} & set(seen["user"])
        assert seen["model"] == seen["id"] == "reserved_arguments"
        assert (seen["chat_id"], seen["message_id"], seen["session_id"]) == ("local:7", "m7", "s7")
        assert seen["metadata"]["chat_id"] == "local:7" and seen["metadata"]["variables"] == {"{{USER_NAME}}": "Kit"}
        # Nothing of the request's own head, nor of a sign-in elsewhere.
        assert seen["headers"] == {} and seen["oauth"] is None and seen["future"] is None and seen["task"] is None
        assert seen["emits"] and seen["asks"] and seen["messages"] == 1
        assert "messages" in seen["body"] and "model" in seen["body"] and "chat_id" not in seen["body"]
    assert json.loads(admin.say("reserved_arguments", "hi"))["nickname"] == "nobody"


def test_knowledge_of_a_workspace_model_is_told(admin):
    admin.add("reserved_arguments")
    admin.call("POST", "/api/v1/models/model/delete", {"id": "expert"})
    form = {"id": "expert", "name": "Expert", "base_model_id": "reserved_arguments", "params": {}, "access_grants": [],
            "meta": {"knowledge": [{"id": "k1", "type": "collection", "name": "Books"}]}, "is_active": True}
    admin.ok("POST", "/api/v1/models/create", form)
    seen = json.loads(admin.say("expert", "hi"))
    assert [item["id"] for item in seen["knowledge"]] == ["k1"] and seen["model"] == "expert"
    admin.call("POST", "/api/v1/models/model/delete", {"id": "expert"})


def test_every_type_of_event_reaches_the_reader(admin):
    admin.add("every_event")
    chunks = admin.stream("every_event", "hi")
    code = {}
    exec((FIXTURES / "every_event.py").read_text(), code)
    assert events(chunks) == code["Pipe"].EVENTS
    assert text(chunks) == "from an event, from another, returned"
    sources = [s for c in chunks for s in c.get("sources", [])]
    assert sources[0]["document"] == ["the text"] and sources[0]["source"]["url"] == "https://example.com"
    # Clients of OpenAI's see chunks with an empty delta, nothing else.
    assert all(c["object"] == "chat.completion.chunk" and c["choices"][0]["delta"] is not None for c in chunks)
    answer = admin.chat("every_event", "hi").json()
    assert answer["choices"][0]["message"]["content"] == "from an event, from another, returned"
    assert answer["sources"][0]["document"] == ["the text"]


@pytest.mark.parametrize("piece", [1, 7, 4096])
@pytest.mark.parametrize("wrapped", [False, True])
def test_bytes_of_another_api_may_be_cut_anywhere(admin, piece, wrapped):
    admin.add("raw_bytes", valves={"BASE_URL": UPSTREAM + "/v1", "PIECE": piece, "WRAPPED": wrapped})
    if piece == 1 and not wrapped:
        return  # A pipe that yields single letters yields text.
    chunks = admin.stream("raw_bytes", "안녕하세요 🌈 hello")
    assert text(chunks) == "echo: 안녕하세요 🌈 hello"
    assert admin.say("raw_bytes", "안녕") == "echo: 안녕"
    if wrapped:
        assert admin.say("raw_bytes", "closed?") == "1"


def test_a_mixture_of_models_asks_at_the_same_time_as_its_caller(admin, user):
    admin.add("mixture_of_models")
    whole = admin.say("mixture_of_models", "q")
    assert "echo: q (0)" in whole and "q (1)" in whole
    assert text(admin.stream("mixture_of_models", "q")) == whole
    grant(admin, "mixture_of_models")
    refused = user.chat("mixture_of_models", "q")
    assert refused.status_code == 400, "the caller may not use what the function asks for"
    admin.ok("POST", "/api/v1/functions/id/mixture_of_models/valves/update", {"MODELS": "echo-1,no-such-model"})
    refused = admin.chat("mixture_of_models", "q")
    assert refused.status_code == 400 and "Model not found" in refused.json()["detail"]


def test_reasoning_tool_calls_and_usage_pass(admin):
    admin.add("thinking_stream")
    chunks = admin.stream("thinking_stream.thinker", "hi")
    assert "".join(c["choices"][0]["delta"].get("reasoning_content") or "" for c in chunks if c["choices"]) == "hmm"
    assert text(chunks) == "so: yes" and [c["usage"]["total_tokens"] for c in chunks if c.get("usage")] == [7]
    assert [c["choices"][0]["finish_reason"] for c in chunks if c["choices"] and c["choices"][0].get("finish_reason")] == ["stop"]
    whole = admin.chat("thinking_stream.thinker", "hi").json()
    assert whole["choices"][0]["message"]["reasoning_content"] == "hmm" and whole["usage"]["total_tokens"] == 7
    called = admin.chat("thinking_stream.caller", "hi").json()["choices"][0]
    assert called["finish_reason"] == "tool_calls" and called["message"]["tool_calls"][0]["function"] == {"name": "look", "arguments": '{"q":1}'}
    names = [m["name"] for m in admin.ok("GET", "/api/models")["data"] if m["id"].startswith("thinking_stream.")]
    assert names == ["Thinker", "Caller", "Error"]


def test_an_error_that_a_pipe_returns_is_an_error(admin):
    admin.add("thinking_stream")
    whole = admin.chat("thinking_stream.error", "hi").json()
    assert whole["error"]["message"] == "quota exceeded"
    chunks = admin.stream("thinking_stream.error", "hi")
    assert chunks[-1]["error"]["message"] == "quota exceeded" and text(chunks) == ""


def test_a_filter_sends_a_request_to_another_model(admin, user):
    admin.add("model_router", is_global=True)
    try:
        answer = admin.chat("echo-1", "hey").json()
        assert answer["model"] == "echo-body", answer
        assert admin.chat("echo-1", "hello there").json()["model"] == "echo-1"
        assert "Routed." in admin.say("echo-context", "hello there")
        refused = admin.chat("echo-1", "x" * 50)
        assert refused.status_code == 400 and refused.json()["detail"] == "model_router: too long, admin"
        # Another model only with the caller's rights.
        grant(admin, "echo-1")
        assert user.chat("echo-1", "hello there").status_code == 200
        refused = user.chat("echo-1", "hey")
        assert refused.status_code in (400, 403, 404) and "choices" not in refused.json()
    finally:
        admin.remove("model_router")


def test_tools_with_every_kind_of_type(admin):
    admin.remove("typed", "tools")
    admin.ok("POST", "/api/v1/tools/create", {
        "id": "typed", "name": "Typed", "content": (FIXTURES / "typed_tools.py").read_text(), "meta": {"description": ""}})
    specs = {s["name"]: s for s in admin.ok("GET", "/api/v1/tools/id/typed")["specs"]}
    assert list(specs) == ["store", "google_style", "page", "page_with_words", "strange", "constant"]
    store = specs["store"]["parameters"]
    assert store["required"] == ["action", "items"] and specs["store"]["description"] == "Stores things.\nIn several ways."
    assert store["$defs"]["Action"]["enum"] == ["create", "delete"] and store["properties"]["how"]["enum"] == ["fast", "slow"]
    assert store["properties"]["items"]["description"] == "The things, one or more." and store["properties"]["times"]["maximum"] == 9
    assert not [name for name in store["properties"] if name.startswith("__")]
    assert specs["google_style"]["parameters"]["properties"]["limit"]["description"] == "How many, at most."
    spec = admin.ok("GET", "/api/v1/tools/id/typed/valves/spec")
    assert spec["properties"]["unit"]["input"]["options"][1] == {"value": "kg", "label": "Kilogram"}
    admin.remove("typed", "tools")


def test_a_page_of_a_tool_is_shown_and_the_model_is_told(admin):
    admin.remove("pager", "tools")
    code = ('from fastapi.responses import HTMLResponse\nclass Tools:\n    def show(self, query: str):\n        """Shows.\n        :param query: what\n        """\n'
            '        return HTMLResponse(f"<h1>{query}</h1>", headers={"Content-Disposition": "inline"})\n')
    admin.ok("POST", "/api/v1/tools/create", {"id": "pager", "name": "Pager", "content": code, "meta": {}})
    chunks = admin.stream("echo-tools", "seven", tool_ids=["pager"])
    assert {"type": "embeds", "data": {"embeds": ["<h1>seven</h1>"]}} in events(chunks)
    assert "Embedded UI result is active" in text(chunks)
    admin.remove("pager", "tools")


def test_values_of_a_type_of_the_codes_own(admin):
    admin.add("sealed_valves", valves={"API_KEY": "geheim"})
    assert admin.say("sealed_valves", "x") == "SealedStr geheim"
    spec = admin.ok("GET", "/api/v1/functions/id/sealed_valves/valves/spec")
    assert spec["properties"]["API_KEY"]["type"] == "string" and spec["properties"]["API_KEY"]["input"] == {"type": "password"}


def test_what_functions_import_is_there(admin):
    admin.add("own_host_names", valves={"secret": "s"})
    seen = admin.chat("own_host_names", "go").json()
    assert seen["user"] == "Admin" and seen["data"] == "kept" and seen["cache"] is True and seen["models"] is True
    assert seen["valves"] == "s" and seen["status"] == 404 and seen["model"] == "m" and seen["chunk"] == "hi"


@pytest.mark.parametrize("what, name", [
    ("row", "open_webui.internal.db.Base"), ("users", "open_webui.models.users.Users.get_users"),
    ("knowledge", "open_webui.models.knowledge.Knowledges.get_knowledge_bases"),
    ("memories", "open_webui.models.memories.Memories.get_memories_by_user_id"), ("insert", "open_webui.models.files.Files.insert_new_file"),
    ("update", "open_webui.models.chats.Chats.update_chat_by_id"), ("vector", "open_webui.retrieval.vector.connector.VECTOR_DB_CLIENT.search"),
    ("image", "open_webui.routers.images.CreateImageForm"), ("token", "open_webui.utils.auth.create_token"),
    ("key", "open_webui.env.WEBUI_SECRET_KEY"), ("emit", "open_webui.socket.main.sio.emit"),
    ("payload", "open_webui.utils.middleware.process_chat_payload"), ("load", "open_webui.utils.plugin.load_function_module_by_id"),
    ("webhook", "open_webui.utils.webhook.post_webhook"), ("config", "__request__.app.state.config.OPENAI_API_KEYS"),
])
def test_what_is_not_supported_fails_with_its_name(admin, what, name):
    if not any(f["id"] == "own_host_names" for f in admin.ok("GET", "/api/v1/functions/")):
        admin.add("own_host_names")
    refused = admin.chat("own_host_names", what)
    assert refused.status_code == 400 and f"{name}" in refused.json()["detail"] and "not supported" in refused.json()["detail"], refused.text


@pytest.mark.parametrize("what", ["other", "valves_of_others"])
def test_rows_of_others_are_not_there(admin, what):
    if not any(f["id"] == "own_host_names" for f in admin.ok("GET", "/api/v1/functions/")):
        admin.add("own_host_names")
    assert admin.say("own_host_names", what) == f"{what}: None"

