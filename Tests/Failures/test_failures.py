"""Upstreams and clients that fail, with real processes: what the other side gets, and what is left behind."""
import concurrent.futures
import json
import os
import socket
import struct
import threading
import time

import pytest

from conftest import eventually


def deltas(data):
    """The text of a stream, its errors, and how often it says that it is over."""
    text, errors, done = "", [], 0
    for event in data.decode().split("\n\n"):
        if not event.startswith("data:"):
            continue
        payload = event[5:].strip()
        if payload == "[DONE]":
            done += 1
            continue
        chunk = json.loads(payload)
        if "error" in chunk:
            errors.append(chunk["error"])
        for choice in chunk.get("choices", []):
            text += choice["delta"].get("content", "")
    return text, errors, done


def test_both_ways_are_taken(world):
    """The other tests mean what they say: the relay and the long way answer the same, and are not the same."""
    for way in ("relay", "long"):
        status, headers, data = world.chat("ok", way)
        assert status == 200 and json.loads(data)["choices"][0]["message"]["content"] == "ok"
        assert headers["x-haneul-upstream"] == "openai:0" and headers["x-haneul-attempts"] == "1"


# Upstreams


@pytest.mark.parametrize("stream", [True, False])
def test_an_upstream_that_is_killed_in_the_middle(world, way, stream):
    with world.another(["dies"]):
        status, _, data = world.chat("dies", way, stream)
        if stream:
            text, errors, done = deltas(data)
            assert (status, text, len(errors), done) == (200, "onetwo", 1, 1)
        else:
            answer = json.loads(data)
            assert status == 500 and "detail" in answer and "choices" not in answer
        # Nobody is there any more: an error at once, and no crash.
        started = time.time()
        status, headers, data = world.chat("dies", way, stream)
        assert status == 500 and "detail" in json.loads(data) and time.time() - started < 2
        assert "x-haneul-upstream" not in headers and "127.0.0.1" not in json.dumps(headers) + data.decode()


@pytest.mark.parametrize("stream", [True, False])
def test_another_model_answers_for_one_whose_upstream_is_gone(world, way, stream):
    with world.another(["lonely"]) as upstream:
        status, headers, _ = world.chat("lonely", way, stream)
        assert status == 200 and headers["x-haneul-upstream"] == "openai:2"
        upstream.kill()
        for _ in range(5):
            status, headers, data = world.chat("lonely", way, stream)
            assert status == 200 and headers["x-haneul-upstream"] == "openai:0", data
            assert "openai:2" in headers["x-haneul-failover"]


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("model", ["hang", "drip-head"])
def test_an_upstream_that_does_not_begin_is_given_up(world, way, model, stream):
    started = time.time()
    status, _, data = world.chat(model, way, stream)
    assert status == 504 and "detail" in json.loads(data)
    assert 2 < time.time() - started < 8
    assert eventually(lambda: world.first.state()["running"] == 0), "the upstream still works for nobody"


def test_an_upstream_of_one_byte_a_second_disturbs_nobody(world, way):
    clients = [world.open("drip", way, stream) for stream in [True, False] * 10]
    try:
        assert eventually(lambda: world.first.state()["running"] == 20)
        started = time.time()
        for _ in range(20):
            assert world.chat("ok", way)[0] == 200
        assert time.time() - started < 3
        # Longer than the limit for silence: a byte a second is not silence.
        time.sleep(3.5)
        assert world.first.state()["running"] == 20
    finally:
        for client in clients:
            client.close()
    assert eventually(lambda: world.first.state()["running"] == 0, 3)


# Clients


def test_a_client_that_stops_reading_costs_little_and_is_let_go(world, way):
    before, sent = world.server.megabytes, world.first.state()["sent"]
    client = world.open("flood", way, receive_buffer=4096)
    try:
        assert client.recv(1000).startswith(b"HTTP/1.1 200")
        # What is under way stops growing long before the limit for clients that do not read.
        time.sleep(1.5)
        flooded = world.first.state()["sent"] - sent
        assert flooded < 32 << 20, f"{flooded >> 20} MiB were taken from the upstream for a client that reads nothing"
        assert world.first.state()["running"] == 1
        assert world.server.megabytes - before < 48
        assert eventually(lambda: world.first.state()["running"] == 0, 15), "a client that reads nothing was never let go"
    finally:
        client.close()


@pytest.mark.parametrize("rudely", [False, True])
@pytest.mark.parametrize("stream", [True, False])
def test_a_client_that_leaves_is_noticed_upstream_within_a_second(world, way, stream, rudely):
    gone = world.first.state()["gone"]
    clients = [world.open("ticks", way, stream) for _ in range(5)]
    assert eventually(lambda: world.first.state()["running"] == 5)
    if stream:
        for client in clients:
            assert client.recv(100)
    for client in clients:
        if rudely:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
    assert eventually(lambda: world.first.state()["running"] == 0, 1.0), "the upstream was still working a second later"
    assert world.first.state()["gone"] - gone == 5


