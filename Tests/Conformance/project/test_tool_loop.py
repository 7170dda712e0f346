"""Tools that the server runs, chats that the server keeps, and what happens beside the answer."""
import json
import os
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests
from conftest import BASE

UPSTREAM = os.environ["UPSTREAM_URL"]
CHAT = BASE + "/api/chat/completions"


def asked(text):
    return [e for e in requests.get(UPSTREAM + "/__log", params={"contains": text}).json()["entries"] if e["path"].endswith("/chat/completions")]


def chunks(answer):
    events = [line[6:] for line in answer.text.split("\n\n") if line.startswith("data: ")]
    assert events[-1] == "[DONE]" and events.count("[DONE]") == 1
    return [json.loads(event) for event in events[:-1]]


def say(admin, stream, **body):
    """The whole answer of a chat: text, tool calls, finish reason, sources, headers."""
    answer = admin.post(CHAT, json={"stream": stream, **body}, timeout=60)
    assert answer.status_code == 200, answer.text
    if not stream:
        completion = answer.json()
        message = completion["choices"][0]["message"]
        return message.get("content"), message.get("tool_calls"), completion["choices"][0]["finish_reason"], completion.get("sources", []), answer.headers
    text, calls, reason, sources = "", [], None, []
    for chunk in chunks(answer):
        sources += chunk.get("sources", [])
        for choice in chunk.get("choices", []):
            text += choice["delta"].get("content") or ""
            calls += choice["delta"].get("tool_calls") or []
            reason = choice.get("finish_reason") or reason
    return text, calls or None, reason, sources, answer.headers


