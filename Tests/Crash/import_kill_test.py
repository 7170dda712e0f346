"""Kills an import with SIGKILL at random moments and runs it again, until it is through; then compares with an import that was left alone.

    python import_kill_test.py .build/debug/haneul [kills]
"""
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

binary, kills = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 12
here = os.path.dirname(os.path.abspath(__file__))
work = tempfile.mkdtemp(prefix="haneul-import-kill-")
source = work + "/source"
shutil.copytree(here + "/../Fixtures/OpenWebUI", source)
user = "0a000000-0000-4000-8000-000000000002"
with sqlite3.connect(source + "/webui.db") as database:
    for index in range(1500):
        text = json.dumps({"title": f"chat {index}", "history": {"currentId": "m", "messages": {"m": {
            "id": "m", "parentId": None, "childrenIds": [], "role": "user", "content": "words " * 50}}}})
        database.execute(
            "INSERT INTO chat (id, user_id, title, created_at, updated_at, archived, chat, pinned, meta, variables) VALUES (?,?,?,1700000000,1700000000,0,?,0,'{}','{}')",
            (f"k{index}", user, f"chat {index}", text))
    for index in range(150):
        id = f"ff{index:06d}-0000-4000-8000-000000000000"
        with open(f"{source}/uploads/{id}_f.txt", "wb") as file:
            file.write(os.urandom(50_000))
        database.execute(
            "INSERT INTO file (id, user_id, filename, meta, created_at, data, updated_at, path) VALUES (?,?,?,'{}',1700000000,'{}',1700000000,?)",
            (id, user, "f.txt", f"/x/uploads/{id}_f.txt"))
        database.execute(
            "INSERT INTO knowledge_file (id, user_id, knowledge_id, file_id, created_at, updated_at) VALUES (?,?,'kb1',?,1700000000,1700000000)",
            (f"l{index}", user, id))


def run(data, seconds=None):
    """The report; None when it was killed."""
    process = subprocess.Popen(
        [binary, "import", "open-webui", source, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "DATA_DIR": data, "WEBUI_SECRET_KEY": "s"}, cwd=work)
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return None
    assert process.returncode == 0, err
    return json.loads(out)


def content(data):
    """Everything that counts, without the times of writing."""
    with sqlite3.connect(data + "/haneul.db") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        queries = [
            "SELECT id, email, role, password_hash FROM user", "SELECT user_id, kind, digest FROM api_key", "SELECT id, name FROM user_group",
            "SELECT group_id, user_id FROM user_group_member", "SELECT resource_kind, resource_id, principal_type, principal_id, permission FROM access_grant",
            "SELECT id, user_id, filename, size, file_hash, state FROM file", "SELECT id, name FROM knowledge", "SELECT id, parent_id, name FROM knowledge_directory",
            "SELECT knowledge_id, file_id, directory_id FROM knowledge_file", "SELECT id, name, params FROM model", "SELECT id, parent_id, name FROM chat_folder",
            "SELECT chat.id, user_id, title, is_archived, is_pinned, folder_id, share_id, meta, content FROM chat JOIN chat_content USING (position)",
            "SELECT tag_id, name FROM chat_tag", "SELECT id, title, content FROM chat_share", "SELECT name FROM setting", "SELECT kind, id FROM imported_item",
            "SELECT count(*) FROM chat_keyword",
        ]
        rows = [sorted(map(repr, database.execute(query).fetchall())) for query in queries]
    blobs = {name: os.path.getsize(f"{data}/uploads/{name}") for name in os.listdir(data + "/uploads")}
    return rows, blobs


begin = time.time()
run(work + "/clean")
whole = time.time() - begin
done, killed = None, 0
while done is None:
    if killed < kills:
        done = run(work + "/killed", random.uniform(0.1, whole / 4))
        killed += done is None
    else:
        done = run(work + "/killed")
clean, survived = content(work + "/clean"), content(work + "/killed")
for left, right in zip(clean[0], survived[0]):
    assert left == right, (len(left), len(right), [x for x in right if x not in left][:3], [x for x in left if x not in right][:3])
assert clean[1] == survived[1]
again = run(work + "/killed")
assert all(item["taken"] == 0 for item in again["items"]), again["items"]
print(f"killed {killed} times in an import of {whole:.1f} s: the same {len(clean[0][11])} chats and {len(clean[1])} files as without")
shutil.rmtree(work)
