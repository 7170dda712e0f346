#!/usr/bin/env python3
"""Accounting, budgets, metrics and traces of the real server, from outside.

  usage_test.py BINARY [--python PYTHON] [--port 21000]

Starts the deterministic upstream of the conformance suite, a collector for traces and the server, and checks: the figures of
`/api/v1/usage` equal the tokens that clients saw over 240 mixed requests; budgets stop a key on every way to a model and survive a
restart; a killed server loses at most the last second; parallel requests overshoot by no more than those under way; limits have their
headers; metrics parse; traces are whole. PYTHON needs aiohttp (the upstream); this script needs only the standard library.
"""
import argparse
import concurrent.futures
import http.client
import http.server
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
FAILED = []


def check(condition, what, seen=""):
    print(("ok    " if condition else "FAIL  ") + what + ("" if condition or seen == "" else f": {seen}"), flush=True)
    if not condition:
        FAILED.append(what)


class Collector(http.server.ThreadingHTTPServer):
    """Takes OTLP over HTTP; refuses the first batch so that it has to be sent again."""

    def __init__(self, port):
        self.spans, self.batches, self.refusals, self.resource, self.types = [], 0, 1, {}, set()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                owner = self.server
                if owner.refusals:
                    owner.refusals -= 1
                    self.send_response(503)
                    self.send_header("retry-after", "0")
                    self.send_header("content-length", "0")
                    self.end_headers()
                    return
                assert self.path == "/v1/traces", self.path
                owner.types.add((self.headers["content-type"], self.headers.get("x-team")))
                owner.batches += 1
                for resource in body["resourceSpans"]:
                    owner.resource = {a["key"]: a["value"]["stringValue"] for a in resource["resource"]["attributes"]}
                    for scope in resource["scopeSpans"]:
                        owner.spans += scope["spans"]
                self.send_response(200)
                self.send_header("content-length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", port), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Server:
    def __init__(self, binary, port, folder, environment):
        self.binary, self.port, self.folder, self.environment = binary, port, folder, environment
        self.process, self.token = None, None

    def start(self, **more):
        environment = {**os.environ, "HOST": "127.0.0.1", "PORT": str(self.port), "DATA_DIR": self.folder, "LOG_LEVEL": "warning",
                       "WEBUI_SECRET_KEY": "usage-test", **self.environment, **more}
        self.process = subprocess.Popen([self.binary, "serve"], env=environment, stdout=subprocess.DEVNULL, stderr=open(self.folder + ".log", "ab"))
        for _ in range(600):
            if self.process.poll() is not None:
                raise SystemExit(f"the server ended; see {self.folder}.log")
            try:
                if self.call("GET", "/health")[0] == 200:
                    return
            except OSError:
                time.sleep(0.05)
        raise SystemExit("the server did not start")

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        return self.process.wait(timeout=60)

    def call(self, method, path, body=None, key=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            fields = dict(headers or {})
            key = key or self.token
            if key:
                fields["Authorization"] = "Bearer " + key
            data = None
            if body is not None:
                data = json.dumps(body)
                fields["Content-Type"] = "application/json"
            connection.request(method, path, data, fields)
            response = connection.getresponse()
            text = response.read().decode()
            return response.status, {k.lower(): v for k, v in response.getheaders()}, text
        finally:
            connection.close()

    def json(self, *args, **kwargs):
        status, _, text = self.call(*args, **kwargs)
        assert status == 200, (args, status, text)
        return json.loads(text)

    def key(self, name, **limits):
        return self.json("POST", "/api/v1/auths/api_keys", {"name": name, "limits": limits})["api_key"]


def tokens_of(text):
    """(input, output) of the last counts in an answer of any dialect; None when there are none."""
    found = None
    for line in text.replace("\r", "").split("\n"):
        line = line[5:].strip() if line.startswith("data:") else line.strip()
        if not line.startswith("{"):
            continue
        try:
            value = json.loads(line)
        except ValueError:
            continue
        inner = value.get("response")
        usage = value.get("usage") or (inner.get("usage") if isinstance(inner, dict) else None)
        if usage:
            found = (usage.get("prompt_tokens", usage.get("input_tokens", 0)), usage.get("completion_tokens", usage.get("output_tokens", 0)))
        elif "prompt_eval_count" in value or "eval_count" in value:
            found = (value.get("prompt_eval_count", 0), value.get("eval_count", 0))
    return found


def routes(number):
    """One request of each kind, all reporting their tokens."""
    words = " ".join(random.choice(["harbour", "회의", "ledger", "보고서", "signal"]) for _ in range(random.randint(1, 60)))
    messages = [{"role": "user", "content": f"{number} {words}"}]
    chat = {"model": "echo-1", "messages": messages}
    streamed = {**chat, "stream": True, "stream_options": {"include_usage": True}}
    llama = {"model": "llama3.2:latest", "messages": messages}
    return [
        ("relay", "/api/chat/completions", chat), ("relay stream", "/api/v1/chat/completions", streamed),
        ("openai", "/openai/chat/completions", chat), ("openai stream", "/openai/chat/completions", streamed),
        ("long", "/api/chat/completions", {**chat, "params": {"temperature": 0.5}}),
        ("long stream", "/api/chat/completions", {**streamed, "params": {"temperature": 0.5}}),
        ("over ollama", "/api/chat/completions", llama), ("over ollama stream", "/api/chat/completions", {**llama, "stream": True}),
        ("responses", "/openai/responses", {"model": "echo-1", "input": words}),
        ("responses stream", "/openai/responses", {"model": "echo-1", "input": words, "stream": True}),
        ("embeddings", "/api/embeddings", {"model": "text-embedding-hash", "input": words}),
        ("embeddings over ollama", "/api/v1/embeddings", {"model": "llama3.2:latest", "input": [words, "x"]}),
        ("ollama chat", "/ollama/api/chat", llama), ("ollama chat whole", "/ollama/api/chat", {**llama, "stream": False}),
        ("ollama generate", "/ollama/api/generate", {"model": "llama3.2:latest", "prompt": words}),
        ("ollama embed", "/ollama/api/embed", {"model": "llama3.2:latest", "input": words}),
        ("ollama v1", "/ollama/v1/chat/completions", {"model": "llama3.2:latest", "messages": messages}),
        ("messages", "/api/v1/messages", {"model": "echo-1", "max_tokens": 500, "messages": messages}),
    ]


def figures(server):
    month = server.json("GET", "/api/v1/usage?group=key,model,upstream")
    return month["totals"], month["items"]


def equal_figures(server):
    key = server.key("mixed")
    for _ in range(100):
        listed = {m["id"] for m in server.json("GET", "/api/models?refresh=true")["data"]}
        if {"echo-1", "llama3.2:latest", "dead-1"} <= listed:
            break
        time.sleep(0.2)
    sent, (inputs, outputs) = 0, (0, 0)
    lock = threading.Lock()

    def one(job):
        nonlocal sent, inputs, outputs
        kind, path, body = job
        status, headers, text = server.call("POST", path, body, key=key)
        counts = tokens_of(text)
        assert status == 200 and counts, (kind, status, text[:300])
        with lock:
            sent, inputs, outputs = sent + 1, inputs + counts[0], outputs + counts[1]

    jobs = [job for number in range(14) for job in routes(number)]
    random.shuffle(jobs)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(one, jobs))
    totals, items = figures(server)
    check((totals["calls"], totals["input_tokens"], totals["output_tokens"]) == (sent, inputs, outputs),
          f"figures of {sent} mixed requests equal what the upstream reported ({inputs} + {outputs} tokens)",
          (totals, sent, inputs, outputs))
    check(totals["errors"] == 0 and totals["estimated_calls"] == 0, "none failed, none was estimated", totals)
    expected = sum(10 * i["input_tokens"] + 20 * i["output_tokens"] for i in items if i["model"] == "echo-1") * 1000
    check(abs(totals["cost"] * 1e9 - expected) < 1, "cost is tokens times prices", (totals["cost"], expected))
    listed = server.json("GET", "/api/v1/usage", key=key)["limits"]
    check(listed["key"]["used"]["tokens_today"] == inputs + outputs and listed["key"]["limits"] == {}, "the key sees what it used", listed)
    return key


