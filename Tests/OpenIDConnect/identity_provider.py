"""A real identity provider (Authlib's), as a program of its own. Also for the tests of the page."""
import contextlib
import os
import socket
import subprocess
import sys
import time

import requests


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(url):
    for _ in range(300):
        try:
            return requests.get(url, timeout=2)
        except requests.ConnectionError:
            time.sleep(0.1)
    raise AssertionError(f"{url} does not come up")


@contextlib.contextmanager
def running_provider():
    """Its address."""
    port = free_port()
    program = os.path.join(os.path.dirname(sys.executable), "oidc-provider-mock")
    process = subprocess.Popen([program, "--port", str(port), "--require-nonce", "true"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    base = f"http://127.0.0.1:{port}"
    wait_for(base + "/.well-known/openid-configuration")
    yield base
    process.terminate()
    process.wait(10)
