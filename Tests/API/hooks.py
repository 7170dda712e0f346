"""What schemathesis is told of this server: objects that exist, and how to put back what a call has changed.

Generated identifiers never meet an object, so most of them are replaced by those of objects made here; when a call deletes or changes
one, it is made again. Settings are written back after every call that changes them.
"""
import os
import random

import requests
import schemathesis

BASE, WHO, ADMIN, TOKEN = (os.environ[name] for name in ("API_BASE", "API_WHO", "API_ADMIN", "API_TOKEN"))
PASSWORD = os.environ["API_PASSWORD"]
dice = random.Random(20261122)
session = requests.Session()

# How to write settings back: where they are read, where they are written.
SETTINGS = {
    "/api/v1/auths/admin/config": "/api/v1/auths/admin/config", "/openai/config/update": "/openai/config",
    "/ollama/config/update": "/ollama/config", "/api/v1/users/default/permissions": "/api/v1/users/default/permissions",
    "/api/v1/retrieval/config/update": "/api/v1/retrieval/config", "/api/v1/retrieval/embedding/update": "/api/v1/retrieval/embedding",
    "/api/v1/tasks/config/update": "/api/v1/tasks/config", "/api/v1/usage/config": "/api/v1/usage/config",
    "/api/v1/configs/models": "/api/v1/configs/models",
}


def call(method, path, token=TOKEN, **more):
    return session.request(method, BASE + path, headers={"Authorization": "Bearer " + token}, timeout=60, **more)


def made(path, body, key="id", **more):
    answer = call("POST", path, json=body, **more)
    return answer.json().get(key) if answer.status_code == 200 else None


def make_file():
    answer = call("POST", "/api/v1/files/?process=false", files={"file": ("notes.md", b"# Notes\n\nThe harbour closes at ten.", "text/markdown")})
    return answer.json()["id"] if answer.status_code == 200 else None


def make_user():
    mail = f"u{dice.getrandbits(64):x}@example.com"
    return made("/api/v1/auths/add", {"name": "Somebody", "email": mail, "password": PASSWORD, "role": "user"}, token=ADMIN)


CHAT = {"title": "Harbour", "history": {"currentId": "m1", "messages": {"m1": {"id": "m1", "role": "user", "content": "Hello", "timestamp": 1}}}}
CODE = "class {}:\n    def {}(self, body: dict) -> str:\n        \"\"\"Says it again.\"\"\"\n        return \"hello\"\n"
MAKERS = {
    "files": make_file,
    "users": make_user,
    "chats": lambda: made("/api/v1/chats/new", {"chat": CHAT}),
    "folders": lambda: made("/api/v1/folders/", {"name": f"f{dice.getrandbits(32):x}"}),
    "knowledge": lambda: made("/api/v1/knowledge/create", {"name": "Harbour", "description": ""}),
    "groups": lambda: made("/api/v1/groups/create", {"name": f"g{dice.getrandbits(32):x}", "description": ""}, token=ADMIN),
    "models": lambda: made("/api/v1/models/create", {
        "id": f"m{dice.getrandbits(32):x}", "name": "M", "base_model_id": "echo-1", "meta": {}, "params": {}}),
    "functions": lambda: made("/api/v1/functions/create", {
        "id": f"f{dice.getrandbits(32):x}", "name": "F", "content": CODE.format("Pipe", "pipe"), "meta": {}}, token=ADMIN),
    "tools": lambda: made("/api/v1/tools/create", {
        "id": f"t{dice.getrandbits(32):x}", "name": "T", "content": CODE.format("Tools", "say"), "meta": {}}),
    "api_keys": lambda: made("/api/v1/auths/api_keys", {"name": "k"}),
}
pool = {}
saved = {}


def object_id(kind):
    """Of an object that is there."""
    if pool.get(kind) is None and kind in MAKERS:
        pool[kind] = MAKERS[kind]()
    return pool.get(kind)


def kind_of(path):
    parts = path.split("/")
    for kind in MAKERS:
        if kind in parts:
            return kind
    return "users" if "/admin/sessions/" in path else None


BODY_IDS = {"file_id": "files", "folder_id": "folders", "chat_id": "chats", "collection_name": "knowledge"}


@schemathesis.hook
def before_call(context, case, kwargs):
    if WHO == "nobody":
        return
    if case.method == "POST" and case.path in SETTINGS and case.path not in saved:
        saved[case.path] = call("GET", SETTINGS[case.path], ADMIN).json()
    parameters = case.path_parameters or {}
    for name in parameters:
        if name in ("id", "user_id", "chat", "folder") and dice.random() < 0.8:
            kind = {"chat": "chats", "folder": "folders"}.get(name) or kind_of(case.path)
            found = object_id(kind)
            if found:
                parameters[name] = found
        elif name == "message" and dice.random() < 0.8:
            parameters[name] = "m1"
        elif name == "idx" and dice.random() < 0.8:
            parameters[name] = "0"
    if case.query and "id" in case.query and isinstance(case.query["id"], str) and dice.random() < 0.7:
        case.query["id"] = object_id("models") or case.query["id"]
    if isinstance(case.body, dict):
        for name, kind in BODY_IDS.items():
            if isinstance(case.body.get(name), str) and dice.random() < 0.7:
                case.body[name] = object_id(kind) or case.body[name]
        # Models that answer slowly or endlessly test the upstream, not this server.
        if isinstance(case.body.get("model"), str) and dice.random() < 0.7:
            case.body["model"] = "llama3.2:latest" if "/ollama/" in case.path else "echo-1"


OUR_FAULT = "Something went wrong on our side."


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """A documented 5xx that is an upstream's, or says that an upstream failed, is no fault of the server; what it did not expect is."""
    responses = case.operation.definition.raw["responses"]
    if type(failure).__name__ == "AcceptedNegativeData":
        # What goes on to an upstream is the upstream's to refuse.
        return "4XX" not in responses
    if type(failure).__name__ != "ServerError" or OUR_FAULT in response.text:
        return True
    return str(response.status_code) not in responses and "5XX" not in responses


@schemathesis.hook
def after_call(context, case, response):
    if WHO == "nobody" or response.status_code >= 400:
        return
    if case.path in saved and case.method == "POST":
        answer = call("POST", case.path, ADMIN, json=saved[case.path])
        assert answer.status_code == 200, f"{case.path} does not take back its own settings: {answer.text}"
    if case.path == "/api/v1/configs/import":
        call("POST", "/api/v1/configs/import", ADMIN, json={"config": {"ENABLE_SIGNUP": False, "ENABLE_API_KEYS": True}})
    if case.method == "DELETE" or "/delete" in case.path or "/reset" in case.path or "/sync" in case.path or "/update" in case.path:
        if case.path.startswith("/api/v1/") and case.path not in saved:
            pool.pop(kind_of(case.path), None)
            if "/retrieval/reset" in case.path:
                pool.pop("files", None), pool.pop("knowledge", None)
