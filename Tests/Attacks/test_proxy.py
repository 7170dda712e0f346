"""Sign-in by a reverse proxy's word: believed from its address, and from no other."""
import http.client
import json

import pytest

EMAIL, NAME, GROUPS, ROLE = "X-Auth-Email", "X-Auth-Name", "X-Auth-Groups", "X-Auth-Role"
PROXY, STRANGER = "127.0.0.1", "127.0.0.2"


@pytest.fixture(scope="module")
def server(make_server):
    return make_server(
        HOST="0.0.0.0", TRUSTED_PROXIES="127.0.0.1/32,10.9.8.0/24", WEBUI_AUTH_TRUSTED_EMAIL_HEADER=EMAIL, WEBUI_AUTH_TRUSTED_NAME_HEADER=NAME,
        WEBUI_AUTH_TRUSTED_GROUPS_HEADER=GROUPS, WEBUI_AUTH_TRUSTED_ROLE_HEADER=ROLE, DEFAULT_USER_ROLE="user", ENABLE_SIGNUP="false")


def call(server, method, path, headers=None, body=None, source=PROXY):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20, source_address=(source, 0))
    try:
        connection.request(method, path, json.dumps(body) if body is not None else None, {"Content-Type": "application/json", **(headers or {})})
        answer = connection.getresponse()
        data = answer.read()
        return answer.status, json.loads(data) if data[:1] in (b"{", b"[") else data, answer.headers
    finally:
        connection.close()


def sign_in(server, headers, source=PROXY, body=None):
    return call(server, "POST", "/api/v1/auths/signin", headers, body or {"email": "", "password": ""}, source)


def test_the_named_proxy_is_believed(server):
    status, answer, headers = sign_in(server, {EMAIL: "New@Example.com", NAME: "%EB%B0%95%EC%84%9C%EC%97%B0", "X-Forwarded-Proto": "https"})
    assert status == 200 and (answer["email"], answer["name"], answer["role"]) == ("new@example.com", "박서연", "user")
    assert "Secure" in headers["set-cookie"] and headers["strict-transport-security"]
    again = sign_in(server, {EMAIL: "new@example.com"})
    assert again[0] == 200 and again[1]["id"] == answer["id"]
    # The account has no password that anybody could guess.
    assert sign_in(server, {}, STRANGER, {"email": "new@example.com", "password": ""})[0] == 400


@pytest.mark.parametrize("more", [{}, {"X-Forwarded-For": PROXY}, {"X-Real-IP": PROXY}, {"Forwarded": f"for={PROXY}"}, {"X-Forwarded-For": f"{PROXY}, {PROXY}"},
                                  {"X-Forwarded-For": "10.9.8.7"}])
def test_nobody_else_is(server, more):
    for person in ("admin@example.com", "somebody.new@example.com"):
        status, answer, headers = sign_in(server, {EMAIL: person, ROLE: "admin", "X-Forwarded-Proto": "https", **more}, STRANGER)
        assert status == 400 and "token" not in answer and "set-cookie" not in headers and "strict-transport-security" not in headers
    users = [user["email"] for user in call(server, "GET", "/api/v1/users/all", {"Authorization": "Bearer " + server.admin}, source=STRANGER)[1]["users"]]
    assert "somebody.new@example.com" not in users


@pytest.mark.parametrize("value", ["", " ", "no address", "a@b.co, admin@example.com", "admin@example.com\t", "a@b.co\x01"])
def test_headers_that_name_nobody(server, value):
    """Only a plain address is one; white space around it is not part of it."""
    try:
        status, answer, _ = sign_in(server, {EMAIL: value})
    except ValueError:
        return  # the client itself refuses to send it
    if value.strip() == "admin@example.com":
        assert status == 200
    else:
        assert status in (400, 422) and "token" not in str(answer)


