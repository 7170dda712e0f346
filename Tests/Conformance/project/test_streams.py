"""Streams that survive their client, and requests that are made once."""
import concurrent.futures
import json
import os
import signal
import socket
import subprocess
import time
import uuid

import pytest
import requests
from conftest import BASE, EMAIL, PASSWORD

UPSTREAM = os.environ["UPSTREAM_URL"]
CHAT = BASE + "/api/chat/completions"


def body(text, model="echo-1", **more):
    return {"model": model, "messages": [{"role": "user", "content": text}], **more}


def asked(text):
    """How often the upstream was asked."""
    return [e for e in requests.get(UPSTREAM + "/__log", params={"contains": text}).json()["entries"] if e["path"].endswith("/chat/completions")]


@pytest.fixture(scope="module")
def other(admin):
    """A user who is not the administrator."""
    email = f"{uuid.uuid4().hex[:8]}@example.com"
    made = admin.post(BASE + "/api/v1/auths/add", json={"name": "Other", "email": email, "password": PASSWORD, "role": "user"})
    assert made.status_code == 200, made.text
    session = requests.Session()
    session.headers["Authorization"] = "Bearer " + made.json()["token"]
    return session


def events(answer):
    """(id, data) of each event as it comes."""
    number = None
    for line in answer.iter_lines(decode_unicode=True):
        if line.startswith("id: "):
            number = int(line[4:])
        elif line.startswith("data: "):
            yield number, line[6:]


def text_of(payloads):
    chunks = [json.loads(payload) for payload in payloads if payload != "[DONE]"]
    return "".join(choice["delta"].get("content") or "" for chunk in chunks for choice in chunk.get("choices", []))


class TestResumable:
    def start(self, session, text, model="echo-slow"):
        answer = session.post(CHAT, json=body(text, model, stream=True, stream_options={"resumable": True}), stream=True, timeout=60)
        assert answer.status_code == 200, answer.text
        return answer, f"{CHAT}/streams/{answer.headers['x-stream-id']}"

    def test_a_client_that_comes_back_misses_nothing(self, admin):
        words = f"one two three four five six seven {uuid.uuid4().hex}"
        answer, url = self.start(admin, words)
        seen, last = [], 0
        for number, payload in events(answer):
            assert number == last + 1
            last = number
            seen.append(payload)
            if last == 3:
                break
        answer.close()
        time.sleep(0.3)
        rest = admin.get(url, headers={"Last-Event-ID": str(last)}, stream=True, timeout=60)
        assert rest.status_code == 200 and rest.headers["content-type"].startswith("text/event-stream")
        for number, payload in events(rest):
            assert number == last + 1
            last = number
            seen.append(payload)
        assert seen[-1] == "[DONE]" and seen.count("[DONE]") == 1
        assert text_of(seen) == "echo: " + words
        assert len(asked(words)) == 1 and asked(words)[0]["state"] == "done"
        # All of it again, from the start and by a number in the query.
        assert [p for _, p in events(admin.get(url, stream=True, timeout=60))] == seen
        assert [p for _, p in events(admin.get(url + "?after=4", stream=True, timeout=60))] == seen[4:]
        assert admin.get(url, headers={"Last-Event-ID": str(last)}, timeout=60).status_code == 204

    def test_two_readers_at_once(self, admin):
        answer, url = self.start(admin, "a b c d")
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            second = pool.submit(lambda: list(events(admin.get(url, stream=True, timeout=60))))
            assert list(events(answer)) == second.result()

    def test_it_is_the_owners(self, admin, other):
        answer, url = self.start(admin, "mine alone")
        for call in (other.get, other.delete):
            refused = call(url, timeout=10)
            assert refused.status_code == 404 and "detail" in refused.json()
        assert requests.get(url, timeout=10).status_code == 401
        assert text_of([p for _, p in events(answer)]) == "echo: mine alone"

    def test_it_can_be_stopped(self, admin):
        text = uuid.uuid4().hex
        answer, url = self.start(admin, " ".join([text] * 30))
        got = iter(events(answer))
        next(got)
        assert admin.delete(url, timeout=10).json() == {"status": True}
        rest = [payload for _, payload in got]
        assert "error" in json.loads(rest[-2]) and rest[-1] == "[DONE]"
        deadline = time.time() + 2
        while asked(text)[0]["state"] == "open" and time.time() < deadline:
            time.sleep(0.02)
        assert asked(text)[0]["state"] != "open"

    @pytest.mark.parametrize("last,status", [("999", 400), ("x", 400), ("-1", 400)])
    def test_bad_numbers(self, admin, last, status):
        answer, url = self.start(admin, "short", "echo-1")
        list(events(answer))
        refused = admin.get(url, headers={"Last-Event-ID": last}, timeout=10)
        assert refused.status_code == status and isinstance(refused.json()["detail"], str)
        assert admin.get(url + "?after=abc", timeout=10).status_code == 422

    def test_unknown(self, admin):
        for call in (admin.get, admin.delete):
            assert call(f"{CHAT}/streams/{uuid.uuid4()}", timeout=10).status_code == 404

    def test_the_upstream_never_hears_of_it(self, admin):
        answer = admin.post(CHAT, json=body("x", "echo-body", stream=True, stream_options={"resumable": True, "include_usage": True}), stream=True, timeout=60)
        sent = json.loads(text_of([p for _, p in events(answer)]))
        assert sent["stream_options"] == {"include_usage": True}
        answer = admin.post(CHAT, json=body("x", "echo-body", stream=True, stream_options={"resumable": False}), stream=True, timeout=60)
        got = list(events(answer))
        assert "x-stream-id" not in answer.headers and all(number is None for number, _ in got)
        assert "stream_options" not in json.loads(text_of([p for _, p in got]))

    def test_an_ollama_model_too(self, admin):
        answer, url = self.start(admin, "a llama", "llama3.2:latest")
        first = list(events(answer))
        assert text_of([p for _, p in first]) == "echo: a llama"
        assert list(events(admin.get(url, stream=True, timeout=60))) == first


