"""The API guide's examples, as scripts, run against the server."""
import os
import subprocess
import sys

from conftest import BASE, EMAIL, PASSWORD, ROOT

ENVIRONMENT = {**os.environ, "BASE_URL": BASE, "EMAIL": EMAIL, "PASSWORD": PASSWORD, "OLLAMA_MODEL": "llama3.2"}


def run(*command):
    done = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_curl_examples():
    assert "All examples ran." in run("bash", "examples/seed.sh")


def test_python_examples():
    assert "All examples ran." in run(sys.executable, "examples/seed.py")


def test_first_answer():
    out = run("bash", "examples/first-answer.sh")
    assert "물도 마시지 않는다" in out and "p. 1" in out
