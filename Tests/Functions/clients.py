"""What the tests of functions share: a client of the server, and readers of its streams."""
import json, os, pathlib
import requests

BASE = os.environ["BASE_URL"]
UPSTREAM = os.environ["UPSTREAM_URL"]
FIXTURES = pathlib.Path(__file__).parent.parent / "Fixtures" / "Functions"


class Client:
    def __init__(self, token, base=BASE):
        self.token = token
        self.base = base

    def call(self, method, path, body=None, **kw):
        return requests.request(method, self.base + path, json=body, headers={"Authorization": f"Bearer {self.token}"}, timeout=60, **kw)

    def ok(self, method, path, body=None):
        answer = self.call(method, path, body)
        assert answer.status_code == 200, (answer.status_code, answer.text)
        return answer.json()

    def add(self, name, id=None, code=None, active=True, is_global=False, valves=None):
        """Makes a function of a fixture, configures it and switches it on."""
        id = id or name
        content = code or (FIXTURES / f"{name}.py").read_text()
        self.call("DELETE", f"/api/v1/functions/id/{id}/delete")
        made = self.ok("POST", "/api/v1/functions/create", {"id": id, "name": id, "content": content, "meta": {"description": ""}})
        if valves:
            self.ok("POST", f"/api/v1/functions/id/{id}/valves/update", valves)
        if active:
            self.ok("POST", f"/api/v1/functions/id/{id}/toggle")
        if is_global:
            self.ok("POST", f"/api/v1/functions/id/{id}/toggle/global")
        return made

    def remove(self, id, kind="functions"):
        self.call("DELETE", f"/api/v1/{kind}/id/{id}/delete")

    def chat(self, model, text, read=True, **more):
        body = {"model": model, "messages": [{"role": "user", "content": text}], **more}
        return self.call("POST", "/api/chat/completions", body, stream=not read)

    def chat_quietly(self, model, text):
        """For a server that ends meanwhile."""
        try:
            return self.chat(model, text)
        except requests.RequestException:
            return None

    def say(self, model, text, **more):
        answer = self.chat(model, text, **more)
        assert answer.status_code == 200, (answer.status_code, answer.text)
        return answer.json()["choices"][0]["message"]["content"]

    def stream(self, model, text, **more):
        answer = self.chat(model, text, stream=True, **more)
        assert answer.status_code == 200, (answer.status_code, answer.text)
        assert answer.headers["content-type"].startswith("text/event-stream")
        events = [line[6:] for line in answer.text.split("\n") if line.startswith("data: ")]
        assert events[-1] == "[DONE]" and events.count("[DONE]") == 1
        return [json.loads(event) for event in events[:-1]]


def text(chunks):
    return "".join(c["choices"][0]["delta"].get("content") or "" for c in chunks if c.get("choices"))


def events(chunks):
    return [c["event"] for c in chunks if "event" in c]


def grant(admin, model):
    admin.ok("POST", "/api/v1/models/model/access/update", {
        "id": model, "name": model, "access_grants": [{"principal_type": "user", "principal_id": "*", "permission": "read"}]})
