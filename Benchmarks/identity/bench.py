"""What it costs to know who asks: figures of sign-in and of the verification of API keys and sessions.

    python3 Benchmarks/identity/bench.py [BINARY]        (needs wrk; the release build by default)

Everything is measured in one run on one machine. Verification is the difference between the same open route with credentials and without
them just before and after: CPU time of the server's process per request. What other processes do to the caches makes the same work dearer, so the quietest
round of each counts; the medians say how quiet the machine was. Sign-in hashes with argon2id and cannot be fast.
"""
import http.client
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

BINARY = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else ".build/release/haneul")
ROUNDS, SECONDS, CONNECTIONS = int(os.environ.get("ROUNDS", 9)), int(os.environ.get("SECONDS", 2)), 32
PASSWORD = "a password of usual length"


class Server:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="haneul-identity-")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        environment = {**os.environ, "DATA_DIR": self.folder + "/data", "HOST": "127.0.0.1", "PORT": str(self.port), "DEFAULT_USER_ROLE": "user"}
        self.process = subprocess.Popen([BINARY, "serve"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while True:
            try:
                return self.call("GET", "/health") and None
            except OSError:
                time.sleep(0.1)

    def call(self, method, path, body=None, token=None, connection=None):
        connection = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Content-Type": "application/json", **({"Authorization": "Bearer " + token} if token else {})}
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read() or b"null")

    def cpu(self):
        """Seconds of CPU time, all threads."""
        fields = open(f"/proc/{self.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self, name="VmRSS"):
        return int(re.search(name + r":\s+(\d+)", open(f"/proc/{self.process.pid}/status").read())[1]) / 1024

    def load(self, headers=()):
        """(requests a second, CPU microseconds a request) of GET /api/version."""
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", *[word for header in headers for word in ("-H", header)], f"http://127.0.0.1:{self.port}/api/version"]
        before = self.cpu()
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert "Non-2xx" not in said, said
        requests = int(re.search(r"(\d+) requests in", said)[1])
        return float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1]), (self.cpu() - before) / requests * 1e6

    def stop(self):
        self.process.terminate()
        self.process.wait(40)
        shutil.rmtree(self.folder, ignore_errors=True)


def sign_ins(server, emails, clients):
    """Sign-ins a second with so many clients at once."""
    waiting, lock = list(emails), threading.Lock()

    def work():
        while True:
            with lock:
                if not waiting:
                    return
                email = waiting.pop()
            assert server.call("POST", "/api/v1/auths/signin", {"email": email, "password": PASSWORD})[0] == 200

    threads = [threading.Thread(target=work) for _ in range(clients)]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(emails) / (time.perf_counter() - begin)


def first_and_second(server, tokens):
    """Median microseconds of the first and of the second request with a credential, on one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    times = ([], [])
    for token in tokens:
        for each in times:
            begin = time.perf_counter()
            assert server.call("GET", "/api/version", token=token, connection=connection)[0] == 200
            each.append((time.perf_counter() - begin) * 1e6)
    return [statistics.median(each) for each in times]


def main():
    server = Server()
    try:
        admin = server.call("POST", "/api/v1/auths/signup", {"name": "A", "email": "a@example.com", "password": PASSWORD})[1]["token"]
        emails = [f"user{index}@example.com" for index in range(40)]
        sessions = [server.call("POST", "/api/v1/auths/add", {"name": "U", "email": email, "password": PASSWORD, "role": "user"}, admin)[1]["token"] for email in emails]
        quiet = server.memory()

        singles = []
        for email in emails[:10]:
            begin = time.perf_counter()
            assert server.call("POST", "/api/v1/auths/signin", {"email": email, "password": PASSWORD})[0] == 200
            singles.append((time.perf_counter() - begin) * 1000)
        before = server.cpu()
        rate = sign_ins(server, emails, 32)
        cpu = (server.cpu() - before) / len(emails) * 1000
        print(f"sign-in: {statistics.median(singles):.0f} ms alone; {rate:.0f} a second with 32 clients, {cpu:.0f} ms of CPU each "
              f"({os.cpu_count()} cores); memory {quiet:.0f} MB before, at most {server.memory('VmHWM'):.0f} MB during, {server.memory():.0f} MB after")

        keys = [server.call("POST", "/api/v1/auths/api_keys", {"name": str(index)}, admin)[1]["api_key"] for index in range(150)]
        limited = server.call("POST", "/api/v1/auths/api_keys", {"name": "limited", "limits": {
            "scopes": ["account", "chat"], "models": ["m"], "addresses": ["127.0.0.0/8"], "requests_per_minute": 1_000_000_000}}, admin)[1]["api_key"]
        kinds = {"API key": ["Authorization: Bearer " + keys[0]], "limited key": ["Authorization: Bearer " + limited],
                 "session (JWT)": ["Authorization: Bearer " + sessions[0]], "session cookie": ["Cookie: token=" + sessions[0]]}
        server.load()
        differences, figures = {kind: [] for kind in kinds}, {kind: [] for kind in kinds}
        bases = [server.load()]
        for _ in range(ROUNDS):
            for kind, headers in kinds.items():
                figures[kind].append(server.load(headers))
                bases.append(server.load())
                # Against the same without credentials just before and just after: the machine is not the same all the time.
                differences[kind].append(figures[kind][-1][1] - (bases[-1][1] + bases[-2][1]) / 2)
        base = statistics.median(cpu for _, cpu in bases)
        print(f"verification under load ({CONNECTIONS} connections, GET /api/version, {ROUNDS} rounds of {SECONDS} s):")
        print(f"  {'no credentials':15} {min(cpu for _, cpu in bases):6.1f} us of CPU a request in the quietest round, median {base:.1f} us, {statistics.median(rate for rate, _ in bases):8.0f} a second")
        worst = 0
        for kind, each in differences.items():
            difference, rate = statistics.median(each), statistics.median(rate for rate, _ in figures[kind])
            least = min(cpu for _, cpu in figures[kind]) - min(cpu for _, cpu in bases)
            worst = max(worst, least)
            low, _, high = statistics.quantiles(each, n=4)
            print(f"  {kind:15} {least:+6.1f} us between the quietest rounds; median {difference:+.1f} us (half between {low:+.1f} and {high:+.1f}), {rate:8.0f} a second")
        print(f"  verification adds at most {worst:.1f} us a request: {'under' if worst < 20 else 'OVER'} 20 us")
        for kind, tokens in (("API key", keys[1:]), ("session (JWT)", sessions[1:])):
            first, second = first_and_second(server, tokens)
            print(f"first use of a {kind} (database, and signature or digest): {first:.0f} us a request, then {second:.0f} us: {first - second:+.0f} us once")
        return worst < 20
    finally:
        server.stop()


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
