"""One account against another's things. The advisories are those published for Open WebUI."""
import hashlib
import hmac
import base64
import json
import statistics
import time

import pytest


def chat(server, token, text="secret words"):
    message = {"id": "m1", "role": "user", "content": text, "parentId": None, "childrenIds": []}
    body = {"chat": {"title": text, "history": {"currentId": "m1", "messages": {"m1": message}}}}
    return server.call("POST", "/api/v1/chats/new", token, json=body).json()["id"]


def test_chat_id_of_somebody_else(server, victim, attacker):
    """CVE-2026-45349: the chat that a completion names must be the caller's, an administrator's too."""
    id = chat(server, victim[1])
    before = server.call("GET", f"/api/v1/chats/{id}", victim[1]).json()
    for token in (attacker[1], server.admin):
        for more in ({}, {"id": "m2", "user_message": {"id": "m3", "role": "user", "content": "taken", "parentId": "m1"}},
                     {"id": "m1", "parent_id": "m1"}, {"session_id": "s", "id": "m2"}):
            body = {"model": "haneul-quotes", "messages": [{"role": "user", "content": "taken"}], "chat_id": id, **more}
            answer = server.call("POST", "/api/chat/completions", token, json=body)
            assert answer.status_code == 404, (more, answer.text)
            assert "secret words" not in answer.text
        completed = {"model": "haneul-quotes", "messages": [{"id": "m1", "role": "assistant", "content": "taken"}], "chat_id": id, "id": "m1"}
        server.call("POST", "/api/chat/completed", token, json=completed)
        assert server.call("GET", f"/api/tasks/chat/{id}", token).json() == {"task_ids": []}
    assert server.call("GET", f"/api/v1/chats/{id}", victim[1]).json() == before


def test_deleting_and_taking_files(server, victim, attacker):
    """CVE-2026-45671: a file is its owner's, whatever knowledge base somebody else puts it into."""
    file = server.upload(victim[1], b"secret words")
    base = server.call("POST", "/api/v1/knowledge/create", attacker[1], json={"name": "mine", "description": ""}).json()["id"]
    assert server.call("DELETE", f"/api/v1/files/{file}", attacker[1]).status_code == 404
    for path, body in [
        (f"/api/v1/knowledge/{base}/file/add", {"file_id": file}), (f"/api/v1/knowledge/{base}/files/batch/add", [{"file_id": file}]),
        (f"/api/v1/knowledge/{base}/file/update", {"file_id": file}), (f"/api/v1/knowledge/{base}/file/remove?delete_file=true", {"file_id": file}),
        (f"/api/v1/knowledge/{base}/sync/cleanup", {"file_ids": [file], "files": [{"file_id": file}]}),
        ("/api/v1/retrieval/process/file", {"file_id": file, "collection_name": base}),
        ("/api/v1/retrieval/process/files/batch", {"files": [{"id": file}], "collection_name": base}),
    ]:
        answer = server.call("POST", path, attacker[1], json=body)
        assert answer.status_code < 500 and "secret words" not in answer.text, (path, answer.text)
    for path in (f"/api/v1/files/{file}", f"/api/v1/files/{file}/content", f"/api/v1/files/{file}/data/content"):
        assert server.call("GET", path, attacker[1]).status_code == 404
    answer = server.call("POST", "/api/chat/completions", attacker[1], json={
        "model": "haneul-quotes", "messages": [{"role": "user", "content": "secret words"}],
        "files": [{"type": "file", "id": file}, {"type": "collection", "id": "file-" + file}, {"type": "collection", "collection_name": "file-" + file}]})
    assert "sources" not in answer.text and "secret words" not in answer.text.replace("echo", "")
    assert server.call("GET", f"/api/v1/files/{file}/content", victim[1]).content == b"secret words"


