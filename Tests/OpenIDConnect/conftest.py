"""Starts the server and identity providers on free ports.

    python -m pytest Tests/OpenIDConnect --binary .build/debug/haneul
"""
import os
import re
import shutil
import subprocess
import tempfile
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
import requests

from identity_provider import free_port, running_provider, wait_for


def pytest_addoption(parser):
    parser.addoption("--binary", default=".build/debug/haneul")


@pytest.fixture(scope="session")
def idp():
    with running_provider() as base:
        yield base


class Server:
    def __init__(self, binary, folder, environment):
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.process = subprocess.Popen(
            [binary, "serve"], stdout=subprocess.DEVNULL, stderr=open(os.path.join(folder, "log"), "ab"), cwd=folder,
            env={**os.environ, "DATA_DIR": folder + "/data", "HOST": "127.0.0.1", "PORT": str(self.port), "WEBUI_URL": self.base, **environment})
        wait_for(self.base + "/health")
        answer = requests.post(self.base + "/api/v1/auths/signup", json={"name": "Admin", "email": "admin@example.com", "password": "Passw0rd!"})
        self.admin = answer.json()["token"]

    def get(self, path, token=None, **more):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return requests.get(self.base + path, headers=headers, timeout=30, allow_redirects=False, **more)

    def stop(self):
        self.process.terminate()
        assert self.process.wait(30) == 0


@pytest.fixture
def start(request):
    """start(PROVIDER, KEY=value...) -> a server of its own."""
    running = []

    def make(provider, **environment):
        folder = tempfile.mkdtemp(prefix="haneul-oidc-")
        binary = os.path.abspath(request.config.getoption("--binary"))
        settings = {"OPENID_PROVIDER_URL": provider + "/.well-known/openid-configuration", "OAUTH_CLIENT_ID": "haneul",
                    "OAUTH_CLIENT_SECRET": "client secret", "ENABLE_OAUTH_SIGNUP": "true", "DEFAULT_USER_ROLE": "user", **environment}
        server = Server(binary, folder, settings)
        running.append((server, folder))
        return server

    yield make
    for server, folder in running:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


class Browser(requests.Session):
    """Goes from the server to the provider and back, a step at a time."""

    def begin(self, server):
        answer = self.get(server.base + "/oauth/oidc/login", allow_redirects=False, timeout=30)
        assert answer.status_code == 302, answer.text
        self.query = {k: v[0] for k, v in parse_qs(urlsplit(answer.headers["location"]).query).items()}
        return answer.headers["location"]

    def approve(self, address, subject):
        """Signs in at the provider; the address it sends the browser back to."""
        answer = self.post(address, data={"sub": subject}, allow_redirects=False, timeout=30)
        assert answer.status_code in (302, 303), answer.text
        return urljoin(address, answer.headers["location"])

    def finish(self, address):
        return self.get(address, allow_redirects=False, timeout=30)

    def sign_in(self, server, subject):
        return self.finish(self.approve(self.begin(server), subject))

    def token(self):
        for cookie in self.cookies:
            if cookie.name == "token":
                return cookie.value


@pytest.fixture
def browser():
    return Browser()


def reason(answer):
    """The text that a refused sign-in shows; fails when it was let in."""
    assert answer.status_code == 302
    assert not re.search(r"token=ey", answer.headers.get("set-cookie", ""))
    address = urlsplit(answer.headers["location"])
    assert (address.scheme, address.netloc, address.path) == ("", "", "/auth")
    return parse_qs(address.query)["error"][0]