class TestIdempotentChats:
    def test_one_execution_one_result(self, admin):
        text, key = uuid.uuid4().hex, {"Idempotency-Key": uuid.uuid4().hex}
        first = admin.post(CHAT, json=body(text), headers=key, timeout=30)
        second = admin.post(CHAT, json=body(text), headers=key, timeout=30)
        assert first.status_code == second.status_code == 200
        assert first.content == second.content
        assert "idempotency-replayed" not in first.headers and second.headers["idempotency-replayed"] == "true"
        assert len(asked(text)) == 1

    @pytest.mark.parametrize("stream", [False, True])
    def test_a_race(self, admin, stream):
        text, key = uuid.uuid4().hex, {"Idempotency-Key": uuid.uuid4().hex}
        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(lambda _: requests.post(
                CHAT, json=body(text, "echo-slow", stream=stream), headers={**admin.headers, **key}, timeout=60), range(20)))
        assert {a.status_code for a in answers} == {200}
        assert len({a.content for a in answers}) == 1
        assert sum("idempotency-replayed" not in a.headers for a in answers) == 1
        assert len(asked(text)) == 1

    def test_a_stream_is_replayed_as_it_was(self, admin):
        text, key = uuid.uuid4().hex, {"Idempotency-Key": uuid.uuid4().hex}
        first, second = (admin.post(CHAT, json=body(text, stream=True), headers=key, timeout=30) for _ in range(2))
        assert first.content == second.content and first.content.count(b"[DONE]") == 1
        assert b"id: " not in first.content
        assert second.headers["content-type"] == first.headers["content-type"]
        assert len(asked(text)) == 1

    @pytest.mark.parametrize("path", ["/api/chat/completions", "/api/v1/chat/completions", "/openai/chat/completions"])
    def test_another_body_is_refused(self, admin, path):
        key = {"Idempotency-Key": uuid.uuid4().hex}
        assert admin.post(BASE + path, json=body("one"), headers=key, timeout=30).status_code == 200
        refused = admin.post(BASE + path, json=body("two"), headers=key, timeout=30)
        assert refused.status_code == 422 and isinstance(refused.json()["detail"], str)

    def test_a_key_is_one_users(self, admin, other):
        text, key = uuid.uuid4().hex, {"Idempotency-Key": uuid.uuid4().hex}
        assert admin.post(CHAT, json=body(text), headers=key, timeout=30).status_code == 200
        assert other.post(CHAT, json=body(text), headers=key, timeout=30).status_code == 400  # not granted, not replayed

    def test_failures_are_made_anew_and_refusals_are_not(self, admin):
        for model, times in (("echo-error-503", 2), ("echo-error-429", 2), ("echo-error-400", 1)):
            text, key = uuid.uuid4().hex, {"Idempotency-Key": uuid.uuid4().hex}
            first, second = (admin.post(CHAT, json=body(text, model), headers=key, timeout=30) for _ in range(2))
            assert first.status_code == second.status_code == int(model[-3:]) and first.content == second.content
            assert len(asked(text)) == times, model

    def test_a_broken_stream_is_made_anew(self, admin):
        text, key = uuid.uuid4().hex, {"Idempotency-Key": uuid.uuid4().hex}
        for _ in range(2):
            answer = admin.post(CHAT, json=body(text, "echo-cut", stream=True), headers=key, timeout=30)
            assert b'"error"' in answer.content
        assert len(asked(text)) == 2

    def test_the_client_may_leave_and_ask_again(self, admin):
        text, key = uuid.uuid4().hex, {"Idempotency-Key": uuid.uuid4().hex}
        first = admin.post(CHAT, json=body(text, "echo-slow", stream=True), headers=key, stream=True, timeout=30)
        next(first.iter_lines())
        first.close()
        again = admin.post(CHAT, json=body(text, "echo-slow", stream=True), headers=key, timeout=30)
        assert text_of([line[6:] for line in again.text.split("\n\n") if line]) == "echo: " + text
        assert len(asked(text)) == 1

    @pytest.mark.parametrize("key", ["", "x" * 256, "with space"])
    def test_bad_keys(self, admin, key):
        refused = admin.post(CHAT, json=body("x"), headers={"Idempotency-Key": key}, timeout=30)
        assert refused.status_code == 400 and isinstance(refused.json()["detail"], str)