@pytest.mark.parametrize("url", [
    "http://127.0.0.1:{port}/health", "http://localhost:{port}/health", "http://[::1]:{port}/", "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/", "http://0.0.0.0:{port}/", "http://0:{port}/", "http://127.1:{port}/", "http://2130706433:{port}/",
    "http://0x7f000001:{port}/", "http://0177.0.0.1:{port}/", "http://example.com@127.0.0.1:{port}/", "http://127.0.0.1:{port}#@example.com/",
    "http://127.0.0.1:{port}\\@example.com/", "http://example.com\\@127.0.0.1:{port}/", "http://127.0.0.1%2f@example.com/",
    "http://169.254.169.254/latest/meta-data/", "http://10.0.0.1/", "http://192.168.0.1/", "http://172.16.0.1/", "http://100.64.0.1/",
    "http://[fe80::1]/", "http://[fc00::1]/", "http://[64:ff9b::7f00:1]/", "http://224.0.0.1/", "http://255.255.255.255/",
    "file:///etc/passwd", "gopher://127.0.0.1:{port}/_GET", "ftp://127.0.0.1/", "data:text/plain,secret", "//127.0.0.1:{port}/",
    "http://①②⑦.⓪.⓪.①:{port}/", "http://127。0。0。1:{port}/", "http:///127.0.0.1:{port}/", "http:127.0.0.1:{port}/",
    "http://127.0.0.1:{port}/\r\nX: y", " http://127.0.0.1:{port}/", "http://\t127.0.0.1:{port}/", "http://127.0.0.1:99999/", "",
])
def test_addresses_inside_the_own_network(server, attacker, url):
    """CVE-2026-45400, -45401: no spelling of an address brings the server to fetch from where it stands."""
    url = url.format(port=server.port)
    for path in ("/api/v1/retrieval/process/web", "/api/v1/retrieval/process/web?process=false"):
        answer = server.call("POST", path, attacker[1], json={"url": url, "collection_name": "x"})
        assert 400 <= answer.status_code < 500, (answer.status_code, answer.text)
        assert '"status":true' not in answer.text.replace(" ", "")


def test_limits_hold_however_a_key_is_carried(server, attacker):
    """CVE-2026-45339: the same limits for Authorization, x-api-key and the cookie; never from the address."""
    key = server.call("POST", "/api/v1/auths/api_keys", attacker[1], json={"name": "k", "limits": {"scopes": ["models"]}}).json()["api_key"]
    carriers = [{"Authorization": "Bearer " + key}, {"Authorization": "bearer  " + key}, {"x-api-key": key}, {"X-API-KEY": key},
                {"Cookie": "token=" + key}, {"Cookie": f"a=b; token={key}"}]
    body = {"model": "haneul-quotes", "messages": [{"role": "user", "content": "x"}], "max_tokens": 5}
    for headers in carriers:
        assert server.call("GET", "/api/models", headers=headers).status_code == 200, headers
        for method, path in [("POST", "/api/chat/completions"), ("POST", "/api/v1/chat/completions"), ("POST", "/api/message"),
                             ("POST", "/api/v1/messages"), ("POST", "/openai/chat/completions"), ("POST", "/ollama/api/chat"),
                             ("GET", "/api/v1/files/"), ("GET", "/api/v1/chats/"), ("GET", "/api/v1/auths/api_keys")]:
            answer = server.call(method, path, headers=headers, json=body if method == "POST" else None)
            assert answer.status_code in (403, 404, 405), (headers, path, answer.status_code)
            assert answer.status_code == 403 or "chat" in path, path
    for path in (f"/api/models?api_key={key}", f"/api/models?token={key}", f"/api/models?key={key}", f"/api/models?access_token={key}"):
        assert server.call("GET", path).status_code == 401
    # A good cookie does not lift a refused header.
    assert server.call("GET", "/api/models", headers={"Authorization": "Bearer sk-" + "0" * 32, "x-api-key": key, "Cookie": "token=" + key}).status_code == 401


