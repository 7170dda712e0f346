#!/usr/bin/env python3
"""Ten minutes of mixed load on one server, with memory and descriptors drawn to an SVG.

    Benchmarks/gateway/soak.py [--minutes 10] [--svg Tests/artifacts/soak.svg]

Plain chats, chats of 100 KB, streams of 500 chunks, chats that take the long way (parameters of ours in the request) and model lists
run side by side, all through an API key. Clients that leave in the middle of a stream are among them. At the end the server must be as
it was: memory of the last fifth at most 10 % or 8 MB above that of the second fifth, descriptors back to where they were.
"""
import argparse, json, pathlib, random, shutil, socket, subprocess, tempfile, threading, time

from bench import ROOT, body, call, start_haneul, start_upstream


def load(server, name, payload, concurrency, seconds, work, path=None):
    """A wrk process that lives as long as the soak."""
    data, script = work / f"{name}.json", work / f"{name}.lua"
    data.write_bytes(payload or b"")
    method = "POST" if payload else "GET"
    script.write_text(
        f'wrk.method = "{method}"\nwrk.headers["Content-Type"] = "application/json"\nwrk.headers["Authorization"] = "Bearer {server.token}"\n'
        + (f'wrk.body = io.open("{data}", "rb"):read("*a")\n' if payload else "")
        + 'function done(s) io.write(string.format("RESULT %d %d %d\\n", s.requests, s.errors.status, s.errors.connect + s.errors.read'
        + " + s.errors.write + s.errors.timeout)) end\n")
    url = f"http://{server.host}:{server.port}{path or server.path}"
    return name, subprocess.Popen(
        ["wrk", "-t1", f"-c{concurrency}", f"-d{seconds}s", "--timeout", "30s", "-s", script, url], stdout=subprocess.PIPE, text=True)


def leave_early(server, until, left):
    """Opens streams and goes away at a random moment."""
    request = server.request(body("stream", server.model))
    while time.time() < until:
        try:
            with socket.create_connection((server.host, server.port), timeout=10) as connection:
                connection.sendall(request)
                for _ in range(random.randint(0, 4)):
                    connection.recv(1024)
            left[0] += 1
        except OSError:
            pass
        time.sleep(0.02)


def chart(points, path, title):
    """Memory and descriptors over time, two curves with an axis each."""
    width, height, left, top, right, bottom = 900, 360, 60, 40, 60, 40
    inner_width, inner_height = width - left - right, height - top - bottom
    end = points[-1][0]
    memory_top = max(p[1] for p in points) * 1.15
    descriptor_top = max(p[2] for p in points) * 1.15

    def curve(column, peak):
        return " ".join(f"{left + p[0] / end * inner_width:.1f},{top + inner_height - p[column] / peak * inner_height:.1f}" for p in points)

    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="white"/><text x="{left}" y="22" font-size="14">{title}</text>']
    for step in range(5):
        y = top + inner_height - step / 4 * inner_height
        lines.append(f'<line x1="{left}" x2="{left + inner_width}" y1="{y}" y2="{y}" stroke="#ddd"/>')
        lines.append(f'<text x="{left - 6}" y="{y + 4}" text-anchor="end" fill="#0057b8">{memory_top * step / 4:.0f} MB</text>')
        lines.append(f'<text x="{left + inner_width + 6}" y="{y + 4}" fill="#c2410c">{descriptor_top * step / 4:.0f} fds</text>')
    for minute in range(int(end // 60) + 1):
        lines.append(f'<text x="{left + minute * 60 / end * inner_width:.0f}" y="{height - 16}" text-anchor="middle">{minute} min</text>')
    lines.append(f'<polyline points="{curve(1, memory_top)}" fill="none" stroke="#0057b8" stroke-width="2"/>')
    lines.append(f'<polyline points="{curve(2, descriptor_top)}" fill="none" stroke="#c2410c" stroke-width="1.5"/></svg>')
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines))


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--minutes", type=float, default=10)
    arguments.add_argument("--svg", type=pathlib.Path, default=ROOT / "Tests/artifacts/soak.svg")
    arguments = arguments.parse_args()
    seconds = int(arguments.minutes * 60)
    work = pathlib.Path(tempfile.mkdtemp(prefix="haneul-soak-"))
    upstream = start_upstream(work)
    server = start_haneul(work, upstream)
    failed = True
    try:
        long_way = json.loads(body("plain", server.model))
        long_way["params"] = {"temperature": 0.3}
        call(f"http://{server.host}:{server.port}{server.path}", long_way, server.token)
        before = server.descriptors()
        runs = [
            load(server, "plain", body("plain", server.model), 16, seconds, work),
            load(server, "large", body("100 KB", server.model), 4, seconds, work),
            load(server, "stream", body("stream", server.model), 8, seconds, work),
            load(server, "long-way", json.dumps(long_way).encode(), 4, seconds, work),
            load(server, "models", None, 2, seconds, work, "/api/models")]
        left = [0]
        leaver = threading.Thread(target=leave_early, args=(server, time.time() + seconds, left))
        leaver.start()
        begun, points = time.time(), []
        while any(process.poll() is None for _, process in runs):
            points.append((time.time() - begun, server.memory_mb("VmRSS"), server.descriptors()))
            time.sleep(1)
        leaver.join()
        errors = 0
        for name, process in runs:
            count, refused, broken = process.communicate()[0].split("RESULT ")[1].split()[:3]
            errors += int(refused) + int(broken)
            print(f"  {name:10} {int(count):>9,} requests, {refused} refused, {broken} broken")
        print(f"  {left[0]:,} clients left in the middle of a stream")
        time.sleep(5)
        after = server.descriptors()
        fifth = len(points) // 5
        mean = lambda some: sum(p[1] for p in some) / len(some)
        early, late = mean(points[fifth:2 * fifth]), mean(points[-fifth:])
        print(f"  memory {early:.1f} MB in the second fifth, {late:.1f} MB in the last, {max(p[1] for p in points):.1f} MB at most; "
              f"{before} descriptors before, {after} after")
        chart(points, arguments.svg, f"{arguments.minutes:g} minutes of mixed load: resident memory (blue), descriptors (orange)")
        print(f"  drawn to {arguments.svg}")
        # Connections to the upstream are kept for a while, and clients of wrk are gone.
        failed = errors > 0 or late > max(early * 1.1, early + 8) or after > before + 64
    finally:
        server.stop()
        upstream.stop()
        shutil.rmtree(work, ignore_errors=True)
    raise SystemExit("soak: not as it was" if failed else None)


if __name__ == "__main__":
    main()
