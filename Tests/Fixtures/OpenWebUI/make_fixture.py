"""Writes webui.db and uploads/ beside this file: a small Open WebUI 0.12 database with what an import must take and what it must
refuse. The tables are written down here from looking at a database, with the columns that matter.

    python make_fixture.py      (needs the package bcrypt)
"""
import json
import os
import shutil
import sqlite3

import bcrypt

here = os.path.dirname(os.path.abspath(__file__))
T = 1_700_000_000
ADMIN, USER, OTHER = "0a000000-0000-4000-8000-000000000001", "0a000000-0000-4000-8000-000000000002", "0a000000-0000-4000-8000-000000000003"
FILE, SPARE, LOST = "0f000000-0000-4000-8000-000000000001", "0f000000-0000-4000-8000-000000000002", "0f000000-0000-4000-8000-000000000003"

SCHEMA = """
PRAGMA page_size = 512;
CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL);
CREATE TABLE "user" (id VARCHAR PRIMARY KEY, name VARCHAR, email VARCHAR, role VARCHAR, profile_image_url TEXT, last_active_at BIGINT,
    updated_at BIGINT, created_at BIGINT, username VARCHAR(50), bio TEXT, gender TEXT, date_of_birth DATE, timezone VARCHAR,
    status_emoji VARCHAR, status_message TEXT, status_expires_at BIGINT, oauth JSON, info JSON, settings JSON, scim JSON, variables JSON);
CREATE TABLE auth (id VARCHAR PRIMARY KEY, email VARCHAR, password TEXT, active BOOLEAN, mfa JSON, session_stamp TEXT);
CREATE TABLE api_key (id TEXT PRIMARY KEY, user_id TEXT, key TEXT, data JSON, expires_at BIGINT, last_used_at BIGINT, created_at BIGINT,
    updated_at BIGINT);
CREATE TABLE "group" (id TEXT PRIMARY KEY, user_id TEXT, name TEXT, description TEXT, data JSON, meta JSON, permissions JSON,
    created_at BIGINT, updated_at BIGINT, parent_group_id TEXT);
CREATE TABLE group_member (id TEXT PRIMARY KEY, group_id TEXT, user_id TEXT, created_at BIGINT, updated_at BIGINT);
CREATE TABLE access_grant (id TEXT PRIMARY KEY, resource_type TEXT, resource_id TEXT, principal_type TEXT, principal_id TEXT,
    permission TEXT, created_at BIGINT);
CREATE TABLE file (id VARCHAR PRIMARY KEY, user_id VARCHAR, filename TEXT, meta JSON, created_at BIGINT, hash TEXT, data JSON,
    updated_at BIGINT, path TEXT);
CREATE TABLE knowledge (id TEXT PRIMARY KEY, user_id TEXT, name TEXT, description TEXT, meta JSON, created_at BIGINT, updated_at BIGINT,
    data JSON);
CREATE TABLE knowledge_directory (id TEXT PRIMARY KEY, knowledge_id TEXT, parent_id TEXT, name TEXT, user_id TEXT, created_at BIGINT,
    updated_at BIGINT);
CREATE TABLE knowledge_file (id TEXT PRIMARY KEY, user_id TEXT, knowledge_id TEXT, file_id TEXT, created_at BIGINT, updated_at BIGINT,
    directory_id TEXT);
CREATE TABLE model (id TEXT PRIMARY KEY, user_id TEXT, base_model_id TEXT, name TEXT, params TEXT, meta TEXT, updated_at BIGINT,
    created_at BIGINT, is_active BOOLEAN, version_id TEXT);
CREATE TABLE folder (id TEXT PRIMARY KEY, parent_id TEXT, user_id TEXT, name TEXT, items JSON, meta JSON, is_expanded BOOLEAN,
    created_at BIGINT, updated_at BIGINT, data JSON);
CREATE TABLE tag (id VARCHAR, name VARCHAR, user_id VARCHAR, meta JSON, PRIMARY KEY (id, user_id));
CREATE TABLE chat (id VARCHAR PRIMARY KEY, user_id VARCHAR, title TEXT, created_at BIGINT, updated_at BIGINT, share_id TEXT,
    archived BOOLEAN, chat JSON, pinned BOOLEAN, meta JSON, folder_id TEXT, tasks JSON, variables JSON);
CREATE TABLE shared_chat (id TEXT PRIMARY KEY, chat_id TEXT, user_id TEXT, title TEXT, chat JSON, created_at BIGINT, updated_at BIGINT);
CREATE TABLE config ("key" TEXT PRIMARY KEY, value JSON, updated_at BIGINT);
CREATE TABLE prompt (id TEXT PRIMARY KEY, command VARCHAR UNIQUE, user_id VARCHAR, name TEXT, content TEXT, data JSON, meta JSON, tags JSON,
    is_active BOOLEAN, version_id TEXT, created_at BIGINT, updated_at BIGINT);
CREATE TABLE prompt_history (id TEXT PRIMARY KEY, prompt_id TEXT, parent_id TEXT, snapshot JSON, user_id TEXT, commit_message TEXT,
    created_at BIGINT);
CREATE TABLE memory (id VARCHAR PRIMARY KEY, user_id VARCHAR, type VARCHAR, path TEXT, content TEXT, meta JSON, updated_at BIGINT,
    created_at BIGINT);
CREATE TABLE note (id TEXT PRIMARY KEY, user_id TEXT, title TEXT, data JSON, meta JSON, created_at BIGINT, updated_at BIGINT);
CREATE TABLE pinned_note (id TEXT PRIMARY KEY, user_id TEXT, note_id TEXT, created_at BIGINT);
CREATE TABLE skill (id VARCHAR PRIMARY KEY, user_id VARCHAR, name TEXT UNIQUE, description TEXT, content TEXT, data JSON, version_id TEXT,
    meta JSON, is_active BOOLEAN, updated_at BIGINT, created_at BIGINT);
CREATE TABLE feedback (id TEXT PRIMARY KEY);
CREATE TABLE function (id VARCHAR PRIMARY KEY, user_id VARCHAR, name TEXT, type TEXT, content TEXT, meta TEXT, valves TEXT, is_active BOOLEAN,
    is_global BOOLEAN, updated_at BIGINT, created_at BIGINT, version_id TEXT);
CREATE TABLE tool (id VARCHAR PRIMARY KEY, user_id VARCHAR, name TEXT, content TEXT, specs TEXT, meta TEXT, valves TEXT, updated_at BIGINT,
    created_at BIGINT, version_id TEXT);
"""