def test_fields_that_are_not_the_callers_to_set(make_server):
    """Mass assignment."""
    server = make_server(DEFAULT_USER_ROLE="pending")
    server.call("POST", "/api/v1/auths/admin/config", server.admin, json={**server.call("GET", "/api/v1/auths/admin/config", server.admin).json(), "ENABLE_SIGNUP": True})
    extra = {"role": "admin", "id": "chosen", "user_id": "chosen", "is_admin": True, "permissions": {"features": {"api_keys": True}}, "oauth": {"oidc": {"sub": "x"}},
             "password_hash": "x", "created_at": 1}
    answer = server.call("POST", "/api/v1/auths/signup", json={"name": "N", "email": "n@example.com", "password": "x", **extra}).json()
    assert answer["role"] == "pending" and answer["id"] != "chosen"
    server = make_server()
    victim, attacker = server.account("victim"), server.account("attacker")
    token = attacker[1]
    extra["user_id"] = victim[0]
    server.call("POST", "/api/v1/auths/update/profile", token, json={"name": "N", "profile_image_url": "/user.png", "email": "admin2@example.com", **extra})
    server.call("POST", "/api/v1/users/user/settings/update", token, json={"ui": {}, **extra})
    server.call("POST", "/api/v1/users/user/info/update", token, json=extra)
    me = server.call("GET", "/api/v1/auths/", token).json()
    assert (me["role"], me["email"], me["id"]) == ("user", "attacker@example.com", attacker[0])
    assert server.call("POST", f"/api/v1/users/{attacker[0]}/update", token, json={"role": "admin", "name": "N", "email": "a@b.co", "profile_image_url": ""}).status_code == 401
    for path, body in [("/api/v1/knowledge/create", {"name": "k", "description": ""}), ("/api/v1/chats/new", {"chat": {"title": "t"}}),
                       ("/api/v1/folders/", {"name": "f"})]:
        made = server.call("POST", path, token, json={**body, **extra}).json()
        assert made["user_id"] == attacker[0] and made["id"] != "chosen", path
    key = server.call("POST", "/api/v1/auths/api_keys", token, json={"name": "k", **extra}).json()
    assert server.call("GET", "/api/v1/auths/", key["api_key"]).status_code in (200, 403)
    assert server.call("GET", "/api/v1/users/all", key["api_key"]).status_code == 401


def encode(data):
    return base64.urlsafe_b64encode(data if isinstance(data, bytes) else json.dumps(data).encode()).rstrip(b"=").decode()


def token(header, claims, secret=b""):
    signed = encode(header) + "." + encode(claims)
    return signed + "." + (encode(hmac.new(secret, signed.encode(), hashlib.sha256).digest()) if secret else "")


def test_tokens_that_are_not_ours(server, victim):
    claims = {"id": victim[0], "iat": int(time.time()), "exp": int(time.time()) + 600, "jti": "x"}
    good = server.call("GET", "/api/v1/auths/", token({"alg": "HS256", "typ": "JWT"}, claims, b"attack-test-secret"))
    assert good.status_code == 200  # the control: a token signed with the secret is one
    for forged in [
        token({"alg": "none"}, claims), token({"alg": "None", "typ": "JWT"}, claims), token({"alg": "HS256"}, claims), token({"alg": "HS256"}, claims, b"x"),
        token({"alg": "HS512"}, claims, b"attack-test-secret"), token({"alg": "RS256"}, claims, b"attack-test-secret"),
        token({"alg": ["HS256"]}, claims, b"attack-test-secret"), token({"alg": "HS256", "kid": "../../dev/null"}, claims, b""),
        token({"alg": "HS256", "kid": 0}, claims, b"attack-test-secret"), token({"alg": "HS256", "kid": "' OR 1=1 --"}, claims, b"attack-test-secret"),
        token({"alg": "HS256", "crit": ["exp"]}, claims, b"attack-test-secret"), token({"alg": "HS256", "jwk": {"kty": "oct", "k": "eA"}}, claims, b"x"),
        token({"alg": "HS256"}, {**claims, "exp": 1}, b"attack-test-secret"), token({"alg": "HS256"}, {**claims, "exp": "never"}, b"attack-test-secret"),
        token({"alg": "HS256"}, {**claims, "nbf": int(time.time()) + 600}, b"attack-test-secret"),
        token({"alg": "HS256"}, {**claims, "id": {"$ne": ""}}, b"attack-test-secret"), token({"alg": "HS256"}, {**claims, "typ": "mfa"}, b"attack-test-secret"),
        token({"alg": "HS256"}, [claims], b"attack-test-secret"), "a.b.c", "..", "." * 5000, "e30.e30.e30", "\u00e9", "x" * 20000,
    ]:
        answer = server.call("GET", "/api/v1/auths/", headers={"Authorization": b"Bearer " + forged.encode("latin-1")})
        assert answer.status_code in (401, 431, 400), (forged[:80], answer.status_code)


