#!/usr/bin/env python3
"""Streams tokens of a real language model through the server, with a real document attached.

The model is a small base model: the transport is judged (framing, sources, usage, cancellation), not the prose.
Environment: BASE_URL, LLM_URL (the model's own address, to compare with and to watch), DOCUMENT.
"""
import json
import os
import time

import requests

BASE, LLM, DOCUMENT = os.environ["BASE_URL"], os.environ["LLM_URL"], os.environ["DOCUMENT"]
passed = 0


def check(what, condition, more=""):
    global passed
    if not condition:
        raise SystemExit(f"FAIL {what} {more}")
    passed += 1
    print("ok  ", what, more)


account = {"name": "E2E", "email": "e2e@example.com", "password": "e2e-Passw0rd"}
token = requests.post(BASE + "/api/v1/auths/signup", json=account).json()["token"]
session = requests.Session()
session.headers["Authorization"] = "Bearer " + token

for _ in range(300):
    models = [m for m in session.get(BASE + "/api/models?refresh=true").json()["data"] if m["owned_by"] == "openai"]
    if models:
        break
    time.sleep(0.5)
check("the model is listed", models)
model = models[0]["id"]


def events(body, limit=None):
    out, times = [], []
    with session.post(BASE + "/api/chat/completions", json=body, stream=True, timeout=300) as answer:
        check("status 200, event stream", answer.status_code == 200 and answer.headers["content-type"].startswith("text/event-stream"))
        raw = b""
        for piece in answer.iter_content(None):
            raw += piece
            times.append(time.time())
            if limit and len(times) >= limit:
                return raw, times
    return raw, times


question = {"model": model, "messages": [{"role": "user", "content": "Why is the sky blue?"}], "max_tokens": 24, "stream": True,
            "stream_options": {"include_usage": True}}
raw, times = events(question)
blocks = raw.decode().split("\n\n")
check("ends in [DONE], once", raw.endswith(b"data: [DONE]\n\n") and raw.count(b"[DONE]") == 1)
chunks = [json.loads(b[6:]) for b in blocks if b.startswith("data: {")]
text = "".join(c["choices"][0]["delta"].get("content") or "" for c in chunks if c.get("choices"))
check("real tokens came", len(text) > 10, repr(text[:60]))
check("piece by piece", len(times) > 5 and times[-1] - times[0] > 0.05, f"{len(times)} pieces in {times[-1] - times[0]:.2f} s")
usage = [c["usage"] for c in chunks if c.get("usage")]
check("usage came", usage and usage[-1]["completion_tokens"] > 0, str(usage[-1] if usage else None))

with open(DOCUMENT, "rb") as file:
    upload = session.post(BASE + "/api/v1/files/?process_in_background=false", files={"file": file}).json()
status = session.get(f"{BASE}/api/v1/files/{upload['id']}/process/status").json()
check("the document is processed", status["status"] == "completed", str(status))
question = {"model": model, "messages": [{"role": "user", "content": "들꽃 병원 진료 시간"}], "max_tokens": 16, "stream": True,
            "files": [{"type": "file", "id": upload["id"]}]}
raw, _ = events(question)
first = json.loads(raw.decode().split("\n\n")[0][6:])
check("sources come first", list(first) == ["sources"] and first["sources"][0]["metadata"][0]["file_id"] == upload["id"])
check("then tokens and [DONE]", raw.endswith(b"data: [DONE]\n\n") and b"chat.completion.chunk" in raw)
answer = session.post(BASE + "/api/chat/completions", json={**question, "stream": False}, timeout=300).json()
check("sources beside choices without streaming", answer["sources"] and answer["choices"])

long = {"model": model, "messages": [{"role": "user", "content": "Count from one to one thousand."}], "max_tokens": 2000, "stream": True, "ignore_eos": True}
events(long, limit=5)
busy = lambda: any(s.get("is_processing") for s in requests.get(LLM + "/slots").json())
ended = False
for _ in range(50):
    time.sleep(0.1)
    if not busy():
        ended = True
        break
check("leaving early stops the model", ended)
print(f"{passed} passed, 0 failed")
