"""The server behind its own certificate.

    python -m pytest Tests/TLS --binary .build/debug/haneul

Certificates are made by openssl for each run.
"""
import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


class Upstream(BaseHTTPRequestHandler):
    """Streams twenty events over two seconds."""
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.answer(json.dumps({"data": [{"id": "slow", "object": "model"}]}).encode())

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not request.get("stream"):
            message = {"role": "assistant", "content": "answered"}
            return self.answer(json.dumps({"id": "x", "object": "chat.completion", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}).encode())
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        for index in range(20):
            self.wfile.write(b"data: " + json.dumps({"choices": [{"index": 0, "delta": {"content": f"w{index} "}}]}).encode() + b"\n\n")
            self.wfile.flush()
            time.sleep(0.1)
        self.wfile.write(b"data: [DONE]\n\n")
        self.close_connection = True

    def answer(self, data):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


def make_certificate(folder, name, *more):
    certificate, key = str(folder / f"{name}.pem"), str(folder / f"{name}.key")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}", "-addext",
                    "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", certificate, *more], check=True, capture_output=True)
    return certificate, key


def make_past_certificate(folder):
    """Self-signed, of January 2020."""
    request, key, certificate = str(folder / "past.csr"), str(folder / "past.key"), str(folder / "past.pem")
    subprocess.run(["openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=past", "-keyout", key, "-out", request], check=True, capture_output=True)
    (folder / "index.txt").touch()
    (folder / "ca.conf").write_text(f"""
[ca]
default_ca = own
[own]
database = {folder}/index.txt
new_certs_dir = {folder}
rand_serial = yes
default_md = sha256
policy = any
x509_extensions = names
[any]
commonName = supplied
[names]
subjectAltName = DNS:localhost,IP:127.0.0.1
basicConstraints = CA:true
""")
    subprocess.run(["openssl", "ca", "-selfsign", "-batch", "-notext", "-config", str(folder / "ca.conf"), "-keyfile", key, "-in", request, "-out", certificate,
                    "-startdate", "20200101000000Z", "-enddate", "20200201000000Z"], check=True, capture_output=True)
    return certificate, key


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    def __init__(self, binary, folder, certificate, key, upstream):
        self.port, self.log = free_port(), str(folder / "log")
        self.environment = {
            **os.environ, "DATA_DIR": str(folder / "data"), "HOST": "127.0.0.1", "PORT": str(self.port), "TLS_CERTIFICATE": certificate, "TLS_PRIVATE_KEY": key,
            "OPENAI_API_BASE_URLS": f"http://127.0.0.1:{upstream}/v1", "OPENAI_API_KEYS": "sk-x", "WEBUI_SECRET_KEY": "secret of the tls tests"}
        self.binary = binary
        self.process = subprocess.Popen([binary, "serve"], stdout=subprocess.DEVNULL, stderr=open(self.log, "ab"), env=self.environment)
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=2).close()
                return
            except OSError:
                time.sleep(0.1)
        raise AssertionError(open(self.log).read()[-500:])

    def refusal(self, **environment):
        """What a start says that is expected to fail."""
        folder = self.environment["DATA_DIR"] + "-refused"
        answer = subprocess.run([self.binary, "serve"], env={**self.environment, "DATA_DIR": folder, "PORT": str(free_port()), **environment},
                                capture_output=True, text=True, timeout=60)
        assert answer.returncode != 0
        return answer.stderr


class World:
    pass


