#!/usr/bin/env python3
"""Kills the server with SIGKILL in the middle of uploads, deletions and ingest, many times, and looks at what is left.

  python3 kill_test.py --binary .build/debug/haneul [--rounds 20] [--port 4790] [--seed 1] [--keep]

Checked after every kill: the database opens and its integrity check is clean; every file that was acknowledged and not
deleted has its row and its bytes, whole; no row is half. Checked at the end, when a last start has finished the work:
every file is completed (with passages, vectors and keywords that belong together, once) or failed with a reason, and
nothing is left over by SQL or in the folder of uploads. Needs nothing but Python's standard library.
"""
import argparse
import hashlib
import http.client
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import uuid

WORDS = ("harbour ledger winter copper bridge valley engine signal garden paper market lantern "
         "회의 보고서 창고 다리 겨울 시장 기록 공원 정류장 신호").split()


class Server:
    def __init__(self, binary, port, folder):
        self.binary, self.port, self.folder, self.process = binary, port, folder, None
        self.token = None

    def start(self):
        environment = {**os.environ, "HOST": "127.0.0.1", "PORT": str(self.port), "DATA_DIR": self.folder, "LOG_LEVEL": "warning",
                       "WEBUI_SECRET_KEY": "kill-test-secret", "ENABLE_SIGNUP": "true"}
        self.process = subprocess.Popen([self.binary, "serve"], env=environment, stdout=subprocess.DEVNULL, stderr=self.log())
        end = time.time() + 60
        while time.time() < end:
            if self.process.poll() is not None:
                raise SystemExit(f"the server ended with {self.process.returncode}; see {self.folder}.log")
            try:
                if self.call("GET", "/health")[0] == 200:
                    return
            except OSError:
                time.sleep(0.02)
        raise SystemExit("the server did not start within 60 s")

    def log(self):
        return open(self.folder + ".log", "ab")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def call(self, method, path, body=None, headers=None, timeout=60):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            sent = dict(headers or {})
            if self.token:
                sent["Authorization"] = "Bearer " + self.token
            if isinstance(body, (dict, list)):
                body = json.dumps(body).encode()
                sent["Content-Type"] = "application/json"
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except http.client.HTTPException as error:
            raise OSError(str(error)) from error
        finally:
            connection.close()

    def upload(self, name, data):
        boundary = uuid.uuid4().hex
        body = (f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
                "Content-Type: application/octet-stream\r\n\r\n").encode() + data + f"\r\n--{boundary}--\r\n".encode()
        return self.call("POST", "/api/v1/files/", body, {"Content-Type": "multipart/form-data; boundary=" + boundary})


class Record:
    """What the server promised."""

    def __init__(self):
        self.lock = threading.Lock()
        self.files = {}      # id -> (name, bytes)
        self.deleted = set()  # acknowledged deletions
        self.unsure = set()   # deletions without an answer
        self.bad = set()      # ids of files that cannot be read


def text(rnd):
    size = rnd.choice([60, 400, 1500, 6000])
    out = []
    while sum(map(len, out)) < size:
        out.append(" ".join(rnd.choice(WORDS) for _ in range(12)).capitalize() + f" {rnd.randint(1, 99999)}.\n")
    return "".join(out).encode()


def work(server, record, rnd, stop):
    same = b"the same text in many files \xec\xa0\x9c\xec\xa3\xbc " * 40
    while not stop.is_set():
        # Leaves the server some of the machine, so that kills also hit files in the middle of being embedded.
        time.sleep(rnd.uniform(0.05, 0.3))
        try:
            dice = rnd.random()
            if dice < 0.12:
                with record.lock:
                    known = [i for i in record.files if i not in record.deleted and i not in record.unsure]
                if not known:
                    continue
                victim = rnd.choice(known)
                with record.lock:
                    record.unsure.add(victim)
                status, _ = server.call("DELETE", "/api/v1/files/" + victim)
                if status in (200, 404):
                    with record.lock:
                        record.deleted.add(victim)
                        record.unsure.discard(victim)
                continue
            bad = dice < 0.22
            name = "bad.pdf" if bad else rnd.choice(["a.txt", "보고서.md", "c.csv"])
            data = b"%PDF-1.4 no " + str(rnd.random()).encode() if bad else same if dice < 0.4 else text(rnd)
            status, body = server.upload(name, data)
            if status != 200:
                raise SystemExit(f"upload answered {status}: {body[:300]}")
            file_id = json.loads(body)["id"]
            with record.lock:
                record.files[file_id] = (name, data)
                if bad:
                    record.bad.add(file_id)
        except (OSError, ValueError):
            time.sleep(0.01)


