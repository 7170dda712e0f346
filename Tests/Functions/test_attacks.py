"""Hostile functions through a real server: each attack has its outcome, and neither the server nor another function notices."""
import json, os, pathlib, textwrap, time
import pytest, requests
from clients import BASE, events, text

DATA = os.environ["SERVER_DATA"]


def pipe(body, head=""):
    return f"import os, sys, json, socket, struct, time, signal\n{head}\nclass Pipe:\n    async def pipe(self, body, __event_emitter__=None):\n{textwrap.indent(textwrap.dedent(body).strip(), ' ' * 8)}\n"


@pytest.fixture
def bystander(admin):
    """A function that nothing may happen to, and a server that goes on."""
    admin.add("echo_pipe")
    assert admin.say("echo_pipe", "before") == "echo: before"
    yield
    assert admin.say("echo_pipe", "after") == "echo: after"
    assert requests.get(BASE + "/health", timeout=5).ok
    admin.remove("attack")


def attack(admin, body, **more):
    admin.add("attack", code=pipe(body))
    return admin.chat("attack", "x", **more)


@pytest.mark.parametrize("body, status, words", [
    pytest.param("while True: pass", 504, "longer", id="endless loop"),
    pytest.param("while True: os.fork()", 400, "not permitted", id="fork bomb"),
    pytest.param("return len(bytearray(10 << 30))", 400, "MemoryError", id="ten gigabytes of memory"),
    pytest.param("x = []\nwhile True: x.append(bytearray(1 << 20))", 400, "MemoryError", id="memory bit by bit"),
    pytest.param("line = 'x' * (1 << 20)\nfor _ in range(10 << 10): print(line)", 500, "", id="ten gigabytes printed"),
    pytest.param(f"return open({DATA + '/haneul.db'!r}, 'rb').read(16).hex()", 400, "Error", id="the database"),
    pytest.param(f"return str(os.listdir({DATA!r}))", 400, "Error", id="the data folder"),
    pytest.param("open('/etc/haneul-was-here', 'w').write('x')", 400, "Error", id="writing to /etc"),
    pytest.param("open('/usr/lib/haneul-was-here', 'w').write('x')", 400, "Error", id="writing to /usr"),
    pytest.param(f"open({DATA + '/was-here'!r}, 'w').write('x')", 400, "Error", id="writing to the data folder"),
    pytest.param(f"socket.create_connection(('127.0.0.1', {BASE.rsplit(':', 1)[1]}), 3)", 400, "denied", id="connecting to the server"),
    pytest.param("socket.create_connection(('1.1.1.1', 53), 3)", 400, "denied", id="connecting out"),
    pytest.param("import subprocess\nsubprocess.run(['true'])", 400, "not permitted", id="a program"),
    pytest.param("os._exit(0)", 500, "", id="exiting"),
    pytest.param("import ctypes\nctypes.string_at(8)", 500, "", id="a crash"),
    pytest.param("os.close(10)\nreturn 'x'", 500, "ended", id="closing the channel"),
    pytest.param("time.sleep(0.2)\nos.close(10)\nreturn 'x'", 500, "ended", id="closing the channel while it is read"),
    pytest.param("os.write(10, struct.pack('>IBQ', 0xfffffff0, 31, 1))\ntime.sleep(30)", 502, "rules", id="an over-long frame"),
    pytest.param("os.write(10, os.urandom(4096))\ntime.sleep(30)", 502, "rules", id="random bytes on the channel"),
    pytest.param("open('/tmp/big', 'wb').write(bytes(1 << 20) * 100)", 400, "OSError", id="a file that is too large"),
    pytest.param("raise SystemExit(1)", 400, "", id="SystemExit"),
    pytest.param("raise KeyboardInterrupt", 400, "", id="KeyboardInterrupt"),
    pytest.param("def f(): return f()\nreturn f()", 400, "RecursionError", id="endless recursion"),
    pytest.param("x = {}\nx['x'] = x\nreturn x", 400, "", id="a result that holds itself"),
    pytest.param("return 'x' * (40 << 20)", 400, "too large", id="a result that is too large"),
])
def test_an_attack_has_its_outcome(admin, bystander, body, status, words):
    answer = attack(admin, body)
    # A slow machine reaches the time limit before the output limit.
    also = {500: {502, 504}, 502: {500}}.get(status, set())
    assert answer.status_code in {status, *also} and words in answer.json()["detail"], answer.text
    assert DATA not in answer.json()["detail"] or DATA in body


def test_environment_and_processes_of_others_cannot_be_seen(admin, bystander):
    seen = attack(admin, """
        found = dict(os.environ)
        for pid in os.listdir('/proc') if os.path.isdir('/proc') else []:
            if pid.isdigit():
                for name in ('environ', 'cmdline', 'maps'):
                    try:
                        found[f'{pid}/{name}'] = open(f'/proc/{pid}/{name}', errors='replace').read()[:100000]
                    except OSError:
                        pass
        return json.dumps(found)
    """).json()["choices"][0]["message"]["content"]
    assert "sk-must-not-leak" not in seen and "OPENAI_API_KEYS" not in seen
    if {"pid-namespace", "landlock"} & set(admin.ok("GET", "/api/v1/functions/host")["active"]):
        assert "haneul serve" not in seen.replace("\\u0000", " ")