@pytest.fixture(scope="module")
def world(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    upstream = ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    upstream.daemon_threads = True
    threading.Thread(target=upstream.serve_forever, daemon=True).start()
    world = World()
    world.folder, world.one, world.two = folder, make_certificate(folder, "one"), make_certificate(folder, "two")
    world.certificate, world.key = str(folder / "live.pem"), str(folder / "live.key")
    shutil.copy(world.one[0], world.certificate)
    shutil.copy(world.one[1], world.key)
    world.server = Server(os.path.abspath(request.config.getoption("--binary")), folder, world.certificate, world.key, upstream.server_port)
    world.trust = ssl.create_default_context(cafile=world.one[0])
    status, headers, data = call(world, "POST", "/api/v1/auths/signup", {"name": "A", "email": "a@example.com", "password": "Passw0rd!"})
    assert status == 200, data
    world.headers, world.token = headers, json.loads(data)["token"]
    world.api_key = json.loads(call(world, "POST", "/api/v1/auths/api_key", token=world.token)[2])["api_key"]
    yield world
    world.server.process.terminate()
    assert world.server.process.wait(40) == 0
    upstream.shutdown()


def connect(world, context=None):
    return http.client.HTTPSConnection("localhost", world.server.port, context=context or world.trust, timeout=20)


def send(connection, method, path, body=None, token=None):
    headers = {"Content-Type": "application/json"} if body is not None else {}
    if token:
        headers["Authorization"] = "Bearer " + token
    connection.request(method, path, json.dumps(body) if body is not None else None, headers)
    return connection.getresponse()


def call(world, method, path, body=None, token=None, connection=None):
    answer = send(connection or connect(world), method, path, body, token)
    return answer.status, answer.headers, answer.read()


def served(world):
    """Which certificate a new connection gets, and by which version of TLS."""
    anybody = ssl.create_default_context()
    anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
    with anybody.wrap_socket(socket.create_connection(("127.0.0.1", world.server.port), timeout=10), server_hostname="localhost") as connection:
        certificate = connection.getpeercert(True)
        return "one" if b"\x03one" in certificate else "two" if b"\x03two" in certificate else "?", connection.version()


def chat(stream):
    return {"model": "slow", "messages": [{"role": "user", "content": "hi"}], "stream": stream}


def test_https_with_a_key_and_streams(world):
    assert served(world) == ("one", "TLSv1.3")
    assert call(world, "GET", "/api/models", token=world.api_key)[0] == 200
    for _ in range(2):
        status, _, data = call(world, "POST", "/api/chat/completions", chat(False), world.api_key)
        assert status == 200 and b"answered" in data
        answer = send(connect(world), "POST", "/api/chat/completions", chat(True), world.api_key)
        assert answer.status == 200
        begin, first = time.time(), answer.read(20)
        rest = answer.read()
        assert first.startswith(b"data: ") and b"w19" in rest and b"[DONE]" in rest
        assert time.time() - begin > 1  # the first bytes came while the others were still to come


def test_cookies_and_headers(world):
    assert "; Secure" in world.headers["set-cookie"] and "HttpOnly" in world.headers["set-cookie"]
    assert "max-age=" in world.headers["strict-transport-security"]
    for path in ("/", "/health", "/api/v1/auths/", "/no/such/api"):
        assert call(world, "GET", path)[1]["strict-transport-security"], path


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_old_versions_are_refused(world, version):
    old = ssl.create_default_context()
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = old.maximum_version = version
    with pytest.raises((ssl.SSLError, ConnectionError)):
        old.wrap_socket(socket.create_connection(("127.0.0.1", world.server.port), timeout=10), server_hostname="localhost")


@pytest.mark.parametrize("data", [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\x00\x05hello", b"\x00" * 4000, b""])
def test_what_is_no_handshake(world, data):
    with socket.create_connection(("127.0.0.1", world.server.port), timeout=10) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        try:
            while piece := connection.recv(1000):
                answer += piece
        except OSError:
            pass
    assert not answer.startswith(b"HTTP/1.1 200")
    assert call(world, "GET", "/health")[0] == 200


def test_a_new_certificate_drops_nobody(world):
    idle = connect(world)
    assert call(world, "GET", "/health", connection=idle)[0] == 200
    streaming = send(connect(world), "POST", "/api/chat/completions", chat(True), world.api_key)
    first = streaming.read(20)

    # Half of a change: the key does not belong to the certificate. The earlier pair stays in force.
    shutil.copy(world.two[1], world.key)
    os.kill(world.server.process.pid, signal.SIGHUP)
    time.sleep(0.3)
    assert served(world)[0] == "one"
    shutil.copy(world.two[0], world.certificate)
    os.kill(world.server.process.pid, signal.SIGHUP)
    deadline = time.time() + 5
    while served(world)[0] != "two":
        assert time.time() < deadline
        time.sleep(0.05)
    assert b"w19" in streaming.read() and first
    assert call(world, "GET", "/health", connection=idle)[0] == 200  # on the connection from before

    # Nonsense is not taken, and said.
    open(world.certificate, "w").write("nonsense")
    time.sleep(3)
    assert served(world)[0] == "two"
    assert "earlier one stays in force" in open(world.server.log).read()
    # Without a signal the files are looked at by themselves.
    shutil.copy(world.one[1], world.key)
    shutil.copy(world.one[0], world.certificate)
    deadline = time.time() + 8
    while served(world)[0] != "one":
        assert time.time() < deadline
        time.sleep(0.2)
    assert call(world, "GET", "/health")[0] == 200


def test_pairs_that_cannot_be_used(world, tmp_path):
    """One line at the start that names the setting and the file."""
    nonsense = tmp_path / "nonsense.pem"
    nonsense.write_text("nonsense")
    missing = str(tmp_path / "missing.pem")
    for environment, words in [
        ({"TLS_PRIVATE_KEY": world.two[1]}, ["TLS_PRIVATE_KEY", world.two[1], "is not the key of"]),
        ({"TLS_PRIVATE_KEY": str(nonsense)}, ["TLS_PRIVATE_KEY", str(nonsense)]), ({"TLS_CERTIFICATE": str(nonsense)}, ["TLS_CERTIFICATE", str(nonsense)]),
        ({"TLS_PRIVATE_KEY": missing}, ["TLS_PRIVATE_KEY", missing]), ({"TLS_CERTIFICATE": missing}, ["TLS_CERTIFICATE", missing]),
        ({"TLS_PRIVATE_KEY": ""}, ["TLS_CERTIFICATE and TLS_PRIVATE_KEY belong together"]), ({"TLS_CERTIFICATE": ""}, ["TLS_CERTIFICATE and TLS_PRIVATE_KEY belong together"]),
        ({"TLS_CERTIFICATE": str(tmp_path)}, ["TLS_CERTIFICATE"]),
    ]:
        said = world.server.refusal(**environment)
        assert all(word in said for word in words), said
        assert len(said.strip().splitlines()) == 1 and "PRIVATE KEY-----" not in said, said


def test_a_certificate_that_has_run_out(request, world, tmp_path):
    """It is served all the same, as clients are to judge it; the log says so."""
    pair = make_past_certificate(tmp_path)
    (tmp_path / "more").mkdir()
    server = Server(world.server.binary, tmp_path / "more", *pair, 9)
    try:
        strict = ssl.create_default_context(cafile=pair[0])
        with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
            strict.wrap_socket(socket.create_connection(("127.0.0.1", server.port), timeout=10), server_hostname="localhost")
        assert "has run out" in open(server.log).read()
    finally:
        server.process.terminate()
        assert server.process.wait(40) == 0