@pytest.fixture
def connection(admin):
    """Adds an upstream of the test's own for a while."""
    configuration = admin.get(BASE + "/openai/config").json()
    servers = []

    def add(models, answer):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def send(self, data, kind="application/json"):
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def do_GET(self):
                self.send(json.dumps({"data": [{"id": m} for m in models]}).encode())

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                server.requests.append(body)
                message, reason = answer(body)
                if body.get("stream"):
                    if "tool_calls" in message:
                        message["tool_calls"] = [{"index": i, **c} for i, c in enumerate(message["tool_calls"])]
                    parts = [{"choices": [{"index": 0, "delta": message, "finish_reason": None}]}, {"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}]
                    self.send(b"".join(b"data: " + json.dumps(p).encode() + b"\n\n" for p in parts) + b"data: [DONE]\n\n", "text/event-stream")
                else:
                    self.send(json.dumps({"choices": [{"index": 0, "message": {"role": "assistant", **message}, "finish_reason": reason}],
                                          "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}}).encode())

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.requests = []
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        changed = {**configuration, "OPENAI_API_BASE_URLS": configuration["OPENAI_API_BASE_URLS"] + [f"http://127.0.0.1:{server.server_port}/v1"],
                   "OPENAI_API_KEYS": configuration["OPENAI_API_KEYS"] + ["k"]}
        assert admin.post(BASE + "/openai/config/update", json=changed).status_code == 200
        admin.get(BASE + "/api/models?refresh=true")
        return server

    yield add
    admin.post(BASE + "/openai/config/update", json=configuration)
    for server in servers:
        server.shutdown()


@pytest.mark.parametrize("stream", [False, True])
class TestTools:
    def test_the_server_searches_and_the_model_goes_on(self, admin, upload, stream):
        word = uuid.uuid4().hex
        one = upload("harbour.txt", f"The harbour master keeps the ledger {word} in the copper chest.".encode())
        text, calls, reason, sources, _ = say(
            admin, stream, model="echo-tools", tool_ids=["search_knowledge"], params={"function_calling": "native"},
            files=[{"type": "file", "id": one}], messages=[{"role": "user", "content": f"Where is the ledger {word}?"}])
        assert text.startswith("tool said: ") and word in text and calls is None and reason == "stop"
        assert any(word in document for source in sources for document in source["document"])
        sent = [entry["body"] for entry in asked(word)]
        assert len(sent) == 2
        assert [m["role"] for m in sent[1]["messages"]][-2:] == ["assistant", "tool"]
        assert "tool_ids" not in sent[0] and sent[0]["tools"][0]["function"]["name"] == "search_knowledge"

    def test_tools_of_the_client_are_left_to_it(self, admin, stream):
        text, calls, reason, _, _ = say(
            admin, stream, model="echo-tools", tool_ids=["search_knowledge"], messages=[{"role": "user", "content": "now"}],
            tools=[{"type": "function", "function": {"name": "clock", "parameters": {"type": "object"}}}])
        assert calls[0]["function"]["name"] == "clock" and reason == "tool_calls" and not text

    def test_a_tool_that_fails_tells_the_model(self, admin, stream):
        text, calls, reason, _, _ = say(
            admin, stream, model="echo-tools", tool_ids=["read_file"], messages=[{"role": "user", "content": "nothing there"}])
        assert text.startswith("tool said: Error") and reason == "stop" and calls is None

    def test_unknown_tools_make_an_ordinary_chat(self, admin, stream):
        text, calls, _, _, _ = say(admin, stream, model="echo-tools", tool_ids=["no_such_tool"], messages=[{"role": "user", "content": "plain"}])
        assert text == "echo: plain" and calls is None

    def test_a_model_that_never_stops_calling_is_made_to_answer(self, admin, connection, stream):
        def answer(body):
            if body.get("tools"):
                return {"content": None, "tool_calls": [{"id": "c", "type": "function", "function": {"name": "read_file", "arguments": "{broken"}}]}, "tool_calls"
            return {"content": "enough"}, "stop"

        server = connection(["loops"], answer)
        text, calls, reason, _, _ = say(admin, stream, model="loops", tool_ids=["read_file"], messages=[{"role": "user", "content": "go"}])
        assert (text, calls, reason) == ("enough", None, "stop")
        assert len(server.requests) == 9 and "tools" not in server.requests[-1]
        results = [m["content"] for m in server.requests[-1]["messages"] if m["role"] == "tool"]
        assert len(results) == 8 and all(result.startswith("Error") for result in results)

    def test_an_upstream_that_fails_in_the_second_round(self, admin, connection, stream):
        def answer(body):
            if body["messages"][-1]["role"] == "tool":
                raise ConnectionError
            return {"content": None, "tool_calls": [{"id": "c", "type": "function", "function": {"name": "read_file", "arguments": "{}"}}]}, "tool_calls"

        connection(["halfway"], answer)
        got = admin.post(CHAT, json={"model": "halfway", "stream": stream, "tool_ids": ["read_file"], "messages": [{"role": "user", "content": "go"}]}, timeout=60)
        if stream:
            assert got.status_code == 200 and "error" in chunks(got)[-1]
        else:
            assert got.status_code == 500 and "detail" in got.json()


@pytest.mark.parametrize("stream", [False, True])
class TestSaved:
    def test_save_makes_a_chat_and_goes_on_with_it(self, admin, stream):
        text, _, _, _, headers = say(admin, stream, model="echo-1", save=True, messages=[{"role": "user", "content": "first question"}])
        chat = headers["x-chat-id"]
        assert text == "echo: first question"
        say(admin, stream, model="echo-1", save=True, chat_id=chat, messages=[{"role": "user", "content": "second question"}])
        saved = admin.get(f"{BASE}/api/v1/chats/{chat}").json()
        assert saved["title"] == "first question"
        messages, current, told = saved["chat"]["history"]["messages"], saved["chat"]["history"]["currentId"], []
        while current:
            told.append((messages[current]["role"], messages[current]["content"]))
            current = messages[current]["parentId"]
        assert told[::-1] == [("user", "first question"), ("assistant", "echo: first question"), ("user", "second question"), ("assistant", "echo: second question")]
        assert admin.delete(f"{BASE}/api/v1/chats/{chat}").json() is True

    def test_chores_are_done_after_the_answer(self, admin, connection, stream):
        def answer(body):
            prompt = body["messages"][-1]["content"]
            for word, said in (('"title"', {"title": "Copper ledgers"}), ('"tags"', {"tags": ["Harbour", "Old Books"]}), ('"follow_ups"', {"follow_ups": ["And then?", "Why?"]})):
                if word in prompt:
                    time.sleep(0.5)
                    return {"content": "Here you are: " + json.dumps(said) + " as asked."}, "stop"
            return {"content": "an answer"}, "stop"

        server = connection(["chores"], answer)
        started = time.time()
        _, _, _, _, headers = say(
            admin, stream, model="chores", parent_id=None, id=str(uuid.uuid4()), user_message={"id": str(uuid.uuid4()), "role": "user", "content": "ask"},
            messages=[{"role": "user", "content": "ask"}],
            background_tasks={"title_generation": True, "tags_generation": True, "follow_up_generation": True})
        assert time.time() - started < 0.5, "the answer waited for the chores"
        chat = headers["x-chat-id"]
        assert len(admin.get(f"{BASE}/api/tasks/chat/{chat}").json()["task_ids"]) == 1
        deadline = time.time() + 10
        while admin.get(f"{BASE}/api/tasks/chat/{chat}").json()["task_ids"] and time.time() < deadline:
            time.sleep(0.05)
        saved = admin.get(f"{BASE}/api/v1/chats/{chat}").json()
        assert saved["title"] == saved["chat"]["title"] == "Copper ledgers"
        assert sorted(saved["meta"]["tags"]) == ["harbour", "old_books"]
        current = saved["chat"]["history"]["messages"][saved["chat"]["history"]["currentId"]]
        assert current["followUps"] == ["And then?", "Why?"] and current["done"] is True and "stopped" not in current
        assert len(server.requests) == 4
        admin.delete(f"{BASE}/api/v1/chats/{chat}")

    def test_without_asking_nothing_is_done_beside(self, admin, connection, stream):
        server = connection(["idle"], lambda body: ({"content": "an answer"}, "stop"))
        _, _, _, _, headers = say(admin, stream, model="idle", save=True, messages=[{"role": "user", "content": "ask"}])
        time.sleep(0.3)
        assert len(server.requests) == 1
        admin.delete(f"{BASE}/api/v1/chats/{headers['x-chat-id']}")


class TestStopping:
    def test_a_stopped_answer_keeps_what_arrived(self, admin):
        """In the background: stopped by an administrator."""
        words = "one two three four five six seven eight nine ten"
        message = str(uuid.uuid4())
        started = admin.post(CHAT, json={
            "model": "echo-slow", "stream": True, "parent_id": None, "id": message, "session_id": "s",
            "user_message": {"id": str(uuid.uuid4()), "role": "user", "content": words}, "messages": [{"role": "user", "content": words}]}, timeout=30).json()
        chat, task = started["chat_id"], started["task_ids"][0]
        assert task in admin.get(BASE + "/api/tasks").json()["tasks"]
        time.sleep(1)
        assert admin.post(f"{BASE}/api/tasks/stop/{task}").json()["status"] is True
        self.look(admin, chat, message, words)
        assert admin.post(f"{BASE}/api/tasks/stop/{task}").status_code == 404

    def test_a_client_that_leaves_keeps_what_arrived(self, admin):
        words = "one two three four five six seven eight nine ten"
        message = str(uuid.uuid4())
        answer = admin.post(CHAT, json={
            "model": "echo-slow", "stream": True, "parent_id": None, "id": message,
            "user_message": {"id": str(uuid.uuid4()), "role": "user", "content": words}, "messages": [{"role": "user", "content": words}]}, stream=True, timeout=30)
        for line in answer.iter_lines():
            if b"two" in line:
                break
        chat = answer.headers["x-chat-id"]
        answer.close()
        self.look(admin, chat, message, words)

    def look(self, admin, chat, message, words):
        deadline = time.time() + 5
        while True:
            stored = admin.get(f"{BASE}/api/v1/chats/{chat}").json()["chat"]["history"]["messages"][message]
            if stored["done"] or time.time() > deadline:
                break
            time.sleep(0.05)
        assert stored["done"] is True and stored["stopped"] is True and "error" not in stored
        assert stored["content"] and ("echo: " + words).startswith(stored["content"]) and stored["content"] != "echo: " + words
        admin.delete(f"{BASE}/api/v1/chats/{chat}")


def test_a_model_may_ask_for_usage(admin):
    name = "usage-" + uuid.uuid4().hex[:8]
    assert admin.post(BASE + "/api/v1/models/create", json={"id": name, "name": name, "base_model_id": "echo-1", "params": {}, "meta": {"capabilities": {"usage": True}}}).status_code == 200
    try:
        answer = admin.post(CHAT, json={"model": name, "stream": True, "messages": [{"role": "user", "content": "count me"}]}, timeout=30)
        assert any(chunk.get("usage") for chunk in chunks(answer))
        assert admin.post(CHAT, json={"model": name, "messages": [{"role": "user", "content": "count me"}]}, timeout=30).status_code == 200
        answer = admin.post(CHAT, json={"model": name, "stream": True, "stream_options": {"include_usage": False}, "messages": [{"role": "user", "content": "x"}]}, timeout=30)
        assert not any(chunk.get("usage") for chunk in chunks(answer))
    finally:
        admin.post(BASE + "/api/v1/models/model/delete", json={"id": name})


class TestCountTokens:
    URL = BASE + "/api/v1/messages/count_tokens"

    def test_it_is_the_upstreams(self, admin, connection):
        """The upstream says `choices`; whatever it says comes through, asked under its own id."""
        server = connection(["counter"], lambda body: ({"content": "7"}, "stop"))
        answer = admin.post(self.URL, json={"model": "counter", "max_tokens": 1, "messages": [{"role": "user", "content": "x"}]}, timeout=30)
        assert answer.status_code == 200 and answer.json()["choices"][0]["message"]["content"] == "7"
        assert server.requests[-1]["messages"] == [{"role": "user", "content": "x"}]

    def test_where_it_cannot(self, admin):
        answer = admin.post(self.URL, json={"model": "echo-1", "max_tokens": 1, "messages": [{"role": "user", "content": "x"}]}, timeout=30)
        assert answer.status_code == 404 and "detail" in answer.json()
        assert admin.post(self.URL, json={"model": "llama3.2:latest", "messages": []}, timeout=30).status_code == 404
        assert admin.post(self.URL, json={"model": "nobody", "messages": []}, timeout=30).status_code == 400
        assert admin.post(self.URL, json=[], timeout=30).status_code == 422
        assert requests.post(self.URL, json={"model": "echo-1"}, timeout=30).status_code == 401
