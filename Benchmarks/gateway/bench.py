#!/usr/bin/env python3
"""Measures what a gateway adds to an instant upstream, Haneul beside its neighbours, all in one run on one machine.

    Benchmarks/gateway/bench.py [--seconds 5] [--peers litellm,vllm-router] [--only haneul,nginx] [--soak 200000] [--slow-streams 1000]

Every server is driven with the same load by wrk: a chat of 1 KB, a chat of 100 KB, a stream of 500 chunks, at concurrency 1, 10
and 64. Haneul checks an API key on every request; nginx checks nothing and only passes on; LiteLLM checks its master key; vllm-router
checks nothing. CPU is the server's alone, from /proc/PID/stat of its whole process tree, so it holds on a busy machine; requests a
second and latencies do not. Needs wrk, nginx and cc; peers from PyPI are kept in ~/.cache/haneul-bench. An Open WebUI that is already
running joins with OPEN_WEBUI_URL, OPEN_WEBUI_TOKEN, OPEN_WEBUI_MODEL and OPEN_WEBUI_PID.
"""
import argparse, json, os, pathlib, re, shutil, signal, socket, statistics, subprocess, sys, tempfile, threading, time, urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "haneul-bench"
TICK = os.sysconf("SC_CLK_TCK")
PLAIN_TEXT = "The quick brown fox jumps over the lazy dog. 빠른 갈색 여우가 게으른 개를 뛰어넘는다. "


class Server:
    """A server under test: where it listens, how to call it and what runs it."""

    def __init__(self, name, port, path, model="instant", token=None, note="", process=None, pid=None, host="127.0.0.1"):
        self.name, self.port, self.path, self.model, self.token, self.note = name, port, path, model, token, note
        self.process, self.host = process, host
        self.pid = pid or (process.pid if process else None)

    def tree(self):
        """The process and its descendants."""
        if not self.pid:
            return []
        children = {}
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                try:
                    parent = int(open(f"/proc/{entry}/stat").read().rsplit(")", 1)[1].split()[1])
                    children.setdefault(parent, []).append(int(entry))
                except (OSError, IndexError):
                    pass
        found, queue = [], [self.pid]
        while queue:
            pid = queue.pop()
            found.append(pid)
            queue += children.get(pid, [])
        return found

    def cpu_ms(self):
        total = 0
        for pid in self.tree():
            try:
                fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
                total += int(fields[11]) + int(fields[12])
            except OSError:
                pass
        return total * 1000 / TICK

    def memory_mb(self, key="VmHWM"):
        total = 0
        for pid in self.tree():
            try:
                match = re.search(rf"{key}:\s+(\d+)", open(f"/proc/{pid}/status").read())
                total += int(match.group(1)) if match else 0
            except OSError:
                pass
        return total / 1024

    def descriptors(self):
        return sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in self.tree())

    def request(self, body, stream=False):
        head = f"POST {self.path} HTTP/1.1\r\nHost: {self.host}\r\nContent-Type: application/json\r\n"
        if self.token:
            head += f"Authorization: Bearer {self.token}\r\n"
        return (head + f"Content-Length: {len(body)}\r\n\r\n").encode() + body

    def stop(self):
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(url, seconds=120, process=None):
    end = time.time() + seconds
    while time.time() < end:
        if process and process.poll() is not None:
            raise RuntimeError(f"ended at its start with status {process.returncode}")
        try:
            urllib.request.urlopen(url, timeout=2).read()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"{url} did not come up")


def call(url, body=None, token=None, method=None):
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(url, data, headers, method=method)
    return json.load(urllib.request.urlopen(request, timeout=30))


# ---- servers ---------------------------------------------------------------------------------------------------------


def start_upstream(work):
    binary = work / "upstream"
    subprocess.run(["cc", "-O2", "-o", binary, HERE / "upstream.c"], check=True)
    port = free_port()
    process = subprocess.Popen([binary, str(port)])
    wait_for(f"http://127.0.0.1:{port}/v1/models", 10, process)
    return Server("upstream", port, "/v1/chat/completions", process=process, note="called directly")


