"""Bytes that no honest client sends."""
import re
import socket
import threading
import time

import pytest
import requests


def head(server, lines, token=None):
    more = [f"Authorization: Bearer {token}"] if token else []
    return ("\r\n".join([*lines, "Host: x", *more, "", ""])).encode("latin-1")


def statuses(answer):
    # An answer begins right behind the body of the one before.
    return [int(code) for code in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)]


SMUGGLED = b"GET /api/v1/auths/smuggled HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize("lines", [
    ["Content-Length: 5", "Transfer-Encoding: chunked"], ["Transfer-Encoding: chunked", "Content-Length: 5"],
    ["Transfer-Encoding: xchunked", "Content-Length: 5"], ["Transfer-Encoding: chunked, identity"], ["Transfer-Encoding : chunked", "Content-Length: 5"],
    ["Transfer-Encoding:\x0bchunked", "Content-Length: 5"], ["Content-Length: 5", "Content-Length: 6"], ["Content-Length: 5, 6"], ["Content-Length: +5"],
    ["Content-Length: -1"], ["Content-Length: 0x5"], ["Content-Length: 5 5"], ["Content-Length: 99999999999999999999"], ["Content-Length: 1e1"],
    ["X: a\x00b", "Content-Length: 5"], [" Content-Length: 5"], ["X y: 1"], ["Content-Length"], ["X: a\r b"],
])
@pytest.mark.parametrize("path", ["/api/chat/completions", "/api/v1/auths/signin"])
def test_two_ways_to_count_a_body(server, lines, path):
    """Request smuggling: what could be counted in two ways is refused or read in one way, and never leaves a second request behind
    that the client did not send as one."""
    data = head(server, [f"POST {path} HTTP/1.1", "Content-Type: application/json", *lines], server.admin) + b"0\r\n\r\n" + SMUGGLED
    answer = server.raw(data, seconds=5)
    found = statuses(answer)
    assert all(code < 500 for code in found), answer[:300]
    if found and found[0] == 200:
        raise AssertionError(answer[:300])


def test_a_plain_pipeline_is_answered_in_order(server):
    """The control for the above: two honest requests get two answers."""
    one = head(server, ["GET /health HTTP/1.1"])
    answer = server.raw(one + one.replace(b"Host: x", b"Host: x\r\nConnection: close"))
    assert statuses(answer) == [200, 200]


def test_connection_names_no_header_away(server):
    """`Connection: authorization` must not make the credentials disappear and the route go on without them, nor any header reach
    the upstream."""
    data = head(server, ["GET /api/v1/users/all HTTP/1.1", "Connection: close, authorization"])
    assert statuses(server.raw(data)) == [401]


@pytest.mark.parametrize("size", [9_000, 17_000, 70_000, 200_000])
def test_long_header_lines(server, size):
    answer = server.raw(head(server, ["GET /health HTTP/1.1", "X-Long: " + "a" * size, "Connection: close"]))
    assert statuses(answer)[:1] in ([200], [400], [431], []), answer[:200]
    assert requests.get(server.base + "/health", timeout=5).status_code == 200


def test_many_headers(server):
    answer = server.raw(head(server, ["GET /health HTTP/1.1", "Connection: close"] + [f"X-{i}: 1" for i in range(5000)]))
    assert statuses(answer)[:1] in ([400], [431], []), answer[:200]


@pytest.mark.parametrize("data", [
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 500, b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n",
    b"\r\n" * 5000, b"\x00" * 5000, b"GET / HTTP/1.1\nHost: x\n\n", b"GET /\x00 HTTP/1.1\r\nHost: x\r\n\r\n", b"A" * 70000,
    b"CONNECT 127.0.0.1:1 HTTP/1.1\r\nHost: x\r\n\r\n", b"TRACE / HTTP/1.1\r\nHost: x\r\n\r\n", b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET http://169.254.169.254/ HTTP/1.1\r\nHost: x\r\n\r\n", b"GET //evil.example/ HTTP/1.1\r\nHost: x\r\n\r\n",
])
def test_other_languages(server, data):
    answer = server.raw(data, seconds=5, half_close=True)
    assert all(code < 500 for code in statuses(answer)), answer[:200]
    assert b"location:" not in answer.lower()
    assert requests.get(server.base + "/health", timeout=5).status_code == 200


