#!/usr/bin/env python3
"""How often the right document comes first: vectors alone, keywords alone, and both together.

    BASE_URL=http://127.0.0.1:8080 Benchmarks/retrieval/run.py [FOLDER ...] [--dump FILE]

Each folder has documents and a questions.json (`question`, `doc`, `lang`, `kind`); without one the two of this repository are
measured: Tests/Retrieval/corpus, and corpus/ here, which was written later and
looked at while the fusion was last worked on: neither is untouched. Needs a running server and an account that may
upload (ADMIN_EMAIL, ADMIN_PASSWORD). Documents are ranked by their first passage among ten. Uploads are deleted afterwards.
`--dump` writes what `/retrieval/explain` says of every question, for trying out another fusion without a server.
Exits with 1 when the fusion has a lower MRR than its better half in a language, beyond one question in a hundred.
"""

import argparse
import json
import os
import pathlib
import sys
import time
import urllib.parse
import urllib.request
import uuid

HERE = pathlib.Path(__file__).resolve().parent
BASE = os.environ.get("BASE_URL", "http://127.0.0.1:8080").rstrip("/") + "/api/v1"
MODES = {"vectors": {"hybrid": False}, "keywords": {"hybrid": True, "hybrid_bm25_weight": 1}, "fusion": {"hybrid": True}}


class Client:
    token = None

    def send(self, method, path, body=None, kind="application/json"):
        data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(BASE + path, data, {"Content-Type": kind}, method=method)
        if self.token:
            request.add_header("Authorization", "Bearer " + self.token)
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)

    def sign_in(self):
        account = {"email": os.environ.get("ADMIN_EMAIL", "admin@example.com"), "password": os.environ.get("ADMIN_PASSWORD", "Passw0rd!")}
        self.token = self.send("POST", "/auths/signin", account)["token"]

    def upload(self, path):
        mark = uuid.uuid4().hex
        head = f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{path.name}"\r\n\r\n'
        body = head.encode() + path.read_bytes() + f"\r\n--{mark}--\r\n".encode()
        return self.send("POST", "/files/", body, f"multipart/form-data; boundary={mark}")["id"]


def rank(client, collection, question, options, files):
    answer = client.send("POST", "/retrieval/query/collection", {"collection_names": [collection], "query": question["question"], "k": 10, **options})
    order = list(dict.fromkeys(files.get(found.get("file_id")) for found in answer["metadatas"][0]))
    return order.index(question["doc"]) + 1 if question["doc"] in order else None


def line(name, ranks):
    share = lambda n: sum(1 for r in ranks if r and r <= n) / len(ranks)
    mrr = sum(1 / r for r in ranks if r) / len(ranks)
    print(f"{name:<34}{len(ranks):>4}{share(1):>8.3f}{share(3):>8.3f}{mrr:>8.3f}", flush=True)
    return mrr


def measure(client, folder, dump):
    questions = json.loads((folder / "questions.json").read_text())["questions"]
    knowledge = client.send("POST", "/knowledge/create", {"name": f"benchmark {folder.name}", "description": "retrieval benchmark"})["id"]
    files, worse = {}, False
    try:
        for path in sorted(folder.iterdir()):
            if path.name != "questions.json":
                files[client.upload(path)] = path.name
        for file in files:
            while (status := client.send("GET", f"/files/{file}/process/status")["status"]) not in ("completed", "failed"):
                time.sleep(0.2)
            if status == "failed":
                raise SystemExit(f"{files[file]} could not be read")
            client.send("POST", f"/knowledge/{knowledge}/file/add", {"file_id": file})
        print(f"\n{folder}: {len(files)} documents\n{'':<34}{'n':>4}{'R@1':>8}{'R@3':>8}{'MRR':>8}")
        groups = {"all": questions}
        for question in questions:
            groups.setdefault(f"{question['lang']} {'cross-lingual' if question['kind'] == 'cross' else 'same language'}", []).append(question)
        ranks = {mode: {q["id"]: rank(client, knowledge, q, options, files) for q in questions} for mode, options in MODES.items()}
        for group, members in groups.items():
            scores = {mode: line(f"{group}, {mode}", [ranks[mode][q["id"]] for q in members]) for mode in MODES}
            worse = worse or scores["fusion"] < max(scores["vectors"], scores["keywords"]) - 0.01 and "cross" not in group
        missed = [f"{q['id']} ({ranks['vectors'][q['id']]}, {ranks['keywords'][q['id']]}, {ranks['fusion'][q['id']]})"
                  for q in questions if ranks["fusion"][q["id"]] != 1 and q["kind"] != "cross"]
        print("not first, as id (vectors, keywords, fusion):", ", ".join(missed) or "none")
        for question in questions if dump is not None else []:
            query = urllib.parse.urlencode({"collection_name": knowledge, "query": question["question"], "k": 100})
            why = client.send("GET", f"/retrieval/explain?{query}")
            for passage in why["passages"]:
                passage["doc"] = files.get(passage["metadata"].get("file_id"))
            dump.append({"folder": folder.name, **question, "why": why})
    finally:
        client.send("DELETE", f"/knowledge/{knowledge}/delete")
        for file in files:
            client.send("DELETE", f"/files/{file}")
    return worse


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=pathlib.Path, default=[HERE.parents[1] / "Tests/Retrieval/corpus", HERE / "corpus"])
    parser.add_argument("--dump", type=pathlib.Path)
    arguments = parser.parse_args()
    client = Client()
    client.sign_in()
    dump = [] if arguments.dump else None
    results = [measure(client, folder, dump) for folder in arguments.folders]
    if arguments.dump:
        arguments.dump.write_text(json.dumps(dump, ensure_ascii=False))
    sys.exit(1 if any(results) else 0)


if __name__ == "__main__":
    main()
