"""What an API key was limited to holds on every way to a model or a document."""
import json
import threading
import time

import pytest

from upstream import Upstream

MESSAGES = [{"role": "user", "content": "secret words"}]


@pytest.fixture(scope="module")
def upstream():
    upstream = Upstream()
    yield upstream
    upstream.stop()


@pytest.fixture(scope="module")
def gateway(make_server, upstream):
    server = make_server(
        OPENAI_API_BASE_URLS=upstream.base + "/v1", OPENAI_API_KEYS="sk-of-the-upstream", OLLAMA_BASE_URLS=upstream.base, ENABLE_OPENAI_API_PASSTHROUGH="true")
    server.user, server.token = server.account("user")
    yield server
    assert server.process.poll() is None


@pytest.fixture(scope="module")
def model_key(gateway):
    limits = {"models": ["open-model", "node-open-model"]}
    return gateway.call("POST", "/api/v1/auths/api_keys", gateway.token, json={"name": "models", "limits": limits}).json()["api_key"]


@pytest.fixture(scope="module")
def shelf(gateway):
    """A knowledge base that a key is limited to; and what it must not reach: another base, a file in it, a text of the same account."""
    base = gateway.call("POST", "/api/v1/knowledge/create", gateway.token, json={"name": "allowed", "description": ""}).json()["id"]
    other = gateway.call("POST", "/api/v1/knowledge/create", gateway.token, json={"name": "forbidden", "description": ""}).json()["id"]
    file = gateway.upload(gateway.token, b"hidden passage about the secret words")
    assert gateway.call("POST", "/api/v1/retrieval/process/file", gateway.token, json={"file_id": file}).status_code == 200
    assert gateway.call("POST", f"/api/v1/knowledge/{other}/file/add", gateway.token, json={"file_id": file}).status_code == 200
    text = {"name": "t", "content": "hidden passage about the secret words", "collection_name": "own-text"}
    assert gateway.call("POST", "/api/v1/retrieval/process/text", gateway.token, json=text).status_code == 200
    key = gateway.call("POST", "/api/v1/auths/api_keys", gateway.token, json={"name": "shelf", "limits": {"knowledge": [base]}}).json()["api_key"]
    return {"base": base, "other": other, "file": file, "key": key}


OPENAI = ["/api/chat/completions", "/api/v1/chat/completions", "/openai/chat/completions", "/api/message", "/api/v1/messages",
          "/api/v1/messages/count_tokens", "/api/message/count_tokens", "/api/embeddings", "/api/v1/embeddings", "/openai/responses",
          "/openai/embeddings", "/openai/completions", "/openai/moderations", "/api/chat/completed"]
OLLAMA = ["/api/chat", "/api/generate", "/api/embed", "/api/embeddings", "/api/show", "/v1/chat/completions", "/v1/completions", "/v1/embeddings",
          "/v1/responses", "/v1/messages"]


def body(model, **more):
    return {"model": model, "messages": MESSAGES, "input": "x", "prompt": "x", "max_tokens": 5, "id": "m", "chat_id": "local:c", **more}


@pytest.mark.parametrize("path", OPENAI)
def test_other_models_are_refused(gateway, upstream, model_key, path):
    # The control: the account itself may.
    if "completed" not in path and "message" not in path:
        assert gateway.call("POST", path, gateway.token, json=body("secret-model")).status_code == 200
        assert b"secret-model" in upstream.take()[-1][3]
    upstream.take()
    for _ in range(2):
        answer = gateway.call("POST", path, model_key, json=body("secret-model"))
        assert answer.status_code in (400, 403, 404), answer.text
    assert not [call for call in upstream.take() if call[0] == "POST"]


@pytest.mark.parametrize("path", OLLAMA)
@pytest.mark.parametrize("node", ["", "/0"])
def test_other_models_are_refused_at_ollama(gateway, upstream, model_key, path, node):
    assert gateway.call("POST", "/ollama" + path + node, gateway.token, json=body("node-secret-model")).status_code == 200
    assert b"node-secret-model" in upstream.take()[-1][3]
    named = {**body(""), "name": "node-secret-model"}
    del named["model"]
    for attempt in (body("node-secret-model"), named, {**body(""), "name": "node-secret-model"}):
        assert gateway.call("POST", "/ollama" + path + node, model_key, json=attempt).status_code in (400, 403, 404, 422)
    assert not [call for call in upstream.take() if call[0] == "POST"]