def test_time_tells_nothing_about_accounts(make_server):
    """A sign-in to an account that does not exist takes as long as a wrong password."""
    server = make_server()
    server.account("here")

    def seconds(email):
        begin = time.perf_counter()
        assert server.call("POST", "/api/v1/auths/signin", json={"email": email, "password": "wrong"}).status_code == 400
        return time.perf_counter() - begin

    seconds("warm@example.com")
    known = [seconds("here@example.com") for _ in range(9)]
    unknown = [seconds(f"not{index}@example.com") for index in range(9)]
    # Memory-hard hashing takes tens of milliseconds; without it an answer is there in one.
    assert statistics.median(unknown) > statistics.median(known) * 0.4
    assert statistics.median(known) > statistics.median(unknown) * 0.4


def test_wrong_password_and_unknown_account_say_the_same(make_server):
    server = make_server()
    server.account("here")
    texts = {server.call("POST", "/api/v1/auths/signin", json={"email": e, "password": "wrong"}).text for e in ("here@example.com", "gone@example.com")}
    assert len(texts) == 1


@pytest.mark.parametrize("name", [
    "../../../../etc/passwd", "..\\..\\windows\\win.ini", "/etc/passwd", "a\x00.txt", "x\r\nSet-Cookie: a=b", "x\"; filename=\"y.html", ".", "..",
    "con", "<img src=x onerror=alert(1)>.html", "한글 이름.txt", "a" * 5000 + ".txt", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "x;y=z\u202egnp.exe",
])
def test_file_names(server, attacker, name):
    """Path traversal and injection into headers: a name is data, never a path or a header."""
    raw = name.encode("utf-8").replace(b"\r", b"%0D").replace(b"\n", b"%0A").replace(b'"', b"%22")
    body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="' + raw + b'"\r\nContent-Type: text/html\r\n\r\n<script>1</script>\r\n--b--\r\n'
    answer = server.call("POST", "/api/v1/files/?process=false", attacker[1], data=body, headers={"Content-Type": "multipart/form-data; boundary=b"})
    assert answer.status_code in (200, 400, 422), answer.text
    if answer.status_code != 200:
        return
    id = answer.json()["id"]
    for path in (f"/api/v1/files/{id}/content", f"/api/v1/files/{id}/content?attachment=true", f"/api/v1/files/{id}/content/..%2f..%2fetc%2fpasswd"):
        answer = server.call("GET", path, attacker[1])
        assert answer.status_code in (200, 404) and "set-cookie" not in answer.headers and "root:" not in answer.text
        if answer.status_code == 200:
            # A page of somebody else's must not run on this origin.
            isolated = answer.headers.get("content-disposition", "").startswith("attachment") or "sandbox" in answer.headers.get("content-security-policy", "") \
                or "html" not in answer.headers["content-type"]
            assert isolated, dict(answer.headers)
    answer = server.call("POST", f"/api/v1/files/{id}/rename", attacker[1], json={"filename": name.replace("\x00", "")})
    assert answer.status_code < 500


def test_names_in_an_archive(server, attacker):
    """Zip slip on the way out: what leaves in a ZIP has no way up in its names."""
    import io
    import zipfile

    base = server.call("POST", "/api/v1/knowledge/create", attacker[1], json={"name": "../../k", "description": ""}).json()["id"]
    for name in ("../../../x", "/abs", "a/../../b", "..\\up"):
        file = server.upload(attacker[1], b"text", "plain.txt")
        server.call("POST", f"/api/v1/files/{file}/rename", attacker[1], json={"filename": name})
        server.call("POST", f"/api/v1/knowledge/{base}/file/add", attacker[1], json={"file_id": file})
    answer = server.call("GET", f"/api/v1/knowledge/{base}/export", server.admin)
    assert answer.status_code in (200, 404)
    if answer.status_code == 200:
        for name in zipfile.ZipFile(io.BytesIO(answer.content)).namelist():
            assert not name.startswith(("/", "\\")) and ".." not in name.replace("\\", "/").split("/"), name
