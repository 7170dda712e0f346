"""Starts one server for the attacks.

    python -m pytest Tests/Attacks --binary .build/debug/haneul
"""
import os
import shutil
import socket
import subprocess
import tempfile
import time

import pytest
import requests


def pytest_addoption(parser):
    parser.addoption("--binary", default=".build/debug/haneul")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    def __init__(self, binary, folder, **environment):
        self.folder, self.data = folder, folder + "/data"
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.log = folder + "/log"
        self.environment = {
            **os.environ, "DATA_DIR": self.data, "HOST": "127.0.0.1", "PORT": str(self.port), "WEBUI_SECRET_KEY": "attack-test-secret",
            "BYPASS_MODEL_ACCESS_CONTROL": "true", "CLIENT_TIMEOUT": "3", "MAX_BODY_MB": "2",
            "USER_PERMISSIONS": '{"features":{"api_keys":true},"workspace":{"knowledge":true,"models":true}}', **environment,
        }
        self.binary = binary
        self.start()

    def start(self):
        self.process = subprocess.Popen([self.binary, "serve"], stdout=subprocess.DEVNULL, stderr=open(self.log, "ab"), cwd=self.folder, env=self.environment)
        for _ in range(300):
            try:
                requests.get(self.base + "/health", timeout=2)
                return
            except requests.ConnectionError:
                time.sleep(0.1)
        raise AssertionError("the server does not come up: " + open(self.log).read()[-500:])

    def stop(self):
        self.process.terminate()
        return self.process.wait(40)

    def run(self, *arguments, **environment):
        return subprocess.run([self.binary, *arguments], env={**self.environment, **environment}, cwd=self.folder, capture_output=True, text=True, timeout=120)

    def call(self, method, path, token=None, **more):
        headers = more.pop("headers", {})
        if token:
            headers = {**headers, "Authorization": "Bearer " + token}
        return requests.request(method, self.base + path, headers=headers, timeout=30, allow_redirects=False, **more)

    def account(self, name, role="user"):
        body = {"name": name, "email": f"{name}@example.com", "password": "Passw0rd!", "role": role}
        answer = self.call("POST", "/api/v1/auths/add", self.admin, json=body).json()
        return answer["id"], answer["token"]

    def upload(self, token, content, name="f.txt"):
        answer = self.call("POST", "/api/v1/files/?process=false", token, files={"file": (name, content, "text/plain")})
        assert answer.status_code == 200, answer.text
        return answer.json()["id"]

    def raw(self, data, seconds=6, half_close=False):
        """Everything the server says to these bytes until it closes or falls silent."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as connection:
            answer = b""
            try:
                connection.sendall(data)
                if half_close:
                    connection.shutdown(socket.SHUT_WR)
                while piece := connection.recv(65536):
                    answer += piece
            except (TimeoutError, ConnectionError):
                pass
            return answer


@pytest.fixture(scope="session")
def make_server(request):
    made = []

    def make(**environment):
        folder = tempfile.mkdtemp(prefix="haneul-attack-")
        server = Server(os.path.abspath(request.config.getoption("--binary")), folder, **environment)
        made.append(server)
        answer = server.call("POST", "/api/v1/auths/signup", json={"name": "Admin", "email": "admin@example.com", "password": "Passw0rd!"})
        server.admin = answer.json()["token"]
        return server

    yield make
    for server in made:
        server.stop()
        shutil.rmtree(server.folder, ignore_errors=True)


@pytest.fixture(scope="session")
def server(make_server):
    server = make_server()
    yield server
    # Whatever was tried, the process is the one that was started and serves.
    assert server.process.poll() is None
    assert server.call("GET", "/health").status_code == 200


@pytest.fixture(scope="session")
def victim(server):
    return server.account("victim")


@pytest.fixture(scope="session")
def attacker(server):
    return server.account("attacker")