WAYS = {
    "relay": ("/api/chat/completions", {"model": "echo-1", "messages": [{"role": "user", "content": "hi there"}]}),
    "long": ("/api/chat/completions", {"model": "echo-1", "params": {"top_p": 1}, "messages": [{"role": "user", "content": "hi there"}]}),
    "ollama": ("/ollama/api/chat", {"model": "llama3.2:latest", "messages": [{"role": "user", "content": "hi there"}]}),
    "ollama v1": ("/ollama/v1/chat/completions", {"model": "llama3.2:latest", "messages": [{"role": "user", "content": "hi there"}]}),
    "embeddings": ("/api/embeddings", {"model": "text-embedding-hash", "input": "hi there"}),
    "anthropic": ("/api/v1/messages", {"model": "echo-1", "max_tokens": 9, "messages": [{"role": "user", "content": "hi there"}]}),
    "responses": ("/openai/responses", {"model": "echo-1", "input": "hi there"}),
}


def budgets(server):
    for name, (path, body) in WAYS.items():
        key = server.key("budget " + name, tokens_per_day=1)
        first = server.call("POST", path, body, key=key)
        second = server.call("POST", path, body, key=key)
        check((first[0], second[0]) == (200, 429), f"a token budget stops a key ({name})", (first[0], second[0], second[2]))
        answer = json.loads(second[2])
        check("detail" in answer and int(second[1].get("retry-after", 0)) > 0 and second[1].get("ratelimit-remaining") == "0",
              f"the refusal says why and when ({name})", second)
        if name in ("relay", "long", "ollama v1", "embeddings", "responses"):
            check(answer.get("error", {}).get("code") == "insufficient_quota", f"in OpenAI's form ({name})", answer)
        if name == "anthropic":
            check(answer.get("error", {}).get("type") == "rate_limit_error", "in Anthropic's form", answer)
        if name == "ollama":
            check("error" not in answer, "with detail alone where no chat dialect is spoken", answer)
        others = [server.call("POST", p, b, key=key)[0] for p, b in WAYS.values()]
        check(set(others) == {429}, f"and on every other way ({name})", others)
        check(server.call("GET", "/api/v1/usage", key=key)[0] == 200, f"but it can still see its usage ({name})")
    money = server.key("money", cost_per_day=0.000001)
    seen = [server.call("POST", *WAYS["relay"], key=money)[0] for _ in range(2)]
    check(seen == [200, 429], "a budget of money stops a key", seen)


