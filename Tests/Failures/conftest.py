import contextlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import pytest

HERE = pathlib.Path(__file__).parent
ALONE = ["ok", "late", "count", "hang", "drip", "drip-head", "ticks", "flood"]
SHARED = ["ha", "count-ha"]


def pytest_addoption(parser):
    parser.addoption("--binary", default=str(HERE.parent.parent / ".build/debug/haneul"))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def eventually(condition, seconds=5.0):
    """Waits until something is so; says what it was at the end."""
    end = time.time() + seconds
    while True:
        value = condition()
        if value or time.time() > end:
            return value
        time.sleep(0.02)


class Upstream:
    """A process of upstream.py that can be killed and started again on its port."""

    def __init__(self, models):
        self.port, self.models, self.process = free_port(), models, None
        self.start()

    def start(self):
        self.process = subprocess.Popen([sys.executable, str(HERE / "upstream.py"), str(self.port), *self.models], stderr=subprocess.DEVNULL)
        assert eventually(self.is_up, 10), "the upstream did not start"

    def is_up(self):
        try:
            return self.state() is not None
        except OSError:
            return False

    def state(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/__state")
            return json.loads(connection.getresponse().read())
        except http.client.HTTPException as error:
            raise OSError(str(error)) from error
        finally:
            connection.close()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


class Server:
    """The server under test, and what /proc says of it."""

    def __init__(self, binary, upstreams, settings):
        self.port, self.folder = free_port(), tempfile.mkdtemp(prefix="haneul-failures-")
        self.log = open(os.path.join(self.folder, "server.log"), "wb")
        environment = {
            **os.environ, "HOST": "127.0.0.1", "PORT": str(self.port), "DATA_DIR": self.folder, "LOG_LEVEL": "info",
            "WEBUI_SECRET_KEY": "failures", "ENABLE_SIGNUP": "true",
            "OPENAI_API_BASE_URLS": ";".join(f"http://127.0.0.1:{upstream.port}/v1" for upstream in upstreams),
            "OPENAI_API_KEYS": ";".join("sk-up" for _ in upstreams), **settings,
        }
        self.process = subprocess.Popen([binary, "serve"], env=environment, stdout=subprocess.DEVNULL, stderr=self.log)
        assert eventually(self.is_up, 60), "the server did not start: " + self.log_text()[-2000:]
        status, session = self.call("POST", "/api/v1/auths/signup", {"name": "Admin", "email": "admin@example.com", "password": "Passw0rd!"}, {})
        assert status == 200, session
        self.token = session["token"]
        self.headers = {"Authorization": "Bearer " + self.token, "Content-Type": "application/json"}
        assert eventually(lambda: len(self.call("GET", "/api/models", None)[1]["data"]) >= 1, 10)

    def is_up(self):
        try:
            return self.process.poll() is not None or self.call("GET", "/health", None, {})[0] == 200
        except OSError:
            return False

    def call(self, method, path, body, headers=None, timeout=20):
        status, _, data = self.exchange(method, path, body, headers, timeout)
        return status, json.loads(data)

    def exchange(self, method, path, body, headers=None, timeout=20):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            sent = self.headers if headers is None else headers
            payload = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
            connection.request(method, path, payload, {"Content-Type": "application/json", **sent})
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def log_text(self):
        return (pathlib.Path(self.folder) / "server.log").read_text(errors="replace")

    @property
    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    @property
    def threads(self):
        return len(os.listdir(f"/proc/{self.process.pid}/task"))

    @property
    def megabytes(self):
        for line in open(f"/proc/{self.process.pid}/status"):
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(20)
        finally:
            self.process.kill()
            shutil.rmtree(self.folder, ignore_errors=True)


class World:
    def __init__(self, binary):
        self.first = Upstream(ALONE + SHARED)
        self.second = Upstream(SHARED)
        self.server = Server(
            binary, [self.first, self.second],
            {"UPSTREAM_FIRST_BYTE_TIMEOUT": "3", "UPSTREAM_IDLE_TIMEOUT": "3", "CLIENT_TIMEOUT": "4", "SHUTDOWN_TIMEOUT": "3",
             "UPSTREAM_CONNECT_TIMEOUT": "2", "STREAM_AWAY_TIMEOUT": "1", "MODEL_FALLBACKS": json.dumps({"lonely": ["nobody", "ok"]})})

    @contextlib.contextmanager
    def another(self, models):
        """One more upstream, for a while."""
        upstream, server = Upstream(models), self.server
        configuration = server.call("GET", "/openai/config", None)[1]
        urls, keys = configuration["OPENAI_API_BASE_URLS"], configuration["OPENAI_API_KEYS"]
        changed = {**configuration, "OPENAI_API_BASE_URLS": urls + [f"http://127.0.0.1:{upstream.port}/v1"], "OPENAI_API_KEYS": keys + ["sk-up"]}
        assert server.call("POST", "/openai/config/update", changed)[0] == 200
        try:
            assert eventually(lambda: any(model["id"] == models[0] for model in server.call("GET", "/api/models?refresh=true", None)[1]["data"]))
            yield upstream
        finally:
            upstream.process.kill()
            upstream.process.wait()
            assert server.call("POST", "/openai/config/update", configuration)[0] == 200

    def body(self, model, way, stream=False, **more):
        """The long way is taken by every request that the relay cannot pass on unseen."""
        body = {"model": model, "messages": [{"role": "user", "content": "hi"}], "stream": stream, **more}
        if way == "long":
            body["params"] = {"temperature": 0.5}
        return body

    def chat(self, model, way, stream=False, timeout=20, **more):
        return self.server.exchange("POST", "/api/chat/completions", self.body(model, way, stream, **more), timeout=timeout)

    def open(self, model, way, stream=True, receive_buffer=None):
        """A client that has sent its request and reads nothing of its own accord."""
        client = socket.socket()
        if receive_buffer:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        client.settimeout(20)
        client.connect(("127.0.0.1", self.server.port))
        body = json.dumps(self.body(model, way, stream)).encode()
        head = f"POST /api/chat/completions HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {self.server.token}\r\n"
        client.sendall((head + f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body)
        return client


@pytest.fixture(scope="session")
def world(request):
    world = World(request.config.getoption("--binary"))
    yield world
    for upstream in (world.first, world.second):
        upstream.kill()
    assert world.server.stop() == 0, "the server did not end cleanly"


@pytest.fixture(params=["relay", "long"])
def way(request):
    """Every failure is met on both paths of a chat."""
    return request.param