path = os.path.join(here, "webui.db")
for stale in (path, path + "-wal", path + "-shm"):
    if os.path.exists(stale):
        os.remove(stale)
uploads = os.path.join(here, "uploads")
shutil.rmtree(uploads, ignore_errors=True)
os.mkdir(uploads)
db = sqlite3.connect(path)
db.executescript(SCHEMA)


def put(table, **values):
    values = {k: json.dumps(v, ensure_ascii=False) if isinstance(v, (dict, list)) else v for k, v in values.items()}
    names = ", ".join(f'"{k}"' for k in values)
    db.execute(f'INSERT INTO "{table}" ({names}) VALUES ({", ".join("?" * len(values))})', list(values.values()))


def account(id, name, email, role, password, active=1, stamp="stamp", **more):
    put("user", id=id, name=name, email=email, role=role, profile_image_url=more.pop("image", "/user.png"), last_active_at=T, updated_at=T,
        created_at=T, oauth="null", info="null", settings=more.pop("settings", {"ui": {"theme": "dark"}}), **more)
    salted = bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()
    put("auth", id=id, email=email, password=salted, active=active, mfa="null", session_stamp=stamp)


account(ADMIN, "Admin", "Admin@Example.com", "admin", "old admin")
account(USER, "박서연", "seoyeon@example.com", "user", "옛날 비밀번호", stamp="stamp of seoyeon", settings={
    "ui": {"theme": "dark"}, "tools": {"valves": {"clock": {"zone": "own-secret-zone"}, "gone": {"a": 1}}}})
account(OTHER, "Gone\x1b[2J", "off@example.com", "user", "x", active=0, image="javascript:alert(1)")
put("user", id="0a000000-0000-4000-8000-000000000004", name="No mail", email="", role="user", created_at=T)

put("api_key", id="k1", user_id=USER, key="sk-0123456789abcdef0123456789abcdef", created_at=T, updated_at=T)
put("api_key", id="k2", user_id=ADMIN, key="sk-fedcba9876543210fedcba9876543210", expires_at=T, created_at=T, updated_at=T)
put("api_key", id="k3", user_id="nobody", key="sk-00112233445566778899aabbccddeeff", created_at=T, updated_at=T)

