"""Holds the built server against its own /openapi.json with schemathesis.

    python Tests/API/run.py BINARY [--who admin,user,nobody] [--examples N] [extra schemathesis arguments...]

One server, with the deterministic upstream behind it, is asked three times: with an administrator's key, with a plain user's, and with none.
What a caller can break for itself (settings, objects, sessions) is put back after each such call: see hooks.py. The seed is fixed.
"""
import argparse
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

import requests
from openapi_spec_validator import OpenAPIV31SpecValidator

HERE = pathlib.Path(__file__).resolve().parent
SEED = "20261122"
PASSWORD = "Correct-Horse-9"
METHODS = {"get", "head", "post", "put", "patch", "delete"}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Stage:
    """The upstream, the server, and three callers."""

    def __init__(self, binary):
        self.folder = tempfile.mkdtemp(prefix="haneul-api-")
        openai, ollama, port = free_port(), free_port(), free_port()
        self.base = f"http://127.0.0.1:{port}"
        self.log = pathlib.Path(self.folder, "log")
        self.upstream = subprocess.Popen(
            [sys.executable, HERE.parent / "Conformance/upstream.py", "--openai-port", str(openai), "--ollama-port", str(ollama)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        environment = {
            **os.environ, "ENV": "dev", "HOST": "127.0.0.1", "PORT": str(port), "DATA_DIR": self.folder + "/data",
            "OPENAI_API_BASE_URLS": f"http://127.0.0.1:{openai}/v1", "OPENAI_API_KEYS": "sk-up",
            "OLLAMA_BASE_URLS": f"http://127.0.0.1:{ollama}", "ENABLE_API_KEYS": "true", "BYPASS_MODEL_ACCESS_CONTROL": "true",
            "USER_PERMISSIONS": json.dumps({
                "features": {"api_keys": True},
                "workspace": {name: True for name in ("knowledge", "models", "tools", "models_import", "models_export", "tools_export")}}),
            "ENABLE_ADMIN_CHAT_ACCESS": "true",
        }
        self.server = subprocess.Popen(
            [binary, "serve"], cwd=self.folder, env=environment, stdout=subprocess.DEVNULL, stderr=open(self.log, "wb"))
        for _ in range(600):
            try:
                requests.get(self.base + "/health", timeout=2)
                break
            except requests.ConnectionError:
                time.sleep(0.1)
        self.admin = self.post("/api/v1/auths/signup", None, name="Admin", email="admin@example.com", password=PASSWORD)["token"]
        self.user = self.post(
            "/api/v1/auths/add", self.admin, name="User", email="user@example.com", password=PASSWORD, role="user")["token"]
        self.keys = {
            "admin": self.post("/api/v1/auths/api_keys", self.admin, name="admin's")["api_key"],
            "user": self.post("/api/v1/auths/api_keys", self.user, name="user's")["api_key"], "nobody": None,
        }

    def post(self, path, token, **body):
        headers = {"Authorization": "Bearer " + token} if token else {}
        answer = requests.post(self.base + path, json=body, headers=headers, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def close(self):
        for process in (self.server, self.upstream):
            process.terminate()
        status = self.server.wait(60)
        self.upstream.wait(10)
        tail = self.log.read_text(errors="replace")[-2000:]
        shutil.rmtree(self.folder, ignore_errors=True)
        return status, tail


def operations(document):
    return [(method, path) for path, methods in document["paths"].items() for method in methods if method in METHODS]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--who", default="nobody,user,admin")
    parser.add_argument("--examples", type=int, default=3)
    options, extra = parser.parse_known_args()
    stage = Stage(os.path.abspath(options.binary))
    failed = []
    try:
        document = requests.get(stage.base + "/openapi.json", timeout=30).json()
        OpenAPIV31SpecValidator(document).validate()
        print(f"/openapi.json is valid OpenAPI {document['openapi']}: {len(operations(document))} operations, "
              f"{len(document['components']['schemas'])} schemas")
        for who in options.who.split(","):
            started = time.monotonic()
            print(f"== as {who}", flush=True)
            command = [
                sys.executable, "-m", "schemathesis.cli", "--config-file", str(HERE / "schemathesis.toml"), "run", stage.base + "/openapi.json",
                "--seed", SEED, "--max-examples", str(options.examples), "--phases", "examples,coverage,fuzzing",
                "--request-timeout", "60", "--suppress-health-check", "all", "--no-color", *extra,
            ]
            if stage.keys[who]:
                command += ["-H", "Authorization: Bearer " + stage.keys[who]]
            environment = {
                **os.environ, "SCHEMATHESIS_HOOKS": str(HERE / "hooks.py"), "API_BASE": stage.base, "API_WHO": who, "API_ADMIN": stage.admin,
                "API_TOKEN": stage.admin if who == "admin" else stage.user, "API_PASSWORD": PASSWORD, "PYTHONDONTWRITEBYTECODE": "1",
            }
            if subprocess.run(command, env=environment, cwd=stage.folder).returncode:
                failed.append(who)
            print(f"   {time.monotonic() - started:.0f} s", flush=True)
            if stage.server.poll() is not None:
                failed.append("the server is gone")
                break
    finally:
        status, tail = stage.close()
    if status:
        failed.append(f"the server ended with {status}")
    if failed:
        print("FAILED:", ", ".join(failed), "\n", tail)
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
