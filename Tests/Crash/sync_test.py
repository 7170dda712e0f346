#!/usr/bin/env python3
"""`haneul knowledge sync` against a running server: first run, changes, renames, deletions, names from macOS, what is left out, and a
watch that outlives a killed server.

  "$(bash Scripts/test-venv.sh)/bin/python" Tests/Crash/sync_test.py --binary .build/debug/haneul

After every step the knowledge base must hold exactly the folder's files, each with the folder's bytes, and nothing else.
"""
import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unicodedata
import urllib.parse

here = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [here, os.path.join(here, "..", "Conformance", "rag")]
import chaos_test  # noqa: E402
import kill_test  # noqa: E402

problems = []


def check(name, is_right, detail=""):
    print(("ok      " if is_right else "WRONG   ") + name + (f": {detail}" if not is_right else ""), flush=True)
    if not is_right:
        problems.append(name)


class Folder:
    def __init__(self, path):
        self.path = path
        os.mkdir(path)

    def write(self, name, data):
        place = os.path.join(self.path, name)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(place, "wb") as file:
            file.write(data)

    def remove(self, name):
        os.remove(os.path.join(self.path, name))

    def expected(self, left_out=()):
        """Bytes by path, names composed."""
        found = {}
        for folder, names, files in os.walk(self.path):
            names[:] = [n for n in names if not n.startswith(".") and n not in ("node_modules", "__pycache__")]
            for name in files:
                place = os.path.join(folder, name)
                if name.startswith(".") or os.path.islink(place) or os.path.getsize(place) == 0 or name in left_out or name.endswith(".log"):
                    continue
                with open(place, "rb") as file:
                    found[unicodedata.normalize("NFC", os.path.relpath(place, self.path))] = file.read()
        return found