@pytest.mark.parametrize("path", [
    "/../../etc/passwd", "/..%2f..%2fetc%2fpasswd", "/%2e%2e/%2e%2e/etc/passwd", "/static/../../../etc/passwd", "/docs/..%2f..%2f..%2fetc%2fpasswd",
    "/api/v1/users/..%2fall", "/api/v1/files/..%2f..%2fsecret.key/content", "/static/%00", "/%c0%ae%c0%ae/etc/passwd", "/assets/....//....//etc/passwd",
])
def test_paths_that_climb(server, path):
    answer = server.raw(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert b"root:" not in answer and b"PRAGMA" not in answer
    assert all(code < 500 for code in statuses(answer))


def test_host_header_leads_nowhere(server):
    for name in ("Host", "X-Forwarded-Host", "X-Original-URL", "X-Rewrite-URL", "Forwarded"):
        lines = ["GET /api/config HTTP/1.1", f"{name}: evil.example", "Connection: close"]
        answer = server.raw(("\r\n".join(lines + ([] if name == "Host" else ["Host: x"]) + ["", ""])).encode())
        assert b"evil.example" not in answer


def test_forwarded_address_is_not_believed(server):
    """Nobody has named a proxy: X-Forwarded-For neither lifts the limit of sign-ins nor satisfies a key's address range."""
    codes = [server.call("POST", "/api/v1/auths/signin", json={"email": "guess@example.com", "password": "x"},
                         headers={"X-Forwarded-For": f"203.0.113.{index}", "X-Real-IP": f"203.0.113.{index}"}).status_code for index in range(17)]
    assert codes[-1] == 429
    key = server.call("POST", "/api/v1/auths/api_keys", server.admin, json={"name": "k", "limits": {"addresses": ["203.0.113.0/24"]}}).json()["api_key"]
    assert server.call("GET", "/api/models", key, headers={"X-Forwarded-For": "203.0.113.7"}).status_code == 403


@pytest.mark.parametrize("body", [
    "[" * 100_000, '{"a":' * 100_000, "[" * 100_000 + "]" * 100_000, '{"messages":' + "[" * 50_000 + "]" * 50_000 + "}", '{"a":1e999999999}',
    '{"a":' + "9" * 200_000 + "}", '{"a":"\\ud800"}', '{"a":"' + "\\u0000" * 1000 + '"}', '{"model":"x","model":"y","messages":[]}', "NaN", "\ufeff{}", "{}{}",
    '{"email":"' + "a" * 50_000 + "@" + "a." * 50_000 + '","password":"x"}', '{"email":"' + "a@" * 100_000 + '","password":"x"}',
])
def test_json_that_is_meant_to_hurt(server, body):
    for path in ("/api/v1/auths/signin", "/api/chat/completions", "/api/v1/chats/new", "/openai/chat/completions", "/api/v1/messages"):
        begin = time.perf_counter()
        answer = server.call("POST", path, server.admin, data=body.encode("utf-8", "surrogatepass"), headers={"Content-Type": "application/json"})
        assert answer.status_code < 500, (path, answer.status_code, answer.text[:200])
        assert time.perf_counter() - begin < 5


@pytest.mark.parametrize("text", ["a" * 20_000, "(" * 5000, "*" * 5000, "?*" * 2500, "%" * 5000, "_" * 5000, "\\" * 5000, '"' * 5000, "가" * 5000, "a OR " * 2000, "' OR 1=1 --", "NEAR(" * 500])
def test_searches_that_are_meant_to_hurt(server, text):
    for path, name in [("/api/v1/chats/search", "text"), ("/api/v1/files/search", "filename"), ("/api/v1/knowledge/search", "query"), ("/api/v1/users/", "query")]:
        begin = time.perf_counter()
        answer = server.call("GET", path, server.admin, params={name: text})
        assert answer.status_code < 500, (path, answer.status_code)
        assert time.perf_counter() - begin < 5


def test_bodies_beyond_the_limit(server):
    """MAX_BODY_MB for chats, 32 MiB for other JSON."""
    for path in ("/api/v1/auths/signin", "/api/chat/completions", "/api/v1/chats/new", "/api/embeddings", "/ollama/api/chat"):
        answer = server.raw(head(server, [f"POST {path} HTTP/1.1", "Content-Type: application/json", "Content-Length: 5000000000"], server.admin), seconds=8)
        assert statuses(answer)[:1] in ([413], []), (path, answer[:200])
        chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
        data = head(server, [f"POST {path} HTTP/1.1", "Content-Type: application/json", "Transfer-Encoding: chunked"], server.admin) + chunk * (80 if "completions" in path else 600)
        assert statuses(server.raw(data + b"0\r\n\r\n", seconds=8))[:1] in ([413], []), path


def test_slow_clients_are_let_go(server):
    """Slowloris: with CLIENT_TIMEOUT=3 connections that say nothing, or a byte now and then, are closed, and others are served."""
    def hold(first):
        connection = socket.create_connection(("127.0.0.1", server.port), timeout=20)
        connection.sendall(first)
        begin = time.time()
        try:
            while connection.recv(1000):
                pass
        except ConnectionError:
            pass
        return time.time() - begin

    partial = [b"GET /health HTT", b"POST /api/chat/completions HTTP/1.1\r\nHost: x\r\n", b"", b"POST /api/v1/auths/signin HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"]
    results = []
    threads = [threading.Thread(target=lambda first=first: results.append(hold(first))) for first in partial * 10]
    for thread in threads:
        thread.start()
    assert requests.get(server.base + "/health", timeout=5).status_code == 200
    for thread in threads:
        thread.join(30)
    assert len(results) == 40 and max(results) < 15


def test_no_secret_in_the_log_or_the_audit(server):
    secret = "very-secret-password-1"
    server.call("POST", "/api/v1/auths/signin?password=" + secret, json={"email": "admin@example.com", "password": secret}, headers={"x-api-key": "sk-" + secret})
    assert secret not in open(server.log, errors="replace").read()
    assert secret not in server.call("GET", "/api/v1/audit/export", server.admin).text


def test_what_lies_in_the_data_folder_is_private(server):
    import os
    import stat

    for folder, _, names in os.walk(server.data):
        for name in names:
            assert stat.S_IMODE(os.stat(os.path.join(folder, name)).st_mode) & 0o077 == 0, name


def test_a_method_is_what_the_request_line_says(server, attacker):
    id = server.upload(attacker[1], b"still here")
    for headers in ({"X-HTTP-Method-Override": "DELETE"}, {"X-HTTP-Method": "DELETE"}, {"X-Method-Override": "DELETE"}):
        for method, path in [("GET", f"/api/v1/files/{id}?_method=DELETE"), ("POST", f"/api/v1/files/{id}"), ("HEAD", f"/api/v1/files/{id}")]:
            server.call(method, path, attacker[1], headers=headers, **({"data": "_method=DELETE"} if method == "POST" else {}))
    assert server.call("GET", f"/api/v1/files/{id}/content", attacker[1]).content == b"still here"


def cross_origin(answer):
    return {name: value for name, value in answer.headers.items() if name.lower().startswith("access-control-")}


EVIL = ["https://evil.example", "null", "https://good.example.evil.example", "https://evil-good.example", "http://good.example", "https://good.example:8443",
        "https://GOOD.example.", "https://good.example, https://evil.example", "https://good.example/"]


@pytest.mark.parametrize("allowed", ["", "https://good.example;https://other.example"])
def test_other_origins_read_nothing(make_server, allowed):
    server = make_server(CORS_ALLOW_ORIGIN=allowed)
    preflight = {"Access-Control-Request-Method": "DELETE", "Access-Control-Request-Headers": "authorization"}
    for origin in EVIL + ([] if allowed else ["https://good.example"]):
        for path in ("/api/config", "/api/v1/auths/", "/api/models", "/no/such/route", "/"):
            assert not cross_origin(server.call("GET", path, server.admin, headers={"Origin": origin})), (origin, path)
            assert not cross_origin(server.call("OPTIONS", path, headers={"Origin": origin, **preflight})), (origin, path)
    if allowed:
        for path in ("/api/config", "/api/models", "/no/such/route"):
            answer = server.call("GET", path, headers={"Origin": "https://good.example"})
            assert cross_origin(answer)["Access-Control-Allow-Origin"] == "https://good.example" and "origin" in answer.headers["vary"].lower()
        answer = server.call("OPTIONS", "/api/models", headers={"Origin": "https://other.example", **preflight})
        assert answer.status_code == 200 and cross_origin(answer)["Access-Control-Allow-Headers"] == "authorization"