def start_haneul(work, upstream):
    binary = os.environ.get("HANEUL", str(ROOT / ".build/release/haneul"))
    port = free_port()
    environment = dict(
        os.environ, PORT=str(port), HOST="127.0.0.1", DATA_DIR=str(work / "haneul"), ENABLE_OLLAMA_API="false",
        OPENAI_API_BASE_URLS=f"http://127.0.0.1:{upstream.port}/v1", OPENAI_API_KEYS="sk-up", LOG_LEVEL="warning")
    begun = time.time()
    process = subprocess.Popen([binary, "serve"], env=environment, stderr=open(work / "haneul.log", "w"))
    base = f"http://127.0.0.1:{port}"
    wait_for(base + "/health", 60, process)
    begun = time.time() - begun
    session = call(base + "/api/v1/auths/signup", {"name": "Bench", "email": "bench@example.com", "password": "bench-password-1"})["token"]
    key = call(base + "/api/v1/auths/api_key", {}, session)["api_key"]
    call(base + "/api/models", token=key)
    return Server("haneul", port, "/api/chat/completions", token=key, process=process, note=f"API key checked; up after {begun * 1000:.0f} ms")


def start_nginx(work, upstream):
    port = free_port()
    config = work / "nginx.conf"
    temporary = "\n".join(f"    {name}_temp_path {work}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    config.write_text(f"""
worker_processes {os.cpu_count()};
pid {work}/nginx.pid;
error_log {work}/nginx.log;
daemon off;
events {{ worker_connections 8192; }}
http {{
    access_log off;
{temporary}
    client_body_buffer_size 1m;
    client_max_body_size 32m;
    keepalive_requests 1000000000;
    upstream up {{ server 127.0.0.1:{upstream.port}; keepalive 256; keepalive_requests 1000000000; }}
    server {{
        listen 127.0.0.1:{port} backlog=1024;
        location / {{ proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; }}
    }}
}}
""")
    process = subprocess.Popen(["nginx", "-c", config], stderr=subprocess.DEVNULL)
    wait_for(f"http://127.0.0.1:{port}/v1/models", 10, process)
    return Server("nginx", port, "/v1/chat/completions", process=process, note="proxy_pass, keep-alive, body in memory, no log, no accounts")


def venv(name, *packages):
    folder = CACHE / name
    marker = folder / ".ready"
    if not marker.exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([folder / "bin/pip", "install", "-q", *packages], check=True)
        marker.touch()
    return folder / "bin"


def start_litellm(work, upstream):
    programs = venv("litellm", "litellm[proxy]")
    port = free_port()
    config = work / "litellm.yaml"
    config.write_text(f"""
model_list:
  - model_name: instant
    litellm_params: {{model: openai/instant, api_base: "http://127.0.0.1:{upstream.port}/v1", api_key: sk-up}}
general_settings: {{master_key: sk-bench}}
litellm_settings: {{set_verbose: false, telemetry: false}}
""")
    environment = dict(os.environ, LITELLM_LOG="ERROR", LITELLM_LOCAL_MODEL_COST_MAP="True")
    process = subprocess.Popen(
        [programs / "litellm", "--config", config, "--host", "127.0.0.1", "--port", str(port)], env=environment,
        stdout=open(work / "litellm.log", "w"), stderr=subprocess.STDOUT)
    wait_for(f"http://127.0.0.1:{port}/health/liveliness", 180, process)
    return Server("litellm", port, "/v1/chat/completions", token="sk-bench", process=process, note="one worker, master key, no database")


def start_vllm_router(work, upstream):
    programs = venv("vllm-router", "vllm-router")
    port = free_port()
    process = subprocess.Popen(
        [programs / "vllm-router", "--worker-urls", f"http://127.0.0.1:{upstream.port}", "--host", "127.0.0.1", "--port", str(port),
         "--policy", "round_robin"],
        stdout=open(work / "vllm-router.log", "w"), stderr=subprocess.STDOUT)
    wait_for(f"http://127.0.0.1:{port}/health", 60, process)
    return Server("vllm-router", port, "/v1/chat/completions", process=process, note="round robin over one worker, no accounts")


def open_webui():
    url = os.environ["OPEN_WEBUI_URL"].rstrip("/")
    host, port = re.match(r"https?://([^:/]+):?(\d+)?", url).groups()
    return Server(
        "open-webui", int(port or 80), "/api/chat/completions", os.environ.get("OPEN_WEBUI_MODEL", "instant"), os.environ.get("OPEN_WEBUI_TOKEN"),
        "started elsewhere", pid=int(os.environ["OPEN_WEBUI_PID"]) if "OPEN_WEBUI_PID" in os.environ else None, host=host)


# ---- measuring -------------------------------------------------------------------------------------------------------


def body(case, model):
    content = {"plain": (PLAIN_TEXT * 20)[:820], "100 KB": (PLAIN_TEXT * 2000)[:67000], "stream": "hi"}[case]
    request = {"model": model, "messages": [{"role": "user", "content": content}]}
    if case == "stream":
        request["stream"] = True
    return json.dumps(request, ensure_ascii=False).encode()


def wrk(server, case, concurrency, seconds, work):
    payload = work / "body.json"
    payload.write_bytes(body(case, server.model))
    script = work / "request.lua"
    script.write_text(
        'wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\n'
        + (f'wrk.headers["Authorization"] = "Bearer {server.token}"\n' if server.token else "")
        + f'wrk.body = io.open("{payload}", "rb"):read("*a")\n'
        + 'function done(s, l, r) io.write(string.format("RESULT %d %d %d %d %f %f\\n", s.requests, s.errors.status, s.errors.connect'
        + ' + s.errors.read + s.errors.write + s.errors.timeout, s.duration, l:percentile(50), l:percentile(99))) end\n')
    cpu = server.cpu_ms()
    out = subprocess.run(
        ["wrk", "-t1", f"-c{concurrency}", f"-d{seconds}s", "--timeout", "30s", "-s", script, f"http://{server.host}:{server.port}{server.path}"],
        capture_output=True, text=True, check=True).stdout
    cpu = server.cpu_ms() - cpu
    count, refused, broken, micros, p50, p99 = (float(x) for x in re.search(r"RESULT (.*)", out).group(1).split())
    return {
        "rate": count / (micros / 1e6), "p50": p50 / 1000, "p99": p99 / 1000, "cpu": cpu / count if count and server.pid else float("nan"),
        "errors": int(refused + broken), "count": int(count)}


def first_token(server, rounds=100):
    """Milliseconds from sending a request to the first event, one after the other on one connection."""
    request = server.request(body("stream", server.model))
    times = []
    connection = None
    for _ in range(rounds):
        if connection is None:
            connection = socket.create_connection((server.host, server.port))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        begun = time.perf_counter()
        connection.sendall(request)
        received, first = b"", None
        while b"data: [DONE]" not in received[-400:] or not received.endswith(b"0\r\n\r\n"):
            piece = connection.recv(65536)
            if not piece:
                # Some servers end a stream by closing.
                connection.close()
                connection = None
                break
            received = received[-500:] + piece
            if first is None and b"data:" in received:
                first = (time.perf_counter() - begun) * 1000
        if first is None:
            raise RuntimeError(f"{server.name} sent no event")
        times.append(first)
    if connection:
        connection.close()
    times.sort()
    return statistics.median(times), times[int(len(times) * 0.99) - 1]


def slow_streams(server, count):
    """Memory with many streams open at once, each getting a chunk every 200 ms."""
    request = server.request(json.dumps({"model": "slow", "stream": True, "messages": [{"role": "user", "content": "hi"}]}).encode())
    before, cpu = server.memory_mb("VmRSS"), server.cpu_ms()
    connections = []
    for _ in range(count):
        connection = socket.create_connection((server.host, server.port))
        connection.sendall(request)
        connections.append(connection)
    ended = [0]

    def drain():
        import selectors
        selector = selectors.DefaultSelector()
        tails = {}
        for connection in connections:
            connection.setblocking(False)
            selector.register(connection, selectors.EVENT_READ)
            tails[connection] = b""
        open_count = len(connections)
        while open_count:
            for key, _ in selector.select(5):
                piece = key.fileobj.recv(65536)
                tails[key.fileobj] = (tails[key.fileobj] + piece)[-100:]
                if not piece or tails[key.fileobj].endswith(b"0\r\n\r\n"):
                    ended[0] += b"[DONE]" in tails[key.fileobj]
                    selector.unregister(key.fileobj)
                    key.fileobj.close()
                    open_count -= 1

    reader = threading.Thread(target=drain)
    reader.start()
    peak = 0
    while reader.is_alive():
        peak = max(peak, server.memory_mb("VmRSS"))
        time.sleep(0.2)
    print(f"{server.name:12} {count} slow streams: {ended[0]} whole, {before:.0f} MB before, {peak:.0f} MB at most, "
          f"{(server.cpu_ms() - cpu) / count / 100 * 1000:.0f} CPU-us a chunk")


def soak(server, requests, work):
    """Memory over many requests; flat when the second half adds nothing."""
    points, done = [], 0
    print(f"{server.name:12} soak:", end=" ", flush=True)
    while done < requests:
        done += wrk(server, "plain", 32, 3, work)["count"]
        points.append((done, server.memory_mb("VmRSS"), server.descriptors()))
        print(f"{done // 1000}k: {points[-1][1]:.0f} MB, {points[-1][2]} fds;", end=" ", flush=True)
    half = points[len(points) // 2]
    print(f"\n             second half: {points[-1][1] - half[1]:+.1f} MB")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--seconds", type=int, default=5)
    arguments.add_argument("--peers", default="", help="litellm, vllm-router: installed from PyPI at the first use")
    arguments.add_argument("--only", default="haneul,nginx")
    arguments.add_argument("--concurrency", default="1,10,64")
    arguments.add_argument("--cases", default="plain,100 KB,stream")
    arguments.add_argument("--soak", type=int, default=0)
    arguments.add_argument("--slow-streams", type=int, default=0)
    arguments = arguments.parse_args()
    starters = {"haneul": start_haneul, "nginx": start_nginx, "litellm": start_litellm, "vllm-router": start_vllm_router}
    names = [name for name in arguments.only.split(",") + arguments.peers.split(",") if name]
    work = pathlib.Path(tempfile.mkdtemp(prefix="haneul-bench-"))
    running = []
    try:
        upstream = start_upstream(work)
        running.append(upstream)
        servers = []
        for name in names:
            server = starters[name](work, upstream)
            running.append(server)
            servers.append(server)
        if "OPEN_WEBUI_URL" in os.environ:
            servers.append(open_webui())
        for server in servers:
            print(f"{server.name:12} {server.note}")
        load = os.getloadavg()[0]
        print(f"{os.cpu_count()} cores, load {load:.1f} before the run (wrk and the upstream share the machine)\n")
        for case in arguments.cases.split(","):
            print(f"{case:24}{'c':>4}{'req/s':>10}{'p50 ms':>9}{'p99 ms':>9}{'CPU-ms':>9}{'of nginx':>22}")
            for concurrency in (int(c) for c in arguments.concurrency.split(",")):
                base = None
                direct = wrk(upstream, case, concurrency, max(2, arguments.seconds // 2), work) if concurrency == 1 else None
                results = {server.name: wrk(server, case, concurrency, arguments.seconds, work) for server in servers}
                base = results.get("nginx")
                for server in servers:
                    result = results[server.name]
                    ratio = ""
                    if base and server.name != "nginx":
                        ratio = f"CPU {result['cpu'] / base['cpu']:.2f} rate {result['rate'] / base['rate']:.2f}"
                        if direct:
                            ratio += f" added {(result['p50'] - direct['p50']) / max(0.001, base['p50'] - direct['p50']):.1f}"
                    errors = f"  {result['errors']} errors" if result["errors"] else ""
                    print(f"  {server.name:22}{concurrency:>4}{result['rate']:>10.0f}{result['p50']:>9.2f}{result['p99']:>9.2f}"
                          f"{result['cpu']:>9.4f}  {ratio}{errors}")
            print()
        print("first event of a stream, ms")
        for server in servers:
            p50, p99 = first_token(server)
            print(f"  {server.name:22}    p50 {p50:.2f}  p99 {p99:.2f}")
        print("\npeak memory, MB")
        for server in servers:
            if server.pid:
                print(f"  {server.name:22}{server.memory_mb():>10.0f}")
        print()
        for server in servers:
            if arguments.slow_streams and server.name in ("haneul", "nginx"):
                slow_streams(server, arguments.slow_streams)
            if arguments.soak and server.name == "haneul":
                soak(server, arguments.soak, work)
    finally:
        for server in reversed(running):
            server.stop()
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