def rates(server):
    for name in ("relay", "long", "ollama"):
        path, body = WAYS[name]
        key = server.key("rate " + name, requests_per_minute=3)
        answers = [server.call("POST", path, body, key=key) for _ in range(4)]
        check([a[0] for a in answers] == [200, 200, 200, 429], f"requests a minute ({name})", [a[0] for a in answers])
        check([a[1].get("x-ratelimit-remaining-requests") for a in answers] == ["2", "1", "0", "0"]
              and answers[0][1].get("ratelimit-limit") == "3" and 0 < int(answers[3][1]["retry-after"]) <= 60,
              f"answers say where the key stands ({name})", [a[1] for a in answers])
    key = server.key("tokens", tokens_per_minute=1)
    seen = [server.call("POST", *WAYS["relay"], key=key) for _ in range(2)]
    check([a[0] for a in seen] == [200, 429] and seen[0][1].get("x-ratelimit-limit-tokens") == "1", "tokens a minute", seen)
    check(json.loads(seen[1][2])["error"]["code"] == "rate_limit_exceeded", "in OpenAI's form", seen[1][2])
    key = server.key("handed on", requests_per_minute=2)
    seen = [server.call("POST", "/api/chat/completions", {"model": "dead-1", "messages": []}, key=key)[0] for _ in range(3)]
    check(seen == [500, 500, 429], "a request that the relay hands on counts once", seen)


def parallel(server):
    key = server.key("parallel", tokens_per_day=5)
    body = {"model": "echo-slow", "messages": [{"role": "user", "content": "a"}]}
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        first = list(pool.map(lambda _: server.call("POST", "/api/chat/completions", body, key=key)[0], range(4)))
    later = [server.call("POST", "/api/chat/completions", body, key=key)[0] for _ in range(3)]
    check(all(s in (200, 429) for s in first) and set(later) == {429}, "parallel requests overshoot by those under way only", (first, later))


def restarts(server):
    before, _ = figures(server)
    key = server.key("restart", tokens_per_month=1)
    server.call("POST", *WAYS["relay"], key=key)
    after, _ = figures(server)
    check(after["calls"] == before["calls"] + 1, "a call is seen at once")
    check(server.stop() == 0, "the server ends cleanly")
    server.start()
    again, _ = figures(server)
    check(again == after, "a restart keeps the sums", (again, after))
    check(server.call("POST", *WAYS["long"], key=key)[0] == 429, "and the budget")
    # What was recorded a second ago survives the hardest end.
    for _ in range(20):
        server.json("POST", *WAYS["relay"])
    time.sleep(1.5)
    server.stop(signal.SIGKILL)
    server.start()
    killed, _ = figures(server)
    check(killed["calls"] == again["calls"] + 20, "a killed server loses nothing that is a second old", (killed["calls"], again["calls"]))