@pytest.mark.parametrize("path", ["/api/chat/completions", "/openai/chat/completions", "/api/embeddings", "/openai/responses", "/openai/embeddings",
                                  "/ollama/api/chat", "/ollama/v1/chat/completions", "/ollama/api/generate", "/ollama/api/show"])
@pytest.mark.parametrize("smuggled", [
    '"model": "SECRET", "model": "OPEN"', '"model": "OPEN", "model": "SECRET"', '"mod\\u0065l": "SECRET", "model": "OPEN"',
    '"model": "OPEN", "mod\\u0065l": "SECRET"', '"model": "OPEN", "MODEL": "SECRET"', '"Model": "SECRET", "model": "OPEN"',
    '"model": "OPEN", "name": "SECRET"', '"model": "OPEN", "Name": "SECRET"', '"model": "OPEN", "params": {"model": "SECRET"}',
    '"model": "OPEN", "params": {"MODEL": "SECRET", "custom_params": {"model": "SECRET", "mOdel": "SECRET"}}',
    '"model": "OPEN", "models": ["SECRET"], "route": "fallback"',
])
def test_one_body_names_one_model(gateway, upstream, model_key, path, smuggled):
    """Two readings of one body: parsers take the first or the last of two keys, those of Go take them in any case. What is forwarded
    leaves no choice."""
    prefix = "node-" if "ollama" in path else ""
    text = smuggled.replace("SECRET", prefix + "secret-model").replace("OPEN", prefix + "open-model")
    data = ('{"messages": [{"role": "user", "content": "x"}], "input": "x", "prompt": "x", ' + text + "}").encode()
    for _ in range(2):  # once before and once after the key is remembered
        upstream.take()
        answer = gateway.call("POST", path, model_key, data=data, headers={"Content-Type": "application/json"})
        assert answer.status_code < 500
        for method, _, _, sent in upstream.take():
            if method != "POST" or not sent:
                continue
            pairs = json.loads(sent, object_pairs_hook=list)
            # Only Ollama reads `name`.
            names = ("model", "name") if "ollama" in path else ("model",)
            named = [value for key, value in pairs if key.lower() in names]
            assert named == [prefix + "open-model"], sent


@pytest.mark.parametrize("method, path, data, kind", [
    ("POST", "/openai/batches", b'{"input_file_id": "x"}', "application/json"), ("GET", "/openai/files", None, None),
    ("POST", "/openai/batches", b'{"model": "secret-model",}', "application/json"),
    ("POST", "/openai/messages/batches", b'{"model": "open-model", "requests": [{"params": {"model": "secret-model"}}]}', "application/json"),
    ("POST", "/openai/audio/transcriptions", b'--b\r\nContent-Disposition: form-data; name="model"\r\n\r\nsecret-model\r\n--b--\r\n', "multipart/form-data; boundary=b"),
    ("DELETE", "/openai/models/secret-model", None, None), ("GET", "/openai/%2e%2e/admin", None, None), ("GET", "/openai/x/..%2f..%2fadmin", None, None),
])
def test_passing_through_is_no_way_around(gateway, upstream, model_key, method, path, data, kind):
    answer = gateway.call(method, path, model_key, data=data, headers={"Content-Type": kind} if kind else {})
    assert answer.status_code in (403, 404, 405), answer.text
    assert not upstream.take()