put("group", id="g1", user_id=ADMIN, name="Readers", description="", permissions={"workspace": {"prompts": True}}, created_at=T, updated_at=T)
put("group_member", id="m1", group_id="g1", user_id=USER, created_at=T, updated_at=T)
put("group_member", id="m2", group_id="g1", user_id="nobody", created_at=T, updated_at=T)

text = "남극 기지의 관측 일지. 펭귄 마흔두 마리가 12월 3일에 돌아왔다.\nThe turbine number seven was replaced in Busan.\n"
with open(os.path.join(uploads, FILE + "_일지.txt"), "w", encoding="utf-8") as file:
    file.write(text)
with open(os.path.join(uploads, "notes.md"), "w", encoding="utf-8") as file:
    file.write("# Kept as it was\n")
meta = {"name": "일지.txt", "content_type": "text/plain", "size": 1, "data": {"from": "client"}}
done = {"status": "completed", "content": text}
put("file", id=FILE, user_id=ADMIN, filename="일지.txt", meta=meta, created_at=T, data=done, updated_at=T, path=f"/app/backend/data/uploads/{FILE}_일지.txt")
put("file", id=SPARE, user_id=USER, filename="notes.md", meta={}, created_at=T, data="null", updated_at=T, path="C:\\data\\uploads\\notes.md")
put("file", id=LOST, user_id=USER, filename="lost.txt", meta={}, created_at=T, data=done, updated_at=T, path="/app/uploads/lost.txt")
put("file", id="f-cloud", user_id=USER, filename="cloud.txt", meta={}, created_at=T, data=done, updated_at=T, path="s3://bucket/cloud.txt")
put("file", id="f-above", user_id=USER, filename="above", meta={}, created_at=T, data=done, updated_at=T, path="/app/uploads/..")
put("file", id="../../etc/x", user_id=USER, filename="name", meta={}, created_at=T, data=done, updated_at=T, path="/app/uploads/notes.md")
put("file", id="f-broken", user_id=USER, filename="broken", meta="{", created_at=T, data="{", updated_at=T, path="")

put("knowledge", id="kb1", user_id=ADMIN, name="일지", description="d", meta="null", created_at=T, updated_at=T)
put("knowledge_directory", id="d2", knowledge_id="kb1", parent_id="d1", name="inner", user_id=ADMIN, created_at=T, updated_at=T)
put("knowledge_directory", id="d1", knowledge_id="kb1", name="outer", user_id=ADMIN, created_at=T, updated_at=T)
put("knowledge_file", id="kf1", user_id=ADMIN, knowledge_id="kb1", file_id=FILE, directory_id="d2", created_at=T, updated_at=T)
put("knowledge_file", id="kf2", user_id=ADMIN, knowledge_id="kb1", file_id=LOST, created_at=T, updated_at=T)
put("access_grant", id="a1", resource_type="knowledge", resource_id="kb1", principal_type="group", principal_id="g1", permission="read", created_at=T)
put("access_grant", id="a2", resource_type="model", resource_id="helper", principal_type="user", principal_id="*", permission="read", created_at=T)
put("access_grant", id="a3", resource_type="model", resource_id="helper", principal_type="user", principal_id="nobody", permission="write", created_at=T)

put("model", id="helper", user_id=ADMIN, base_model_id="echo-1", name="Helper", params={"system": "Be kind."}, meta={"description": "d"},
    created_at=T, updated_at=T, is_active=1, version_id="v1")

put("folder", id="fo2", parent_id="fo1", user_id=USER, name="Inner", is_expanded=0, created_at=T, updated_at=T)
put("folder", id="fo1", user_id=USER, name="Work", is_expanded=1, created_at=T, updated_at=T)
put("folder", id="fo3", parent_id="fo4", user_id=USER, name="Circle", created_at=T, updated_at=T)
put("folder", id="fo4", parent_id="fo3", user_id=USER, name="Circle too", created_at=T, updated_at=T)
put("tag", id="sea_life", name="Sea Life", user_id=USER)


def content(title):
    return {"title": title, "models": ["echo-1"], "custom": 1.0, "history": {"currentId": "m2", "messages": {
        "m1": {"id": "m1", "parentId": None, "childrenIds": ["m2"], "role": "user", "content": "고래는 왜 노래하나요?"},
        "m2": {"id": "m2", "parentId": "m1", "childrenIds": [], "role": "assistant", "content": "서로를 부르려고요."}}}}