def test_groups_and_role_follow_the_proxy(server):
    admin = {"Authorization": "Bearer " + server.admin}
    ids = {name: call(server, "POST", "/api/v1/groups/create", admin, {"name": name, "description": ""})[1]["id"] for name in ("readers", "편집자")}

    def state(headers):
        status, answer, _ = sign_in(server, {EMAIL: "member@example.com", **headers})
        assert status == 200
        mine = call(server, "GET", "/api/v1/groups/", {"Authorization": "Bearer " + answer["token"]})[1]
        return answer["role"], sorted(group["id"] for group in mine) if answer["role"] == "user" else None

    assert state({GROUPS: "readers, unknown, %ED%8E%B8%EC%A7%91%EC%9E%90"}) == ("user", sorted(ids.values()))
    assert state({GROUPS: "readers"}) == ("user", [ids["readers"]])
    assert state({}) == ("user", [])
    assert state({ROLE: "Admin"})[0] == "admin"
    assert state({ROLE: "owner"})[0] == "admin"  # no role that there is: nothing changes
    assert state({ROLE: "user", GROUPS: "readers"}) == ("user", [ids["readers"]])
    # Whoever runs the server is not locked out by a header.
    assert sign_in(server, {EMAIL: "admin@example.com", ROLE: "pending"})[1]["role"] == "admin"
    assert len(call(server, "GET", "/api/v1/groups/", admin)[1]) == 2


def test_a_session_of_the_person_before(server):
    """The browser still has the cookie of somebody else whom the proxy let in before."""
    first = sign_in(server, {EMAIL: "first@example.com"})[1]["token"]
    for way in ({"Authorization": "Bearer " + first}, {"Cookie": "token=" + first}, {"x-api-key": first}):
        for path, method, body in [("/api/v1/auths/", "GET", None), ("/api/v1/chats/", "GET", None),
                                   ("/api/chat/completions", "POST", {"model": "haneul-quotes", "messages": [{"role": "user", "content": "x"}]})]:
            for _ in range(2):
                assert call(server, method, path, {**way, EMAIL: "FIRST@example.com"}, body)[0] == 200
                assert call(server, method, path, {**way, EMAIL: "second@example.com"}, body)[0] == 401
            assert call(server, method, path, {**way, EMAIL: "second@example.com"}, body, STRANGER)[0] == 200  # the header is nobody's
    assert call(server, "GET", "/api/v1/auths/", {"Authorization": "Bearer " + first})[0] == 200


def test_addresses_behind_the_proxy(server):
    """The limit of sign-ins and a key's addresses look at the client that the proxy names, at the last hop that is not a proxy."""
    admin = {"Authorization": "Bearer " + server.admin}
    key = call(server, "POST", "/api/v1/auths/api_keys", admin, {"name": "k", "limits": {"addresses": ["203.0.113.0/24"]}})[1]["api_key"]
    for hops, status in [("203.0.113.7", 200), ("203.0.113.7, 10.9.8.1", 200), ("203.0.113.7, 198.51.100.1", 403), ("198.51.100.1, 203.0.113.7", 200),
                         ("nonsense, 203.0.113.7", 200), ("203.0.113.7, nonsense", 403), ("", 403), ("::ffff:203.0.113.7", 200)]:
        assert call(server, "GET", "/api/models", {"Authorization": "Bearer " + key, "X-Forwarded-For": hops})[0] == status, hops
    assert call(server, "GET", "/api/models", {"Authorization": "Bearer " + key, "X-Forwarded-For": "203.0.113.7"}, source=STRANGER)[0] == 403


@pytest.mark.parametrize("proxies", ["", "10.9.8.0/24"])
def test_without_a_named_proxy_the_header_is_nothing(make_server, proxies):
    server = make_server(TRUSTED_PROXIES=proxies, WEBUI_AUTH_TRUSTED_EMAIL_HEADER=EMAIL)
    assert sign_in(server, {EMAIL: "admin@example.com"})[0] == 400


def test_a_proxy_list_that_makes_no_sense_is_refused(make_server):
    server = make_server()
    server.stop()
    answer = server.run("serve", TRUSTED_PROXIES="localhost")
    assert answer.returncode != 0 and "TRUSTED_PROXIES" in answer.stderr and len(answer.stderr.strip().splitlines()) == 1
    server.start()