def test_what_the_upstream_sees_of_the_caller(gateway, upstream):
    """No credentials, cookies or made-up identity of the client reach an upstream, nor does its key reach the client."""
    headers = {"x-api-key": "client-secret", "Cookie": "token=client-secret; a=client-secret", "X-OpenWebUI-User-Id": "client-secret",
               "OpenAI-Organization": "client-secret", "X-Forwarded-For": "client-secret", "Proxy-Authorization": "client-secret"}
    for path in ("/api/chat/completions", "/openai/responses", "/openai/moderations", "/ollama/api/chat"):
        model = "node-open-model" if "ollama" in path else "open-model"
        for _ in range(2):
            answer = gateway.call("POST", path, gateway.token, json=body(model), headers=headers)
            assert answer.status_code == 200 and "sk-of-the-upstream" not in answer.text + str(answer.headers)
            for _, _, seen, _ in upstream.take():
                assert "client-secret" not in str(seen) and gateway.token not in str(seen), (path, seen)


@pytest.mark.parametrize("files", [
    [{"type": "file", "id": "FILE"}], [{"type": "collection", "id": "OTHER"}], [{"type": "collection", "collection_name": "own-text"}],
    [{"type": "text", "collection_name": "file-FILE"}], [{"collection_names": ["OTHER", "own-text", "file-FILE"]}], [{"type": "doc", "collection_name": "OTHER"}],
    [{"type": "collection", "legacy": True, "collection_names": ["OTHER"]}], [{"id": "OTHER", "type": "folder"}],
])
def test_a_key_of_one_shelf_gets_no_context_from_others(gateway, upstream, shelf, files):
    text = json.dumps(files).replace("FILE", shelf["file"]).replace("OTHER", shelf["other"])
    for key, is_seen in ((gateway.token, True), (shelf["key"], False)):
        upstream.take()
        answer = gateway.call("POST", "/api/chat/completions", key, json={"model": "open-model", "messages": MESSAGES, "files": json.loads(text)})
        assert answer.status_code < 500
        if not is_seen:
            assert "hidden passage" not in answer.text + str([call[3] for call in upstream.take()])


def test_a_key_of_one_shelf_reads_and_writes_nothing_else(gateway, shelf):
    key, other, file = shelf["key"], shelf["other"], shelf["file"]
    query = {"query": "secret words", "k": 5}
    assert "hidden passage" in gateway.call("POST", "/api/v1/retrieval/query/doc", gateway.token, json={**query, "collection_name": other}).text
    refused = [("POST", "/api/v1/retrieval/query/doc", {**query, "collection_name": name}) for name in (other, "own-text", "file-" + file)]
    refused += [("POST", "/api/v1/retrieval/query/collection", {**query, "collection_names": [name]}) for name in (other, "own-text", "file-" + file)]
    refused += [("POST", "/api/v1/retrieval/process/text", {"name": "t", "content": "more", "collection_name": name}) for name in ("own-text", "new-text", None)]
    refused += [("GET", path, None) for path in (f"/api/v1/files/{file}", f"/api/v1/files/{file}/content", f"/api/v1/knowledge/{other}",
                                                f"/api/v1/knowledge/{other}/files", f"/api/v1/retrieval/explain?collection_name={other}&query=secret")]
    refused += [("POST", f"/api/v1/knowledge/{other}/update", {"name": "taken", "description": ""}), ("DELETE", f"/api/v1/knowledge/{other}/delete", None),
                ("DELETE", f"/api/v1/files/{file}", None), ("POST", f"/api/v1/files/{file}/rename", {"filename": "taken"})]
    for method, path, sent in refused:
        answer = gateway.call(method, path, key, json=sent)
        assert answer.status_code in (400, 401, 403, 404), (path, sent, answer.status_code, answer.text)
        assert "hidden passage" not in answer.text
    for path in ("/api/v1/files/", "/api/v1/files/search?filename=*", "/api/v1/knowledge/", "/api/v1/knowledge/search?query=f", "/api/v1/knowledge/search/files"):
        answer = gateway.call("GET", path, key).text
        assert other not in answer and file not in answer, path
    assert gateway.call("GET", f"/api/v1/knowledge/{shelf['base']}", key).status_code == 200
    assert gateway.call("GET", f"/api/v1/knowledge/{other}", gateway.token).json()["name"] == "forbidden"