def rows(database, sql, *arguments):
    return database.execute(sql, arguments).fetchall()


def check_disk(folder, record, final):
    database = sqlite3.connect(f"file:{folder}/haneul.db?mode={'ro' if final else 'rw'}", uri=True)
    problems = []

    def none(what, sql):
        found = rows(database, sql)
        if found:
            problems.append(f"{what}: {found[:5]}")

    result = rows(database, "PRAGMA integrity_check")
    if result != [("ok",)]:
        problems.append(f"integrity_check: {result[:3]}")
    none("foreign keys", "PRAGMA foreign_key_check")
    present = {row[0]: row[1:] for row in rows(database, "SELECT id, size, file_hash, filename, state FROM file")}
    for file_id, (name, data) in record.files.items():
        if file_id in record.deleted:
            if file_id in present:
                problems.append(f"{file_id} was deleted and is back")
        elif file_id not in present and file_id not in record.unsure:
            problems.append(f"{file_id} was acknowledged and is gone")
    for file_id, (size, file_hash, name, _) in present.items():
        path = f"{folder}/uploads/{file_id}"
        if not os.path.exists(path):
            problems.append(f"{file_id} has no bytes")
            continue
        data = open(path, "rb").read()
        if len(data) != size or hashlib.sha256(data).hexdigest() != file_hash:
            problems.append(f"{file_id} is not whole: {len(data)} of {size} bytes")
        if file_id in record.files and data != record.files[file_id][1]:
            problems.append(f"{file_id} has other bytes than were sent")
    # True at every moment, not only at the end.
    none("passages without a document", "SELECT id FROM chunk WHERE document_id NOT IN (SELECT id FROM document)")
    none("passages without a vector", "SELECT id FROM chunk WHERE id NOT IN (SELECT chunk_id FROM chunk_vector)")
    none("vectors without a passage", "SELECT chunk_id FROM chunk_vector WHERE chunk_id NOT IN (SELECT id FROM chunk)")
    none("passages without keywords", "SELECT id FROM chunk WHERE id NOT IN (SELECT rowid FROM chunk_keyword)")
    none("keywords without a passage", "SELECT rowid FROM chunk_keyword WHERE rowid NOT IN (SELECT id FROM chunk)")
    none("passages counted wrong", """SELECT id, chunk_count FROM document
         WHERE chunk_count <> (SELECT count(*) FROM chunk WHERE document_id = document.id)""")
    none("gaps between passages", """SELECT document_id FROM chunk GROUP BY document_id HAVING max(ordinal) + 1 <> count(*)""")
    none("completed without an indexed document", """SELECT file.id FROM file LEFT JOIN document ON document.id = document_id
         WHERE file.state = 'completed' AND (document.state IS NULL OR document.state <> 'indexed')""")
    if final:
        none("unfinished", "SELECT id, state FROM file WHERE state NOT IN ('completed', 'failed')")
        none("failed without a reason", "SELECT id FROM file WHERE state = 'failed' AND ifnull(failure, '') = ''")
        none("jobs left over", "SELECT file_id FROM ingestion")
        none("documents that nobody holds", """SELECT id, key FROM document WHERE id NOT IN (SELECT document_id FROM file WHERE document_id IS NOT NULL)
             AND id NOT IN (SELECT document_id FROM text_collection)""")
        none("documents that are not indexed", "SELECT id, state FROM document WHERE state <> 'indexed'")
        none("the same text twice", "SELECT key FROM document GROUP BY content_hash, key HAVING count(*) > 1")
        none("documents without passages", "SELECT id FROM document WHERE chunk_count = 0")
        for file_id in record.files:
            state = present[file_id][3] if file_id in present else None
            if state and (state == "failed") != (file_id in record.bad):
                problems.append(f"{file_id} ({record.files[file_id][0]}) is {state}")
        left = set(os.listdir(f"{folder}/uploads"))
        if left != set(present):
            problems.append(f"uploads and rows differ: {sorted(left ^ set(present))[:5]}")
        for file_id, content in rows(database, """SELECT file.id, group_concat(text, '') FROM file JOIN
                (SELECT document_id, text FROM document_text ORDER BY document_id, piece) AS piece USING (document_id)
                WHERE filename LIKE '%.txt' OR filename LIKE '%.md' GROUP BY file.id"""):
            if file_id in record.files and content.encode() != record.files[file_id][1]:
                problems.append(f"{file_id} has another text than was sent")
    counts = (len(present), rows(database, "SELECT count(*) FROM chunk")[0][0])
    database.close()
    return problems, counts


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--binary", required=True)
    arguments.add_argument("--rounds", type=int, default=20)
    arguments.add_argument("--port", type=int, default=4790)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--keep", action="store_true", help="keep the data folder")
    options = arguments.parse_args()
    rnd = random.Random(options.seed)
    folder = tempfile.mkdtemp(prefix="haneul-kill-")
    server = Server(os.path.abspath(options.binary), options.port, folder)
    record = Record()
    failed = False
    try:
        server.start()
        status, body = server.call("POST", "/api/v1/auths/signup", {"name": "Kit", "email": "admin@example.com", "password": "Passw0rd!"})
        assert status == 200, body
        server.token = json.loads(body)["token"]
        for number in range(options.rounds):
            if number:
                server.start()
            stop = threading.Event()
            threads = [threading.Thread(target=work, args=(server, record, random.Random(rnd.random()), stop)) for _ in range(4)]
            for thread in threads:
                thread.start()
            time.sleep(rnd.uniform(0.1, 3.5))
            server.kill()
            stop.set()
            for thread in threads:
                thread.join()
            problems, counts = check_disk(folder, record, final=False)
            print(f"kill {number + 1}: {counts[0]} files, {counts[1]} passages, {len(record.files)} acknowledged, "
                  f"{len(record.deleted)} deleted{'' if not problems else ' PROBLEMS'}", flush=True)
            for problem in problems:
                print("  ", problem)
                failed = True
        server.start()
        end = time.time() + 600
        while time.time() < end:
            status, body = server.call("GET", "/api/v1/files/?content=false&page=1", timeout=120)
            database = sqlite3.connect(f"file:{folder}/haneul.db?mode=ro", uri=True)
            open_files = rows(database, "SELECT count(*) FROM file WHERE state IN ('pending', 'processing')")[0][0]
            database.close()
            if open_files == 0:
                break
            time.sleep(0.3)
        # Bytes as a client gets them.
        for file_id, (name, data) in record.files.items():
            if file_id in record.deleted or file_id in record.unsure:
                continue
            status, body = server.call("GET", f"/api/v1/files/{file_id}/content")
            if status != 200 or body != data:
                print(f"   {file_id}: download answered {status} with {len(body)} bytes")
                failed = True
        server.process.terminate()
        server.process.wait(60)
        problems, counts = check_disk(folder, record, final=True)
        for problem in problems:
            print("  ", problem)
        failed = failed or bool(problems)
        print(f"{options.rounds} kills, {len(record.files)} acknowledged uploads, {counts[0]} files and {counts[1]} passages at the end: "
              + ("FAILED" if failed else "nothing lost, nothing half, nothing left over"))
    finally:
        if server.process and server.process.poll() is None:
            server.kill()
        if options.keep or failed:
            print("data folder:", folder)
        else:
            shutil.rmtree(folder, ignore_errors=True)
            if os.path.exists(folder + ".log"):
                os.unlink(folder + ".log")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