def parameters(server):
    for query, status in [("from=2026-13-01", 422), ("from=x", 422), ("to=2026-02-30", 422), ("from=2026-02-02&to=2026-02-01", 422),
                          ("group=colour", 422), ("scope=mine", 422), ("limit=0", 422), ("limit=x", 422), ("from=1900-01-01", 422),
                          ("group=day,model,user,key,upstream", 200), ("group_by=day", 200), ("from=0", 422), ("model=nothing", 200)]:
        seen, _, text = server.call("GET", "/api/v1/usage?" + query)
        check(seen == status and (status == 200 or json.loads(text)["detail"][0]["loc"][0] == "query"), f"?{query} is {status}", (seen, text))
    for body, status in [({"MODEL_PRICES": {"m": {"input": -1}}}, 400), ({"MODEL_PRICES": []}, 422), ({"USAGE_RETENTION_DAYS": -1}, 400),
                         ({"PRICES": {}}, 422), ({"USER_BUDGETS": {"u": {"cost": 1}}}, 400)]:
        seen, _, text = server.call("POST", "/api/v1/usage/config", body)
        check(seen == status, f"config {json.dumps(body)} is {status}", (seen, text))


def people(server):
    server.json("POST", "/api/v1/auths/add", {"name": "Una", "email": "una@example.com", "password": "Passw0rd!", "role": "user"})
    una = server.json("POST", "/api/v1/auths/signin", {"email": "una@example.com", "password": "Passw0rd!"})
    server.json("POST", "/api/v1/models/model/access/update", {
        "id": "echo-1", "name": "echo-1", "access_grants": [{"principal_type": "user", "principal_id": "*", "permission": "read"}]})
    status = server.call("POST", *WAYS["relay"], key=una["token"])[0]
    check(status == 200, "a person uses a model", status)
    own = server.json("GET", "/api/v1/usage?group=user,day", key=una["token"])
    check([i["user_email"] for i in own["items"]] == ["una@example.com"] and own["totals"]["calls"] == 1, "people see their own usage", own)
    for query in ("scope=all", "user_id=" + server.json("GET", "/api/v1/auths/")["id"]):
        check(server.call("GET", "/api/v1/usage?" + query, key=una["token"])[0] == 403, f"and nobody else's ({query})")
    check(server.call("GET", "/api/v1/usage/config", key=una["token"])[0] == 401, "nor the prices")
    everybody = server.json("GET", "/api/v1/usage?group=user")
    check(len(everybody["items"]) == 2, "administrators see all", everybody["items"])
    server.json("POST", "/api/v1/usage/config", {"USER_BUDGETS": {"una@example.com": {"cost_per_month": 0.000001}}})
    status, _, text = server.call("POST", *WAYS["relay"], key=una["token"])
    check(status == 429 and "budget" in text, "a person's budget of money", (status, text))
    status = server.call("POST", *WAYS["long"], key=una["token"])[0]
    check(status == 429, "on the long way, too", status)
    left = server.json("GET", "/api/v1/usage", key=una["token"])["limits"]["account"]
    check(left["remaining"] == {"cost_per_month": 0} and left["limits"] == {"cost_per_month": 0.000001}, "and what is left of it", left)
    calls = server.json("GET", "/api/v1/usage/calls?size=1", key=una["token"])
    check(calls["total"] == 1 and calls["items"][0]["model"] == "echo-1" and calls["items"][0]["stream"] is False, "single calls", calls)
    check(server.json("GET", "/api/usage")["model_ids"] != [], "models in use")


def estimates(server):
    before, _ = figures(server)
    chunks = server.call("POST", "/api/chat/completions", {
        "model": "echo-1", "stream": True, "messages": [{"role": "user", "content": "one two three four five six seven eight"}]})[2].count("data:")
    server.call("POST", "/api/chat/completions", {
        "model": "echo-1", "stream": True, "params": {"top_p": 1},
        "messages": [{"role": "user", "content": "one two three four five six seven eight"}]})
    after, _ = figures(server)
    check(after["estimated_calls"] == before["estimated_calls"] + 2, "streams that report nothing are estimated and marked", after)
    grown = after["output_tokens"] - before["output_tokens"]
    check(2 <= grown <= 2 * chunks, f"by their events ({chunks} a stream, {grown} tokens together)")
    failed = server.call("POST", "/api/chat/completions", {"model": "echo-error-500", "messages": [{"role": "user", "content": "x"}]})[0]
    broken = server.call("POST", "/api/chat/completions", {"model": "echo-cut", "stream": True, "messages": [{"role": "user", "content": "x"}]})[0]
    last, _ = figures(server)
    check((failed, broken, last["errors"]) == (500, 200, after["errors"] + 2), "failures are counted", (failed, broken, last))