class TestIdempotentUploads:
    URL = BASE + "/api/v1/files/"

    def put(self, session, key, data, name="a.txt", **query):
        return session.post(self.URL, params=query, files={"file": (name, data)}, headers={"Idempotency-Key": key}, timeout=60)

    def test_one_file(self, admin):
        key, data = uuid.uuid4().hex, uuid.uuid4().hex.encode()
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: self.put(admin, key, data), range(8)))
        assert {a.status_code for a in answers} == {200}, [a.text for a in answers]
        assert len({a.json()["id"] for a in answers}) == 1
        assert sum("idempotency-replayed" not in a.headers for a in answers) == 1
        for changed in (lambda: self.put(admin, key, b"other"), lambda: self.put(admin, key, data, name="b.txt"),
                        lambda: self.put(admin, key, data, process="false")):
            refused = changed()
            assert refused.status_code == 422 and isinstance(refused.json()["detail"], str)
        # Deleted is deleted: the key is free again.
        one = answers[0].json()["id"]
        assert admin.delete(self.URL + one).status_code == 200
        again = self.put(admin, key, data)
        assert again.status_code == 200 and again.json()["id"] != one
        admin.delete(self.URL + again.json()["id"])

    def test_a_failed_upload_leaves_no_key(self, admin):
        key = uuid.uuid4().hex
        assert self.put(admin, key, b"").status_code == 400
        assert self.put(admin, key, b"now there is something").status_code == 200

    def test_a_key_is_one_users(self, admin, other):
        key = uuid.uuid4().hex
        first, second = self.put(admin, key, b"same"), self.put(other, key, b"same")
        assert first.status_code == second.status_code == 200 and first.json()["id"] != second.json()["id"]

    def test_it_holds_across_a_restart(self, tmp_path):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        base, key = f"http://127.0.0.1:{port}", uuid.uuid4().hex

        def start():
            process = subprocess.Popen([os.environ["SERVER_BINARY"], "serve"], cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={
                **os.environ, "HOST": "127.0.0.1", "PORT": str(port), "DATA_DIR": str(tmp_path / "data"), "WEBUI_SECRET_KEY": "s"})
            deadline = time.time() + 30
            while time.time() < deadline:
                try:
                    if requests.get(base + "/health", timeout=2).ok:
                        return process
                except requests.ConnectionError:
                    time.sleep(0.05)
            raise AssertionError("the server did not start")

        def upload(data):
            return requests.post(base + "/api/v1/files/", files={"file": ("a.txt", data)}, timeout=30, headers={
                "Authorization": "Bearer " + token, "Idempotency-Key": key})

        process = start()
        try:
            token = requests.post(base + "/api/v1/auths/signup", json={"name": "A", "email": EMAIL, "password": PASSWORD}).json()["token"]
            first = upload(b"kept on disk").json()["id"]
            process.send_signal(signal.SIGKILL)
            process.wait()
            process = start()
            assert upload(b"kept on disk").json()["id"] == first
            assert upload(b"something else").status_code == 422
        finally:
            process.kill()
            process.wait()