def test_a_workspace_model_is_no_way_around(gateway, upstream, model_key, shelf):
    made = [("wrapped", "secret-model", {}), ("shelved", "open-model", {"knowledge": [{"id": shelf["other"], "type": "collection", "name": "x"}]})]
    for id, base, meta in made:
        answer = gateway.call("POST", "/api/v1/models/create", gateway.token, json={"id": id, "name": id, "base_model_id": base, "params": {}, "meta": meta})
        assert answer.status_code == 200, answer.text
    assert gateway.call("POST", "/api/chat/completions", model_key, json=body("wrapped")).status_code in (400, 403)
    taken = {"id": "open-model", "name": "x", "base_model_id": "secret-model", "params": {}, "meta": {}}
    assert gateway.call("POST", "/api/v1/models/create", model_key, json=taken).status_code in (400, 401, 403)
    upstream.take()
    answer = gateway.call("POST", "/api/chat/completions", shelf["key"], json={"model": "shelved", "messages": MESSAGES})
    assert "hidden passage" not in answer.text + str([call[3] for call in upstream.take()])


def test_no_key_makes_itself_a_better_one(gateway):
    def key(**more):
        return gateway.call("POST", "/api/v1/auths/api_keys", gateway.token, json={"name": "weak", **more}).json()

    for more in ({"limits": {"models": ["open-model"]}}, {"limits": {"requests_per_minute": 1000}}, {"limits": {"scopes": ["account", "admin"]}},
                 {"limits": {"cost_per_day": 1}}, {"expires_at": int(time.time()) + 600}):
        weak = key(**more)
        token, id = weak["api_key"], weak["id"]
        for method, path, sent in [("POST", "/api/v1/auths/api_keys", {"name": "strong"}), ("POST", f"/api/v1/auths/api_keys/{id}/update", {"limits": {}, "expires_at": None}),
                                   ("DELETE", f"/api/v1/auths/api_keys/{id}", None), ("POST", "/api/v1/auths/api_key", None), ("GET", "/api/v1/auths/api_key", None)]:
            assert gateway.call(method, path, token, json=sent).status_code in (401, 403), (more, path)
        gateway.call("DELETE", f"/api/v1/auths/api_keys/{id}", gateway.token)


@pytest.mark.parametrize("what", ["key", "session", "account", "demotion"])
def test_revoked_within_a_second_under_load(gateway, upstream, what):
    """Verified credentials are remembered. Eight clients use one all the time; when its end is answered, none gets in with it."""
    id, token = gateway.account("busy" + what)
    if what == "key":
        made = gateway.call("POST", "/api/v1/auths/api_keys", token, json={"name": "k"}).json()
        credential = made["api_key"]
    else:
        credential = token
    ended, late, served = threading.Event(), [], []

    def use():
        import requests
        session = requests.Session()
        until = time.time() + 20
        while time.time() < until:
            was_ended = ended.is_set()
            answer = session.post(gateway.base + "/api/chat/completions", json={"model": "open-model", "messages": MESSAGES}, headers={"Authorization": "Bearer " + credential}, timeout=20)
            if answer.status_code == 200:
                (late if was_ended else served).append(answer)
            elif was_ended:
                return
        late.append("never refused")

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    time.sleep(1)
    begin = time.time()
    answer = {
        "key": lambda: gateway.call("DELETE", f"/api/v1/auths/api_keys/{made['id']}", token),
        "session": lambda: gateway.call("POST", "/api/v1/auths/signout", token),
        "account": lambda: gateway.call("DELETE", f"/api/v1/users/{id}", gateway.admin),
        "demotion": lambda: gateway.call("POST", f"/api/v1/users/{id}/update", gateway.admin, json={"role": "pending", "name": "x", "email": f"busy{what}@example.com", "profile_image_url": ""}),
    }[what]()
    ended.set()
    assert answer.status_code == 200, answer.text
    for thread in threads:
        thread.join(30)
    assert len(served) > 20 and not late and time.time() - begin < 10
    assert gateway.call("POST", "/api/chat/completions", credential, json=body("open-model")).status_code in (401, 403)
    upstream.take()