@pytest.mark.parametrize("stream", [True, False])
def test_a_thousand_clients_at_once(world, way, stream):
    clients = []
    try:
        for _ in range(1000):
            clients.append(world.open("count", way, stream))
        for client in clients:
            data = b""
            while not (data.endswith(b"0\r\n\r\n") if stream else b"}]}" in data):
                piece = client.recv(65536)
                assert piece, "the server hung up: " + data.decode()[-200:]
                data += piece
            assert data.startswith(b"HTTP/1.1 200")
            assert (b'"8 "' in data and b"[DONE]" in data) if stream else b"8 9 " in data
    finally:
        for client in clients:
            client.close()


# Fail-over


def test_restarts_under_load_fail_nothing_before_its_first_byte(world, way):
    """Two upstreams serve the same models; one or the other is killed and comes back, again and again."""
    stop = threading.Event()
    counts = {"whole": 0, "streams": 0, "cut": 0, "second": 0}
    failures = []
    lock = threading.Lock()

    def work(number):
        while not stop.is_set():
            stream = number % 2 == 0
            try:
                status, headers, data = world.chat("count-ha" if stream else "ha", way, stream)
            except OSError as error:
                failures.append(repr(error))
                continue
            with lock:
                if status != 200:
                    failures.append(f"{status} {headers} {data[:200]}")
                elif stream:
                    _, errors, done = deltas(data)
                    counts["streams"] += 1
                    counts["cut"] += bool(errors)
                    if done != 1:
                        failures.append(f"{done} ends: {data[-200:]}")
                else:
                    counts["whole"] += 1
                    counts["second"] += headers["x-haneul-upstream"] == "openai:1"

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        workers = [pool.submit(work, number) for number in range(16)]
        try:
            for victim in [world.first, world.second, world.first]:
                time.sleep(0.7)
                victim.kill()
                time.sleep(0.7)
                victim.start()
            time.sleep(0.5)
        finally:
            stop.set()
        for worker in workers:
            worker.result()
    assert failures == []
    assert counts["whole"] > 50 and counts["streams"] > 20, counts
    assert counts["second"] > 0, "the second upstream was never asked"


def test_what_happened_is_said_in_the_answer_and_in_the_log(world, way):
    world.first.kill()
    try:
        status, headers, _ = world.chat("ha", way)
        assert status == 200 and headers["x-haneul-upstream"] == "openai:1"
        assert "openai:0" in headers["x-haneul-failover"]
        assert "127.0.0.1" not in json.dumps(headers) and "sk-up" not in json.dumps(headers)
        assert "openai:0" in world.server.log_text()
    finally:
        world.first.start()
    # The circuit closes by itself when the upstream is back.
    assert eventually(lambda: world.chat("ok", way)[0] == 200)
    assert eventually(lambda: world.chat("ha", way)[1]["x-haneul-upstream"] == "openai:0", 8)


# What is left


def test_nothing_is_left_behind(world):
    """Runs last: without its upstreams the server holds what it held before the first chat."""
    server = world.server
    for _ in range(3):
        server.call("GET", "/health", None, {})
    assert eventually(lambda: world.first.state()["running"] == 0 and world.second.state()["running"] == 0)
    world.first.kill()
    world.second.kill()
    idle = eventually(lambda: server.descriptors <= world_baseline(server), 12)
    assert idle, f"{server.descriptors} descriptors are open, {world_baseline(server)} were expected: " + describe(server)
    assert server.threads < 80
    world.first.start()
    world.second.start()
    assert world.chat("ok", "relay")[0] == 200 or eventually(lambda: world.chat("ok", "relay")[0] == 200)


def world_baseline(server):
    """Descriptors that are no connections, and the listening socket."""
    return sum(1 for name, target in targets(server) if not target.startswith("socket:")) + listeners(server)


def targets(server):
    folder = f"/proc/{server.process.pid}/fd"
    found = []
    for name in os.listdir(folder):
        try:
            found.append((name, os.readlink(f"{folder}/{name}")))
        except OSError:
            pass
    return found


def listeners(server):
    inodes = set()
    for table in ("tcp", "tcp6"):
        for line in open(f"/proc/{server.process.pid}/net/{table}").readlines()[1:]:
            fields = line.split()
            if fields[3] == "0A":
                inodes.add(fields[9])
    return sum(1 for _, target in targets(server) if target.startswith("socket:[") and target[8:-1] in inodes)


def describe(server):
    return ", ".join(sorted(target for _, target in targets(server) if target.startswith("socket:"))[:20])
