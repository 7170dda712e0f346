"""Figures of functions through a running server, as a client sees them: http.py BINARY PYTHON_OF_FUNCTIONS

Starts the server and an upstream of its own on free ports. Times are of one connection that is kept, unless a line says otherwise."""
import json, os, pathlib, shutil, socket, statistics, subprocess, sys, tempfile, threading, time
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).parents[2]
BINARY, PYTHON = os.path.realpath(sys.argv[1]), sys.argv[2]


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Connection:
    def __init__(self, port, token=None):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.socket.makefile("rb")
        self.head = f"Host: x\r\nContent-Type: application/json\r\n" + (f"Authorization: Bearer {token}\r\n" if token else "")

    def request(self, method, path, body=None):
        data = json.dumps(body).encode() if body is not None else b""
        self.socket.sendall(f"{method} {path} HTTP/1.1\r\n{self.head}Content-Length: {len(data)}\r\n\r\n".encode() + data)
        status = int(self.file.readline().split()[1])
        length, chunked = 0, False
        while (line := self.file.readline()) not in (b"\r\n", b""):
            name, _, value = line.decode().partition(":")
            if name.lower() == "content-length":
                length = int(value)
            chunked = chunked or (name.lower() == "transfer-encoding" and "chunked" in value)
        if not chunked:
            return status, self.file.read(length)
        parts = []
        while size := int(self.file.readline(), 16):
            parts.append(self.file.read(size))
            self.file.readline()
        self.file.readline()
        return status, b"".join(parts)


class Server:
    def __init__(self, upstream, **environment):
        self.folder = tempfile.mkdtemp()
        self.port = free_port()
        self.process = subprocess.Popen(
            [BINARY, "serve"], cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "HOST": "127.0.0.1", "PORT": str(self.port), "ENV": "prod",
                 "DATA_DIR": self.folder + "/data", "HANEUL_PYTHON": PYTHON, "OPENAI_API_BASE_URLS": f"http://127.0.0.1:{upstream}/v1",
                 "OPENAI_API_KEYS": "sk-up", **environment})
        for _ in range(300):
            try:
                Connection(self.port).request("GET", "/health")
                break
            except OSError:
                time.sleep(0.1)
        body = {"name": "A", "email": "a@example.com", "password": "Passw0rd!"}
        self.token = json.loads(Connection(self.port).request("POST", "/api/v1/auths/signup", body)[1])["token"]
        self.client = self.connection()

    def connection(self):
        return Connection(self.port, self.token)

    def add(self, id, code, is_global=False):
        made = self.client.request("POST", "/api/v1/functions/create", {"id": id, "name": id, "content": code, "meta": {}})
        assert made[0] == 200, made
        self.client.request("POST", f"/api/v1/functions/id/{id}/toggle")
        if is_global:
            self.client.request("POST", f"/api/v1/functions/id/{id}/toggle/global")

    def remove(self, id):
        self.client.request("DELETE", f"/api/v1/functions/id/{id}/delete")

    def close(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def chat(connection, model, text="hi", **more):
    status, body = connection.request(
        "POST", "/api/chat/completions", {"model": model, "messages": [{"role": "user", "content": text}], **more})
    assert status == 200, body
    return body


def measure(count, work):
    for _ in range(count // 10 + 5):
        work()
    times = []
    for _ in range(count):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return sorted(times)


def middle(times):
    return statistics.median(times)


def show(name, value):
    print(f"{name:72} {value}", flush=True)


def main():
    upstream, ollama = free_port(), free_port()
    model = subprocess.Popen(
        [sys.executable, str(ROOT / "Tests/Conformance/upstream.py"), "--openai-port", str(upstream), "--ollama-port", str(ollama)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    server = plain = None
    try:
        server = Server(upstream)
        plain = Server(upstream, HANEUL_ENABLE_FUNCTIONS="false")
        server.add("quick", "class Pipe:\n    async def pipe(self, body):\n        return 'x'\n")
        server.add("sync", "class Pipe:\n    def pipe(self, body):\n        return 'x'\n")
        server.add("slow", "import asyncio\nclass Pipe:\n    async def pipe(self, body):\n        await asyncio.sleep(0.1)\n        return 'x'\n")
        server.add("blocking", "import time\nclass Pipe:\n    def pipe(self, body):\n        time.sleep(0.1)\n        return 'x'\n")

        whole = lambda s, name: measure(400, lambda: chat(s.client, name))
        for name in ("quick", "sync"):
            times = whole(server, name)
            show(f"a warm call of a pipe ({name}), the whole request", f"{middle(times) * 1e3:.2f} ms (p90 {times[len(times) * 9 // 10] * 1e3:.2f})")
        floor = middle(measure(400, lambda: server.client.request("POST", "/api/v1/functions/id/none/toggle")))
        show("  the same server's answer to a request that does nothing", f"{floor * 1e3:.2f} ms")

        # In turns, so that a slow moment of the machine is everybody's.
        rounds = [(middle(whole(server, "echo-1")), middle(whole(plain, "echo-1"))) for _ in range(3)]
        show("a chat without filters, functions on against off", f"{min(a for a, _ in rounds) / min(b for _, b in rounds):.2f} x "
             f"({min(a for a, _ in rounds) * 1e3:.2f} and {min(b for _, b in rounds) * 1e3:.2f} ms)")

        for name, code in (("sync", "    def stream(self, event):\n        return event\n"), ("async", "    async def stream(self, event):\n        return event\n")):
            long = lambda: chat(server.client, "echo-long", stream=True)
            before = min(measure(5, long))
            server.add("watch", "class Filter:\n" + code, is_global=True)
            chunks = long().count(b"data: ")
            after = min(measure(5, long))
            server.remove("watch")
            show(f"a stream filter ({name}), for each of {chunks} chunks", f"{(after - before) / chunks * 1e6:.1f} us more ({before / chunks * 1e6:.1f} without)")

        for name in ("slow", "blocking"):
            connections = [server.connection() for _ in range(100)]
            with ThreadPoolExecutor(100) as pool:
                list(pool.map(lambda c: chat(c, name), connections))
                times = []
                for _ in range(5):
                    start = time.perf_counter()
                    list(pool.map(lambda c: chat(c, name), connections))
                    times.append(time.perf_counter() - start)
            show(f"100 calls at once of 100 ms each ({'async' if name == 'slow' else 'sync'})", f"{middle(times) * 1e3:.0f} ms")
    finally:
        for one in (server, plain):
            if one:
                one.close()
        model.terminate()


main()
