#!/usr/bin/env python3
"""What a large ingest does to chats that run at the same time.

    Benchmarks/gateway/ingest.py [--rounds 5] [--seconds 4] [--megabytes 5]

Turn about, wrk drives a plain chat of 1 KB against an instant upstream while the machine is otherwise idle, while the server takes in
a text file, and beside loops in other processes that compute nothing, one a core, in the class that runs when nobody else wants
to (SCHED_IDLE): what a busy processor alone does to the latencies. Prints the medians of the 50th and 99th percentile and
their ratios. Only chats that began while the file was still being encoded count. Needs what bench.py needs, and an idle machine:
latencies of a busy one say nothing.
"""
import argparse, contextlib, json, os, pathlib, random, statistics, subprocess, sys, tempfile, urllib.request, uuid

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import bench

WORDS = "harbour ledger winter copper bridge valley engine signal garden paper market lantern river station anchor orchard".split()


def text(megabytes):
    dice = random.Random(3)
    lines = []
    size = 0
    while size < megabytes << 20:
        line = " ".join(dice.choice(WORDS) for _ in range(12)).capitalize() + f" {dice.randint(1, 9999)}."
        lines.append(line)
        size += len(line) + 1
    return "\n".join(lines).encode()


def upload(base, session, data):
    mark = uuid.uuid4().hex
    body = f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{mark}.txt"\r\n\r\n'.encode() + data + f"\r\n--{mark}--\r\n".encode()
    request = urllib.request.Request(
        base + "/api/v1/files/", body, {"Content-Type": f"multipart/form-data; boundary={mark}", "Authorization": f"Bearer {session}"})
    return json.load(urllib.request.urlopen(request, timeout=120))["id"]


@contextlib.contextmanager
def loops():
    """Processes that use every core when nobody else wants it."""
    running = [subprocess.Popen(["chrt", "--idle", "0", "sh", "-c", "while :; do :; done"]) for _ in range(os.cpu_count())]
    try:
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--megabytes", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        upstream = bench.start_upstream(work)
        server = None
        try:
            server = bench.start_haneul(work, upstream)
            base = f"http://127.0.0.1:{server.port}"
            session = bench.call(base + "/api/v1/auths/signin", {"email": "bench@example.com", "password": "bench-password-1"})["token"]
            status = lambda file: bench.call(f"{base}/api/v1/files/{file}/process/status", token=session)["status"]
            bench.wrk(server, "plain", 8, 2, work)
            print(f"load before: {os.getloadavg()[0]:.1f}")
            for concurrency in (1, 8):
                quiet, busy, looping = [], [], []
                for round in range(arguments.rounds):
                    quiet.append(bench.wrk(server, "plain", concurrency, arguments.seconds, work))
                    # Different content each time, or the vectors of the last upload would be used again.
                    file = upload(base, session, text(arguments.megabytes) + str((concurrency, round)).encode())
                    result = bench.wrk(server, "plain", concurrency, arguments.seconds, work)
                    if status(file) in ("completed", "failed"):
                        raise SystemExit("the file was done too soon: raise --megabytes")
                    busy.append(result)
                    bench.call(f"{base}/api/v1/files/{file}", token=session, method="DELETE")
                    with loops():
                        looping.append(bench.wrk(server, "plain", concurrency, arguments.seconds, work))
                for name in ("p50", "p99", "rate"):
                    alone, beside, control = (statistics.median(r[name] for r in results) for results in (quiet, busy, looping))
                    print(
                        f"concurrency {concurrency}, {name}: alone {alone:.2f}, beside an ingest {beside:.2f} ({beside / alone:.2f}),"
                        f" beside loops {control:.2f} ({control / alone:.2f})", flush=True)
        finally:
            for process in (server, upstream):
                if process:
                    process.stop()


if __name__ == "__main__":
    main()