SAMPLE = re.compile(r'^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[a-zA-Z_]\w*="(?:[^"\\\n]|\\.)*"(?:,[a-zA-Z_]\w*="(?:[^"\\\n]|\\.)*")*\})? (\S+)$')


def metrics(server):
    status, headers, text = server.call("GET", "/metrics")
    check(status == 200 and headers["content-type"].startswith("text/plain; version=0.0.4"), "metrics for administrators", (status, headers))
    kinds, samples, helped = {}, {}, set()
    for line in text.splitlines():
        if line.startswith("# HELP "):
            helped.add(line.split(" ")[2])
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name not in kinds, name
            kinds[name] = kind
        else:
            match = SAMPLE.match(line)
            assert match, line
            name = re.sub(r"_(bucket|sum|count)$", "", match[1])
            family = name if kinds.get(name) == "histogram" else match[1]
            assert family in kinds and family in helped, line
            assert match[1] + (match[2] or "") not in samples, line
            samples[match[1] + (match[2] or "")] = float(match[3])
    check(True, f"{len(kinds)} families and {len(samples)} samples in the format")
    used = json.dumps(text)
    check("una@" not in used and "user" not in re.findall(r'[{,](\w+)=', text), "no users in labels")
    relayed = samples.get('haneul_http_requests_total{route="/api/chat/completions",method="POST",status="200"}', 0)
    check(relayed > 5, "the relay's requests are counted by route", relayed)
    for name in ("process_resident_memory_bytes", "process_open_fds", "process_start_time_seconds", "haneul_database_bytes", "haneul_relay_chats_total"):
        check(samples.get(name, 0) > 0, name)
    check(samples.get('haneul_upstream_up{upstream="openai:0"}') == 1, "upstreams")
    tokens = sum(v for k, v in samples.items() if k.startswith("haneul_model_tokens_total"))
    check(tokens > 0, "tokens by model")
    for k in [k for k in samples if k.endswith('le="+Inf"}')]:
        bare = re.sub(r',le="\+Inf"', "", k).replace("_bucket", "_count")
        assert samples[k] == samples[bare], k
    strange = http.client.HTTPConnection("127.0.0.1", server.port)
    strange.request("GET", "/metrics")
    check(strange.getresponse().status == 200, "metrics on the machine itself")
    for headers, expected in [({"X-Forwarded-For": "203.0.113.9"}, 401), ({"Forwarded": "for=203.0.113.9"}, 401), ({"Via": "1.1 p"}, 401),
                              ({"Authorization": "Bearer nonsense"}, 401)]:
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        connection.request("GET", "/metrics", headers=headers)
        check(connection.getresponse().status == expected, f"not with {headers}")
    una = server.json("POST", "/api/v1/auths/signin", {"email": "una@example.com", "password": "Passw0rd!"})["token"]
    check(server.call("GET", "/metrics", key=una)[0] == 403, "not for people")
    details = server.json("GET", "/api/v1/health/details")
    check({"upstreams", "process", "database", "index", "versions", "ingestion"} <= set(details), "health details", list(details))
    check(server.call("GET", "/api/v1/health/details", key=una)[0] == 401, "for administrators only")


def request_ids(server, upstream):
    for name in ("relay", "long", "ollama"):
        path, body = WAYS[name]
        mine = f"mine-{name.replace(' ', '')}.1"
        _, headers, _ = server.call("POST", path, body, headers={"X-Request-Id": mine})
        check(headers.get("x-request-id") == mine, f"the client's request id comes back ({name})", headers)
        _, headers, _ = server.call("POST", path, body, headers={"X-Request-Id": "not sane; \"" + "x" * 200})
        made = headers.get("x-request-id", "")
        check(re.fullmatch(r"[\w.-]{8,128}", made) is not None and "sane" not in made, f"a strange one is replaced ({name})", made)
        seen = [e["headers"].get("x-request-id") for e in upstream()]
        check(mine in seen and made in seen, f"the upstream gets it ({name})", seen[-4:])