def test_nobody_else_can_be_signalled(admin, bystander):
    server = admin.ok("GET", "/api/v1/functions/host")
    answer = attack(admin, """
        seen = []
        for pid in [os.getppid(), 1] + list(range(2, 65536)):
            if pid in (0, os.getpid()) or str(pid) in os.listdir('/proc/self/task'):
                continue
            try:
                os.kill(pid, signal.SIGKILL)
                seen.append(pid)
            except OSError:
                pass
        return json.dumps(seen)
    """)
    if answer.status_code == 200:
        assert json.loads(answer.json()["choices"][0]["message"]["content"]) == [], server
    else:
        assert answer.status_code in (500, 502), "it ended itself"


def test_exiting_in_the_middle_of_a_stream_is_an_error_in_it(admin, bystander):
    admin.add("attack", code="import os\nclass Pipe:\n    def pipe(self, body):\n        yield 'some'\n        os._exit(3)\n")
    chunks = admin.stream("attack", "x")
    assert text(chunks) == "some" and chunks[-1]["error"]["message"]


def test_frames_that_lie_end_the_worker_and_nothing_more(admin, bystander):
    deep = attack(admin, """
        number = sys.modules['haneul_call'].current.get().number
        payload = b'{"a":' * 500000 + b'1' + b'}' * 500000
        frame = lambda kind, payload: os.write(10, struct.pack('>IBQ', len(payload) + 9, kind, number) + payload)
        frame(39, b'')
        data = struct.pack('>IBQ', len(payload) + 9, 33, number) + payload
        while data:
            data = data[os.write(10, data):]
        time.sleep(30)
    """, stream=True)
    assert "rules" in deep.text or deep.status_code in (500, 502), deep.text[:500]
    # Frames of calls that are not this worker's are nobody's.
    admin.add("attack", code=pipe("""
        for number in range(2000):
            os.write(10, struct.pack('>IBQ', 9 + 4 + 8, 31, number) + bytes(4) + b'"forged"')
        return 'mine'
    """))
    assert admin.say("attack", "x") == "mine"


def test_a_million_events_wait_for_their_reader(admin, bystander):
    rss = lambda: int(next(l for l in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines() if l.startswith("VmRSS")).split()[1])
    pid = next(int(p.name) for p in pathlib.Path("/proc").iterdir() if p.name.isdigit() and DATA in environment(p))
    admin.add("attack", code=pipe("""
        for i in range(1000000):
            await __event_emitter__({'type': 'status', 'data': {'description': 'x' * 1000, 'i': i}})
        return 'done'
    """))
    before = rss()
    answer = admin.chat("attack", "x", read=False, stream=True)
    time.sleep(5)
    grown = rss() - before
    answer.close()
    assert grown < 150 << 10, f"{grown} KB"


def environment(process):
    try:
        is_server = b"serve" in (process / "cmdline").read_bytes()
        return (process / "environ").read_bytes().decode("utf-8", "replace") if is_server else ""
    except OSError:
        return ""


STRANGE = '''
class Pipe:
    def pipes(self):
        return [
            {"id": "twice", "name": "One"}, {"id": "twice", "name": "Two"}, {"id": "", "name": "Empty"}, {"id": "a\\nb\\u0000c", "name": "\\u202e"},
            {"id": 7, "name": None}, {"id": "x" * 100000, "name": "y" * 100000}, {"id": "../../echo_pipe", "name": "<script>"},
            {"id": "echo-1", "name": "echo-1"}]
    def pipe(self, body):
        return body["model"]
'''


def test_a_manifold_with_strange_models_hurts_no_list(admin, bystander):
    admin.add("strange", code=STRANGE)
    entries = admin.ok("GET", "/api/models")["data"]
    ids = [m["id"] for m in entries]
    assert len(ids) == len(set(ids)) and "echo-1" in ids and "echo_pipe" in ids
    assert all(i == "strange" or i.startswith("strange.") for i in ids if "twice" in i or i.startswith("strange"))
    assert admin.say("strange.twice", "x") == "strange.twice"
    assert admin.say("echo-1", "x") == "echo: x", "another's model is not taken over"
    admin.remove("strange")


@pytest.mark.parametrize("code", ["return 7", "return 'x'", "return {'id': 'x'}", "return [1, None]", "return None", "raise ValueError('no')", "return [{}]"])
def test_a_manifold_that_answers_nonsense_hurts_no_list(admin, bystander, code):
    admin.add("nonsense", code=f"class Pipe:\n    def pipes(self):\n        {code}\n    def pipe(self, body):\n        return 'x'\n")
    assert "echo_pipe" in [m["id"] for m in admin.ok("GET", "/api/models")["data"]]
    state = admin.ok("GET", "/api/v1/functions/id/nonsense")
    assert state["is_active"]
    admin.remove("nonsense")
