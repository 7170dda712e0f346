#!/usr/bin/env python3
"""Files of every kind, some damaged, some hostile, are ingested while the server is killed with SIGKILL again and again.

  "$(bash Scripts/test-venv.sh)/bin/python" Tests/Crash/chaos_test.py --binary .build/debug/haneul [--files 200] [--kills 20] [--seed 1] [--keep]

At the end every file is indexed exactly once or failed with a reason; SQL finds no orphan among files, documents, texts, passages,
vectors, keywords and links; the folder of uploads holds what the database says; no worker process and no temporary file is left.
The embedding engine is a stand-in in this process that answers at once and now and then with 429, 503 or not at all.
"""
import argparse
import http.server
import io
import json
import os
import random
import shutil
import sqlite3
import struct
import sys
import tempfile
import threading
import time
import uuid
import zipfile
import zlib

here = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [here, os.path.join(here, "..", "Conformance", "rag")]
import docmake  # noqa: E402
import kill_test  # noqa: E402

KOREAN_FONTS = ["/usr/share/fonts/truetype/nanum/NanumGothic.ttf", "/usr/share/fonts/truetype/unfonts-core/UnDotum.ttf"]


class Engine:
    """An OpenAI-compatible embedding engine that fails now and then."""

    def __init__(self, seed):
        rnd = random.Random(seed)
        pool = [json.dumps([round(rnd.uniform(-1, 1), 3) for _ in range(64)]) for _ in range(97)]

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                dice = rnd.random()
                if dice < 0.02:
                    self.close_connection = True
                    return
                status = 429 if dice < 0.05 else 503 if dice < 0.08 else 200
                data = b'{"error":{"message":"not now"}}'
                if status == 200:
                    items = (f'{{"index":{i},"embedding":{pool[zlib.crc32(t.encode()) % 97]}}}' for i, t in enumerate(body["input"]))
                    data = ('{"data":[' + ",".join(items) + "]}").encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                if status == 429:
                    self.send_header("Retry-After", "1")
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *arguments):
                pass

        class Quiet(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request, address):
                pass  # the server at the other end was killed

        self.server = Quiet(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"


# MARK: files. Each maker returns name, bytes and what must become of it: "completed", "failed", or None for either.

def sentences(rnd, count=8):
    return [" ".join(rnd.choice(kill_test.WORDS) for _ in range(10)).capitalize() + "." for _ in range(count)]


def paragraphs(rnd, mark):
    return [f"{mark} " + " ".join(sentences(rnd, 3)) for _ in range(rnd.choice([1, 3, 9]))]


def packed(members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return buffer.getvalue()


CONTENT_TYPES = ('<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override '
                 'PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>')
RELATIONSHIPS = ('<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
                 'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>')


def word(document):
    return packed([("[Content_Types].xml", CONTENT_TYPES), ("_rels/.rels", RELATIONSHIPS), ("word/document.xml", document)])


def wml(body):
    return f'<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>{body}</w:body></w:document>'


def many_pages(count):
    """A PDF with that many pages, all the same object's children."""
    out = [b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"]
    offsets, position = [0, 9], sum(map(len, out))
    kids = " ".join(f"{i} 0 R" for i in range(3, 3 + count)).encode()
    for number, body in [(2, b"<</Type/Pages/Count %d/Kids[%s]>>" % (count, kids))] + [
            (i, b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>") for i in range(3, 3 + count)]:
        offsets.append(position)
        piece = b"%d 0 obj" % number + body + b"endobj\n"
        out.append(piece)
        position += len(piece)
    out.append(b"xref\n0 %d\n0000000000 65535 f \n" % len(offsets) + b"".join(b"%010d 00000 n \n" % o for o in offsets[1:]))
    out.append(b"trailer<</Size %d/Root 1 0 R>>startxref\n%d\n%%%%EOF" % (len(offsets), position))
    return b"".join(out)


def symlink_archive():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in ["word/document.xml", "[Content_Types].xml"]:
            info = zipfile.ZipInfo(name)
            info.create_system, info.external_attr = 3, 0o120777 << 16
            archive.writestr(info, "/etc/passwd")
    return buffer.getvalue()


def huge_png(side=60000):
    rows = zlib.compressobj(9)
    data = b"".join(rows.compress(bytes(side // 8 + 1)) for _ in range(64)) + rows.flush()

    def part(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)) + part(b"IDAT", data) + part(b"IEND", b"")


def good(rnd, mark):
    text = "\n\n".join(paragraphs(rnd, mark))
    lines = text.splitlines()
    kind = rnd.randrange(18)
    if kind == 0:
        return "a.txt", text.encode()
    if kind == 1:
        return "보고서.text", text.encode("cp949")
    if kind == 2:
        return "b.log", text.encode("utf-16")
    if kind == 3:
        return "c.log", text.encode("utf-16-le")
    if kind == 4:
        return "d.md", f"# {mark}\n\n{text}\n\n## 둘째\n\n- one\n".encode()
    if kind == 5:
        return "e.csv", ("name,qty,mark\n" + "".join(f"bolt {i},{i},{mark}\n" for i in range(rnd.choice([2, 40, 400])))).encode()
    if kind == 6:
        return "f.json", json.dumps({"mark": mark, "lines": lines}, ensure_ascii=False).encode()
    if kind == 7:
        return "g.html", f"<html><head><title>{mark}</title><script>x()</script></head><body><h1>제목</h1><p>{text}</p></body></html>".encode()
    if kind == 8:
        return "h.xml", f"<r><m>{mark}</m><t>{text}</t></r>".encode()
    if kind == 9:
        return "i.docx", docmake.docx([(1, "제목 " + mark)] + lines, table=[["name", "qty"], ["bolt", mark]])
    if kind == 10:
        return "j.xlsx", docmake.xlsx({"시트": [["name", "mark"]] + [[f"bolt {i}", mark] for i in range(30)], "S2": [["x", 1]]})
    if kind == 11:
        return "k.pptx", docmake.pptx([("Title " + mark, text[:400]), ("둘째", "body")])
    if kind == 12:
        font = next((f for f in KOREAN_FONTS if os.path.exists(f)), None)
        page = [l[:70] if font else l[:70].encode("ascii", "ignore").decode() for l in lines if l]
        return "l.pdf", docmake.pdf([[mark] + page, [mark, "second page"]], font=font)
    if kind == 13:
        return "m.epub", docmake.epub("Book " + mark, [("One", text), ("둘", mark)])
    if kind == 14:
        return "n.odt", docmake.odt(lines)
    if kind == 15:
        return "o.rtf", docmake.rtf(mark + " " + text.encode("ascii", "ignore").decode())
    if kind == 16:
        mail = f"From: a@example.com\r\nTo: b@example.com\r\nSubject: {mark}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}"
        return "p.eml", mail.encode()
    return "q.py", f"# {mark}\nprint({text!r})\n".encode()


SHORT_LIVED = [  # built once
    ("bomb.docx", lambda: word(wml("<w:p><w:r><w:t>" + "a" * (700 << 20) + "</w:t></w:r></w:p>")), "failed"),
    ("pages.pdf", lambda: many_pages(10_000), "failed"),
    ("deep.docx", lambda: word(wml("<w:p>" * 5000 + "</w:p>" * 5000)), "failed"),
    ("entity.docx", lambda: word('<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + wml("<w:p><w:r><w:t>&x;</w:t></w:r></w:p>")), "failed"),
    ("laughs.docx", lambda: word('<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "' + "&a;" * 50 + '"><!ENTITY c "' + "&b;" * 50 + '">]>'
                                 + wml("<w:p><w:r><w:t>&c;</w:t></w:r></w:p>")), "failed"),
    ("links.docx", symlink_archive, "failed"),
    ("nested.zip", lambda: packed([("inner.zip", packed([("inner.zip", packed([("x", b"0" * (1 << 20))]))]))]), "failed"),
    ("image.png", huge_png, "failed"),
    ("polyglot.pdf", lambda: b"%PDF-1.4\n" + packed([("word/document.xml", wml(""))]), "failed"),
    ("page.html", lambda: ("<div>" * 20000 + "deep words" + "</div>" * 20000).encode(), None),
    ("blank.txt", lambda: b" \n\t\n", "failed"),
    ("noise.txt", lambda: random.Random(5).randbytes(5000), "failed"),
    ("parts.xlsx", lambda: packed([(f"xl/worksheets/sheet{i}.xml", b"<x/>") for i in range(25_000)]), "failed"),
]


def make_files(count, seed):
    rnd = random.Random(seed)
    hostile = [(name, make(), outcome) for name, make, outcome in SHORT_LIVED]
    files = []
    for number in range(count):
        mark = f"mark{number:04d}x{rnd.randrange(10**9):09d}"
        dice = rnd.random()
        if number < len(hostile):
            name, data, outcome = hostile[number]
            files.append((name, data, outcome, None))
        elif dice < 0.12 and files:
            # The same bytes again, under the same name.
            files.append(rnd.choice([f for f in files if f[2] == "completed"] or files))
        elif dice < 0.24:
            name, data = good(rnd, mark)
            if name.rsplit(".", 1)[1] in ("docx", "xlsx", "pptx", "pdf", "epub", "odt"):
                files.append((name, data[:rnd.randrange(20, max(21, len(data) // 2))], "failed", None))
            else:
                files.append((name, data, "completed", mark))
        else:
            name, data = good(rnd, mark)
            files.append((name, data, "completed", mark))
    rnd.shuffle(files)
    return files


# MARK: the run

class Server(kill_test.Server):
    def upload(self, name, data, metadata):
        boundary = uuid.uuid4().hex
        body = (f'--{boundary}\r\nContent-Disposition: form-data; name="metadata"\r\n\r\n{json.dumps(metadata)}\r\n'
                f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
                "Content-Type: application/octet-stream\r\n\r\n").encode() + data + f"\r\n--{boundary}--\r\n".encode()
        return self.call("POST", "/api/v1/files/", body, {"Content-Type": "multipart/form-data; boundary=" + boundary})


class Work:
    """Files to upload, and what the server acknowledged."""

    def __init__(self, files, knowledge):
        self.lock = threading.Lock()
        self.todo = list(files)
        self.knowledge = knowledge
        self.sent = {}  # id -> (name, bytes, outcome, mark, in the knowledge base)
        self.unsure = 0

    def run(self, server, rnd, stop):
        while not stop.is_set():
            with self.lock:
                if not self.todo:
                    return
                file = self.todo.pop()
            shared = rnd.random() < 0.5
            try:
                status, body = server.upload(file[0], file[1], {"knowledge_id": self.knowledge} if shared else {})
                if status != 200:
                    raise SystemExit(f"upload of {file[0]} answered {status}: {body[:300]}")
                with self.lock:
                    self.sent[json.loads(body)["id"]] = (*file, shared)
            except (OSError, ValueError):
                # No answer: it is uploaded again; the server may have it already.
                with self.lock:
                    self.todo.append(file)
                    self.unsure += 1
                time.sleep(0.02)
            time.sleep(rnd.uniform(0, 0.05))


def leftovers(folder):
    """Processes that still work on the data folder."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            line = open(f"/proc/{pid}/cmdline", "rb").read()
            state = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[0]
        except OSError:
            continue
        if b"extract-worker" in line and folder.encode() in line and state != "Z":
            found.append(pid)
    return found


def check(folder, work, problems):
    database = sqlite3.connect(f"file:{folder}/haneul.db?mode=ro", uri=True)
    record = kill_test.Record()
    states = dict((row[0], row[1:]) for row in kill_test.rows(database, "SELECT id, state, failure, document_id FROM file"))
    for file_id, (name, data, outcome, mark, shared) in work.sent.items():
        record.files[file_id] = (name, data)
        state, failure, document = states.get(file_id, ("gone", None, None))
        if state not in ("completed", "failed") or outcome and state != outcome:
            problems.append(f"{file_id} ({name}) is {state} ({failure}), not {outcome}")
        if state == "failed":
            record.bad.add(file_id)
            if not failure:
                problems.append(f"{file_id} ({name}) failed without a reason")
            if "our side" in (failure or ""):
                problems.append(f"{file_id} ({name}) failed for no reason of its own: {failure}")
        if mark and state == "completed":
            documents = kill_test.rows(database, """SELECT DISTINCT document_id FROM chunk JOIN chunk_keyword ON chunk_keyword.rowid = chunk.id
                                                    WHERE chunk_keyword MATCH ?""", mark)
            if documents != [(document,)]:
                problems.append(f"{file_id} ({name}): its words are in documents {documents}, not in {document} alone")
        linked = bool(kill_test.rows(database, "SELECT 1 FROM knowledge_file WHERE file_id = ?", file_id))
        if linked != (shared and state == "completed"):
            problems.append(f"{file_id} ({name}, {state}) is {'' if linked else 'not '}in the knowledge base")
    database.close()
    more, counts = kill_test.check_disk(folder, record, final=True)
    problems += more
    return counts, sum(1 for s in states.values() if s[0] == "failed")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--binary", required=True)
    arguments.add_argument("--files", type=int, default=200)
    arguments.add_argument("--kills", type=int, default=20)
    arguments.add_argument("--port", type=int, default=4792)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--keep", action="store_true", help="keep the data folder")
    options = arguments.parse_args()
    began = time.time()
    rnd = random.Random(options.seed)
    base = tempfile.mkdtemp(prefix="haneul-chaos-")
    folder, scratch = base + "/data", base + "/scratch"
    os.mkdir(scratch)
    engine = Engine(options.seed)
    os.environ.update({"RAG_EMBEDDING_ENGINE": "openai", "RAG_EMBEDDING_MODEL": "stand-in", "RAG_OPENAI_API_BASE_URL": engine.url,
                       "RAG_OPENAI_API_KEY": "k", "TMPDIR": scratch})
    server = Server(os.path.abspath(options.binary), options.port, folder)
    problems = []
    try:
        server.start()
        status, body = server.call("POST", "/api/v1/auths/signup", {"name": "Kit", "email": "admin@example.com", "password": "Passw0rd!"})
        assert status == 200, body
        server.token = json.loads(body)["token"]
        status, body = server.call("POST", "/api/v1/knowledge/create", {"name": "chaos", "description": ""})
        work = Work(make_files(options.files, options.seed), json.loads(body)["id"])
        for number in range(options.kills):
            if number:
                server.start()
            stop = threading.Event()
            # The files are spread over all rounds; what is left of the round works on what came before.
            share = len(work.todo) // (options.kills - number)
            held, work.todo = work.todo[share + 1:], work.todo[:share + 1]
            threads = [threading.Thread(target=work.run, args=(server, random.Random(rnd.random()), stop)) for _ in range(4)]
            for thread in threads:
                thread.start()
            time.sleep(rnd.uniform(0.3, 3.0))
            server.kill()
            stop.set()
            for thread in threads:
                thread.join()
            work.todo += held
            print(f"kill {number + 1}: {len(work.sent)} acknowledged", flush=True)
        server.start()
        last = [threading.Thread(target=work.run, args=(server, random.Random(9), threading.Event())) for _ in range(4)]
        for thread in last:
            thread.start()
        for thread in last:
            thread.join()
        end = time.time() + 900
        while time.time() < end:
            database = sqlite3.connect(f"file:{folder}/haneul.db?mode=ro", uri=True)
            waiting = kill_test.rows(database, "SELECT count(*) FROM file WHERE state IN ('pending', 'processing')")[0][0]
            database.close()
            if waiting == 0:
                break
            time.sleep(0.3)
        for file_id, (name, data, outcome, mark, _) in list(work.sent.items())[:40]:
            if not mark:
                continue
            status, body = server.call("POST", "/api/v1/retrieval/query/doc", {"collection_name": "file-" + file_id, "query": mark, "k": 3})
            found = json.loads(body) if status == 200 else None
            if not found or not found["documents"][0] or {m["file_id"] for m in found["metadatas"][0]} != {file_id}:
                problems.append(f"{file_id} ({name}) is not found by its own words: {status} {body[:200]}")
        server.process.terminate()
        server.process.wait(60)
        counts, failed = check(folder, work, problems)
        time.sleep(1)
        if left := leftovers(folder):
            problems.append(f"workers still run: {left}")
        if left := os.listdir(scratch):
            problems.append(f"temporary files are left: {left[:5]}")
        for problem in problems:
            print("  ", problem)
        print(f"{options.kills} kills, {len(work.sent)} acknowledged files ({work.unsure} uploads cut off), {counts[0]} rows, {failed} failed with "
              f"a reason, {counts[1]} passages, {time.time() - began:.0f} s: " + ("FAILED" if problems else "each indexed once or failed, no orphan"))
    finally:
        if server.process and server.process.poll() is None:
            server.kill()
        if options.keep or problems:
            print("data folder:", folder, "log:", folder + ".log")
        else:
            shutil.rmtree(base, ignore_errors=True)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