def chat(id, title, owner=USER, **more):
    put("chat", id=id, user_id=owner, title=title, created_at=T, updated_at=more.pop("updated", T), archived=more.pop("archived", 0),
        chat=more.pop("chat", content(title)), pinned=more.pop("pinned", 0), meta=more.pop("meta", {}), variables={}, **more)


chat("c1", "고래 이야기", meta={"tags": ["sea_life"]}, folder_id="fo2", share_id="s1")
chat("c2", "Pinned", pinned=1, updated=T * 1_000_000_000)
chat("c3", "Archived", archived=1)
chat("c4", "Nobody's", owner="nobody")
chat("c5", "Broken", chat="{")
put("shared_chat", id="s1", chat_id="c1", user_id=USER, title="고래 이야기", chat=content("고래 이야기"), created_at=T, updated_at=T)

for key, value in {
    "openai.enable": True, "openai.api_base_urls": ["http://127.0.0.1:9/v1"], "openai.api_keys": ["sk-upstream-secret"], "openai.api_configs": {},
    "ui.enable_signup": False, "ui.default_user_role": "user", "auth.jwt_expiry": "never ever", "user.permissions": {"features": {"api_keys": True}},
    "audio.tts.voice": "alloy",
}.items():
    put("config", key=key, value=json.dumps(value), updated_at=T)
put("prompt", id="p1", command="/sum", user_id=ADMIN, name="Sum", content="Sum {{text}} up.", data={}, meta={}, tags=["work"], is_active=1,
    version_id="v2", created_at=T, updated_at=T + 5)
put("prompt", id="p2", command="ghost", user_id="nobody", name="", content="", is_active=1, created_at=T, updated_at=T)
for version, parent, content in [("v1", None, "Sum up."), ("v2", "v1", "Sum {{text}} up.")]:
    put("prompt_history", id=version, prompt_id="p1", parent_id=parent, user_id=ADMIN, commit_message=version, created_at=T,
        snapshot={"name": "Sum", "content": content, "command": "/sum", "access_grants": [{"principal_id": "nobody"}]})
put("access_grant", id="a5", resource_type="prompt", resource_id="p1", principal_type="user", principal_id="*", permission="read", created_at=T)
put("memory", id="m1", user_id=USER, type="user", path="home", content="차를 좋아함", updated_at=T, created_at=T)
put("memory", id="m2", user_id=USER, type="context", content=" ", updated_at=T, created_at=T)
put("note", id="n1", user_id=USER, title="할 일", data={"content": {"md": "장보기"}}, created_at=T * 10**9, updated_at=T * 10**9 + 1)
put("pinned_note", id="pin", user_id=USER, note_id="n1", created_at=T * 10**9)
put("skill", id="s1", user_id=ADMIN, name="Brief", description="d", content="Be brief.", meta={"tags": []}, is_active=1, version_id="sv",
    data={"files": [{"path": "SKILL.md", "content": "Be brief."}, {"path": "x.txt", "content": "x"}]}, updated_at=T, created_at=T)
put("feedback", id="f1")
code = "class Filter:\n    def inlet(self, body):\n        return body\n"
put("function", id="shout", user_id=ADMIN, name="Shout", type="filter", content=code, meta={"description": "d", "manifest": {}, "toggle": False},
    valves={"token": "function-secret-token"}, is_active=1, is_global=0, created_at=T, updated_at=T)
put("function", id="empty", user_id=ADMIN, name="Empty", type="pipe", content="pass", meta={}, is_active=1, is_global=1, created_at=T, updated_at=T)
code = "class Tools:\n    def now(self) -> str:\n        \"\"\"time\"\"\"\n        return 'now'\n"
put("tool", id="clock", user_id=ADMIN, name="Clock", content=code, specs="[]", meta={"description": "d"}, valves={"key": "tool-secret-key"},
    created_at=T, updated_at=T)
put("tool", id="bad-id", user_id=ADMIN, name="Bad", content=code, specs="[]", meta={}, created_at=T, updated_at=T)
put("access_grant", id="a4", resource_type="tool", resource_id="clock", principal_type="group", principal_id="g1", permission="read", created_at=T)
db.commit()
db.execute("VACUUM")
db.close()