class Base:
    """The knowledge base, as a client sees it."""

    def __init__(self, server, name):
        self.server, self.name = server, name

    def json(self, path):
        status, body = self.server.call("GET", path)
        if status != 200:
            raise OSError(f"{path} answered {status}")
        return json.loads(body)

    @property
    def id(self):
        return next((k["id"] for k in self.json("/api/v1/knowledge/")["items"] if k["name"] == self.name), None)

    def contents(self):
        """Bytes by path of all files that are searchable."""
        id, found, page = self.id, {}, 1
        while True:
            items = self.json(f"/api/v1/knowledge/{id}/files?page={page}")["items"]
            for item in items:
                status = self.json(f"/api/v1/files/{item['id']}/process/status")["status"]
                if status != "completed":
                    raise OSError(f"{item['filename']} is {status}")
                path = (item["directory_path"] + "/" if item["directory_path"] else "") + item["filename"]
                if path in found:
                    raise ValueError(f"{path} is there twice")
                found[path] = self.server.call("GET", f"/api/v1/files/{item['id']}/content?attachment=true")[1]
            if len(items) < 30:
                return found
            page += 1


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--binary", required=True)
    arguments.add_argument("--port", type=int, default=4793)
    options = arguments.parse_args()
    binary = os.path.abspath(options.binary)
    scratch = tempfile.mkdtemp(prefix="haneul-sync-")
    engine = chaos_test.Engine(1)
    engine.is_calm = True
    os.environ.update({"RAG_EMBEDDING_ENGINE": "openai", "RAG_EMBEDDING_MODEL": "stand-in", "RAG_OPENAI_API_BASE_URL": engine.url,
                       "RAG_OPENAI_API_KEY": "k"})
    server = kill_test.Server(binary, options.port, scratch + "/data")
    watch = None
    try:
        server.start()
        status, body = server.call("POST", "/api/v1/auths/signup", {"name": "Kit", "email": "admin@example.com", "password": "Passw0rd!"})
        assert status == 200, body
        server.token = json.loads(body)["token"]
        environment = {**os.environ, "HANEUL_URL": f"http://127.0.0.1:{options.port}", "HANEUL_API_KEY": server.token}
        folder, base = Folder(scratch + "/folder"), Base(server, "Handbook")

        def sync(*more):
            run = subprocess.run([binary, "knowledge", "sync", folder.path, "--knowledge", "Handbook", "--exclude", "*.log", *more],
                                 env=environment, capture_output=True, text=True, timeout=300)
            return run.returncode, run.stdout, run.stderr

        def matches(name, left_out=()):
            try:
                held, wanted = base.contents(), folder.expected(left_out)
                check(name, held == wanted, f"missing {sorted(wanted.keys() - held.keys())}, too many {sorted(held.keys() - wanted.keys())}, "
                      f"other bytes {[k for k in held if k in wanted and held[k] != wanted[k]]}")
            except (OSError, ValueError) as error:
                check(name, False, str(error))

        # A first run.
        decomposed = unicodedata.normalize("NFD", "보고서 최종.txt")
        folder.write("a.md", "# Alpha\n\nThe harbour office is in hall 4711.\n".encode())
        folder.write("sub/deep/b.txt", "둘째 파일, 코드 KR-7741".encode("cp949"))
        folder.write(unicodedata.normalize("NFD", "자료") + "/" + decomposed, "맥에서 온 보고서".encode())
        folder.write("sub/same.txt", b"the same words")
        folder.write("other/same.txt", b"the same words")
        folder.write("broken.pdf", b"%PDF-1.4 nothing")
        for name in (".hidden", ".git/config", "node_modules/x.js", "debug.log"):
            folder.write(name, b"must not be seen")
        folder.write("empty.txt", b"")
        os.symlink("/etc/passwd", folder.path + "/link.txt")
        os.symlink("/etc", folder.path + "/etc")
        check("without --create an unknown base is an error", sync()[0] == 64, sync())
        code, out, _ = sync("--create", "--dry-run")
        check("a dry run names the files and makes nothing", code == 0 and "would add     a.md" in out and base.id is None, out)
        code, out, error = sync("--create")
        check("a broken file is reported and the rest brought", code == 1 and "failed   broken.pdf: The file is not a valid PDF" in error, (code, error))
        matches("the base holds what the folder holds", {"broken.pdf"})
        check("the failed upload is gone", base.json("/api/v1/files/count") == 5, base.json("/api/v1/files/count"))
        found = base.json("/api/v1/files/search?content=false&filename=" + urllib.parse.quote("보고서*"))
        check("a name from macOS is found as people type it", [f["filename"] for f in found] == ["보고서 최종.txt"], found)
        folder.remove("broken.pdf")

        # Nothing to do, then every kind of change.
        code, out, _ = sync()
        check("a second run changes nothing", code == 0 and "0 added, 0 updated, 0 deleted, 5 unchanged" in out, out)
        folder.write("a.md", "# Alpha\n\nThe harbour office moved to hall 12.\n".encode())
        os.rename(folder.path + "/sub/deep/b.txt", folder.path + "/sub/renamed.txt")
        folder.remove("other/same.txt")
        code, out, _ = sync()
        check("without --delete what is gone stays", code == 0 and "1 added, 1 updated, 0 deleted" in out and "2 kept" in out, out)
        code, out, _ = sync("--delete")
        check("with --delete it goes", code == 0 and "2 deleted" in out, out)
        os.rmdir(folder.path + "/sub/deep")
        matches("changed, renamed and deleted files are as in the folder")
        left = {d["name"] for d in base.json(f"/api/v1/knowledge/{base.id}/dirs")}
        check("directories without files are gone", left == {"sub", "자료"}, left)
        check("no file is left behind", base.json("/api/v1/files/count") == 4, base.json("/api/v1/files/count"))

        # Two hundred at once, names that need care.
        rnd = random.Random(2)
        for number in range(200):
            folder.write(f"many/{number % 7}/한글 \"파일\" #{number} & 100%.txt", f"number {number} {rnd.random()}".encode())
        code, out, error = sync("--jobs", "8", "--quiet")
        check("two hundred files are brought", code == 0, error)
        matches("their names and bytes are right")

        # A watch that lives through kills.
        environment_of_watch = {**environment}
        watch = subprocess.Popen([binary, "knowledge", "sync", folder.path, "--knowledge", "Handbook", "--exclude", "*.log", "--delete", "--watch",
                                  "--interval", "1"], env=environment_of_watch, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for round in range(4):
            for number in range(10):
                folder.write(f"watched/{round}-{number}.txt", f"watched {round} {number} {rnd.random()}".encode() * rnd.choice([1, 50]))
            if round:
                folder.write("a.md", f"# Alpha\n\nround {round}\n".encode())
                folder.remove(f"watched/{round - 1}-0.txt")
            time.sleep(rnd.uniform(1.5, 4))
            if round != 2:
                server.kill()
                time.sleep(0.5)
                server.start()
            time.sleep(1)
        end = time.time() + 180
        while time.time() < end:
            try:
                if base.contents() == folder.expected():
                    break
            except (OSError, ValueError):
                pass
            time.sleep(1)
        matches("after kills the watch has brought the base in step")
        check("the watch still runs", watch.poll() is None, watch.poll())
        check("no upload is there twice", base.json("/api/v1/files/count") == len(folder.expected()),
              (base.json("/api/v1/files/count"), len(folder.expected())))
        watch.send_signal(signal.SIGTERM)
        watch.wait(20)

        # Refusals.
        environment["HANEUL_API_KEY"] = "sk-wrong"
        code, _, error = sync()
        check("a wrong key ends with 77", code == 77, (code, error))
        environment["HANEUL_API_KEY"] = server.token
        server.kill()
        run = subprocess.run([binary, "knowledge", "sync", scratch + "/nowhere", "--knowledge", "x"], env=environment, capture_output=True, text=True)
        check("a folder that is not there ends with 64", run.returncode == 64, (run.returncode, run.stderr))
    finally:
        for process in (watch, server.process):
            if process and process.poll() is None:
                process.kill()
        if problems:
            print("kept:", scratch)
        else:
            shutil.rmtree(scratch, ignore_errors=True)
    print("FAILED: " + "; ".join(problems) if problems else "in step after every change")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
