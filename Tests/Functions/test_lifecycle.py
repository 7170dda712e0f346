"""Processes of functions: what is left of them when the server, a client or the function itself goes. Each test has a server of its own."""
import json, os, pathlib, shutil, signal, socket, subprocess, tempfile, threading, time
import pytest, requests
from clients import Client

BINARY, PYTHON = os.environ["SERVER_BINARY"], os.environ["FUNCTION_PYTHON"]


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def processes():
    """`{pid: (parent, state, command line)}`."""
    found = {}
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            found[int(entry.name)] = (int(fields[1]), fields[0], (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
        except OSError:
            pass
    return found


def descendants(pid):
    found, waiting = [], [pid]
    every = processes()
    while waiting:
        parent = waiting.pop()
        children = [p for p, row in every.items() if row[0] == parent]
        found += children
        waiting += children
    return found


def settles(condition, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


class Server:
    def __init__(self, **environment):
        self.folder = tempfile.mkdtemp(prefix="functions-")
        self.port = free_port()
        self.process = subprocess.Popen(
            [BINARY, "serve"], cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "ENV": "dev", "HOST": "127.0.0.1", "PORT": str(self.port),
                 "DATA_DIR": self.folder + "/data", "HANEUL_PYTHON": PYTHON, **environment})
        base = f"http://127.0.0.1:{self.port}"
        def answers():
            try:
                return requests.get(base + "/health", timeout=1).ok
            except requests.RequestException:
                return False
        assert settles(answers, 60)
        token = requests.post(base + "/api/v1/auths/signup", json={"name": "A", "email": "a@example.com", "password": "Passw0rd!"}).json()["token"]
        self.admin = Client(token, base)

    def workers(self):
        return descendants(self.process.pid)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture
def server(request):
    made = Server(**getattr(request, "param", {}))
    yield made
    made.close()


# Starts programs: one as it is, one that leaves its group and its parent.
STARTER = '''
import os, subprocess, time
class Pipe:
    def pipe(self, body):
        subprocess.Popen(["sleep", "54321"])
        subprocess.Popen(["sh", "-c", "setsid sleep 54322 & exit 0"])
        time.sleep(0.2)
        if body["messages"][-1]["content"] == "stay":
            time.sleep(1000)
        return "started"
'''


@pytest.mark.parametrize("server", [{"HANEUL_FUNCTION_SUBPROCESSES": "*"}], indirect=True)
@pytest.mark.parametrize("how, busy", [(signal.SIGKILL, False), (signal.SIGKILL, True), (signal.SIGTERM, False), (signal.SIGTERM, True)])
def test_nothing_outlives_the_server(server, how, busy):
    server.admin.add("starter", code=STARTER)
    host = server.admin.ok("GET", "/api/v1/functions/host")["active"]
    if busy:
        threading.Thread(target=lambda: server.admin.chat_quietly("starter", "stay"), daemon=True).start()
    else:
        answer = server.admin.chat("starter", "go")
        if answer.status_code == 400 and not {"uid", "user-namespace"} & set(host):
            pytest.skip("no programs may be started on this machine")
        assert answer.status_code == 200, answer.text
    assert settles(lambda: len([p for p in server.workers() if "sleep 5432" in processes().get(p, (0, "", ""))[2]]) >= 2)
    before = server.workers()
    assert len(before) >= 4, "launcher, worker and two programs"
    server.process.send_signal(how)
    server.process.wait(timeout=40)
    if how == signal.SIGTERM:
        assert server.process.returncode == 0
    assert settles(lambda: not [p for p in before if p in processes()]), [processes().get(p) for p in before]


HANGING = '''
import time
class Pipe:
    def pipe(self, body):
        wait = float(body["messages"][-1]["content"])
        if not body["stream"]:
            time.sleep(wait)
            return "late"
        return self.words(wait)
    def words(self, wait):
        yield "first "
        time.sleep(wait)
        yield "last"
'''


@pytest.mark.parametrize("server", [{"SHUTDOWN_TIMEOUT": "6"}], indirect=True)
def test_a_server_that_stops_does_not_wait_for_what_hangs(server):
    """Short calls are answered, long ones are told, and the server ends well before its time is up."""
    server.admin.add("hanging", code=HANGING)
    answers = {}

    def ask(name, seconds, stream):
        answers[name] = server.admin.chat("hanging", str(seconds), stream=stream)

    asked = [threading.Thread(target=ask, args=row) for row in (("short", 1.5, False), ("long", 1000, False), ("short stream", 1.5, True), ("long stream", 1000, True))]
    for thread in asked:
        thread.start()
    assert settles(lambda: len(server.workers()) >= 2)
    time.sleep(1)
    began = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(timeout=20) == 0
    took = time.monotonic() - began
    for thread in asked:
        thread.join(10)
    assert answers["short"].json()["choices"][0]["message"]["content"] == "late"
    assert "last" in answers["short stream"].text and "error" not in answers["short stream"].text
    assert answers["long"].status_code == 503 and answers["long"].json()["detail"] == "The server is stopping."
    told = answers["long stream"].text
    assert "first" in told and "The server is stopping." in told and told.endswith("data: [DONE]\n\n")
    assert took < 6, "SHUTDOWN_TIMEOUT is for the answers of others"


@pytest.mark.parametrize("server", [{"HANEUL_FUNCTION_SUBPROCESSES": "*"}], indirect=True)
def test_programs_of_a_function_end_with_its_worker(server):
    server.admin.add("starter", code=STARTER)
    server.admin.say("starter", "go")
    before = server.workers()
    assert before
    server.admin.remove("starter")
    assert settles(lambda: not [p for p in before if p in processes()])
    assert not [row for p, row in processes().items() if row[0] == server.process.pid and row[1] == "Z"]


TALKING = '''
import asyncio, time
class Pipe:
    def pipes(self):
        return [{"id": "sync"}, {"id": "async"}]
    def pipe(self, body):
        return self.sync() if body["model"].endswith(".sync") else self.later()
    def sync(self):
        try:
            while True:
                yield "word "
                time.sleep(0.02)
        finally:
            print("sync ended", flush=True)
    async def later(self):
        try:
            while True:
                yield "word "
                await asyncio.sleep(0.02)
        finally:
            print("async ended", flush=True)
'''


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_client_that_leaves_ends_the_call(server, kind):
    server.admin.add("talking", code=TALKING)
    answer = server.admin.chat(f"talking.{kind}", "x", stream=True, read=False)
    assert next(answer.iter_content(64))
    workers = server.workers()
    answer.close()
    log = lambda: server.admin.ok("GET", "/api/v1/functions/id/talking/log")["lines"]
    assert settles(lambda: f"{kind} ended" in log()), log()
    assert server.workers() == workers, "the worker goes on"


@pytest.mark.parametrize("server", [{"HANEUL_FUNCTION_IDLE": "1"}], indirect=True)
def test_an_idle_worker_stops_and_comes_back(server):
    server.admin.add("calm", code="class Pipe:\n    def pipe(self, body):\n        return 'calm'\n")
    assert server.admin.say("calm", "x") == "calm"
    descriptors = lambda: len(os.listdir(f"/proc/{server.process.pid}/fd"))
    assert settles(lambda: not server.workers(), 15)
    before = descriptors()
    for _ in range(3):
        assert server.admin.say("calm", "x") == "calm"
        assert settles(lambda: not server.workers(), 15)
    assert descriptors() <= before + 2
    assert not [row for p, row in processes().items() if row[0] == server.process.pid and row[1] == "Z"]


def test_memory_of_an_idle_worker(server, capsys):
    server.admin.add("calm", code="class Pipe:\n    def pipe(self, body):\n        return 'calm'\n")
    server.admin.say("calm", "x")
    def own(pid):
        rows = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return sum(int(row.split()[1]) for row in rows if row.startswith(("Private_Clean", "Private_Dirty")))
    kilobytes = [own(pid) for pid in server.workers()]
    with capsys.disabled():
        print(f"\nmemory of an idle worker's own, launcher and worker: {[f'{k / 1024:.1f} MB' for k in kilobytes]}")
    assert len(kilobytes) == 2 and sum(kilobytes) < 80 << 10