def traces(server, collector, upstream):
    parent, span = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    for name in ("relay", "long"):
        path, body = WAYS[name]
        server.call("POST", path, body, headers={"traceparent": f"00-{parent}-{span}-01"})
    server.call("POST", "/api/chat/completions", {
        "model": "echo-1", "messages": [{"role": "user", "content": "q"}], "files": [{"type": "text", "name": "n", "content": "c", "context": "full"}]},
        headers={"traceparent": f"00-{parent}-{span}-01"})
    server.call("POST", *WAYS["relay"], headers={"traceparent": f"00-{parent[::-1]}-{span}-00"})
    end = time.time() + 15
    while time.time() < end and len([s for s in collector.spans if s["traceId"] == parent]) < 7:
        time.sleep(0.1)
    mine = [s for s in collector.spans if s["traceId"] == parent]
    names = sorted(s["name"] for s in mine)
    check(len(mine) == 7 and "retrieve context" in names and names.count("POST") == 3, "request, retrieval and upstream are spans of the client's trace", names)
    ids = {s["spanId"]: s for s in mine}
    roots = [s for s in mine if s.get("parentSpanId") == span]
    check(len(roots) == 3 and all(s["parentSpanId"] in ids for s in mine if s not in roots), "every span hangs on another", mine)
    check(all(int(s["endTimeUnixNano"]) >= int(s["startTimeUnixNano"]) > 1e18 for s in mine), "times make sense")
    check(not [s for s in collector.spans if s["traceId"] == parent[::-1]], "a trace that is not sampled is not sent")
    seen = [e["headers"].get("traceparent", "") for e in upstream()]
    passed = [t for t in seen if parent in t]
    check(len(passed) == 3 and all(t.split("-")[2] in ids for t in passed), "the upstream is told its place", passed)
    check([t for t in seen if parent[::-1] in t][-1:] and all(t.endswith("-00") for t in seen if parent[::-1] in t), "and that it is not sampled", seen[-3:])
    check(collector.resource.get("service.name") == "haneul-test" and collector.resource.get("deployment.environment") == "test",
          "the resource is named", collector.resource)
    check(collector.types == {("application/json", "a b")}, "headers of the collector", collector.types)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("binary")
    arguments.add_argument("--python", default=sys.executable)
    arguments.add_argument("--port", type=int, default=21000)
    arguments.add_argument("--keep", action="store_true")
    options = arguments.parse_args()
    random.seed(7)
    port, openai, ollama, otel = (options.port + i for i in range(4))
    folder = tempfile.mkdtemp(prefix="haneul-usage-")
    upstream = subprocess.Popen(
        [options.python, os.path.join(HERE, "..", "Conformance", "upstream.py"), "--openai-port", str(openai), "--ollama-port", str(ollama)],
        stdout=subprocess.DEVNULL)
    collector = Collector(otel)

    def log():
        # Both sides keep one log.
        connection = http.client.HTTPConnection("127.0.0.1", openai)
        connection.request("GET", "/__log")
        return json.loads(connection.getresponse().read())["entries"]

    server = Server(os.path.abspath(options.binary), port, os.path.join(folder, "data"), {
        "OPENAI_API_BASE_URLS": f"http://127.0.0.1:{openai}/v1;http://127.0.0.1:9/v1", "OPENAI_API_KEYS": "sk-up;x",
        "OPENAI_API_CONFIGS": json.dumps({"1": {"model_ids": ["dead-1"]}}), "OLLAMA_BASE_URLS": f"http://127.0.0.1:{ollama}",
        "MODEL_PRICES": json.dumps({"echo-1": {"input": 10, "output": 20}}),
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{otel}", "OTEL_SERVICE_NAME": "haneul-test", "OTEL_BSP_SCHEDULE_DELAY": "200",
        "OTEL_EXPORTER_OTLP_HEADERS": "x-team=a%20b", "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment=test"})
    try:
        time.sleep(1)
        server.start()
        server.token = server.json("POST", "/api/v1/auths/signup", {"name": "Admin", "email": "admin@example.com", "password": "Passw0rd!"})["token"]
        equal_figures(server)
        budgets(server)
        rates(server)
        parallel(server)
        estimates(server)
        restarts(server)
        parameters(server)
        people(server)
        request_ids(server, log)
        traces(server, collector, log)
        metrics(server)
        check(server.stop() == 0, "the server ends cleanly at the end")
    finally:
        if server.process and server.process.poll() is None:
            server.process.kill()
        upstream.kill()
        collector.shutdown()
        if options.keep:
            print("kept", folder)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    print(f"{len(FAILED)} failed" if FAILED else "all passed")
    return 1 if FAILED else 0


if __name__ == "__main__":
    sys.exit(main())
