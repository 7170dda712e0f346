"""Change of the server's secret, with sessions and stored secrets going on."""
import re
import sqlite3

SEALED = re.compile(r"v1\.([^.\"\s]+)\.[^\"\s]+")


def sealed(server):
    """Every text that lies encrypted anywhere in the database: {table.column: {ids of keys}}."""
    found = {}
    with sqlite3.connect(f"file:{server.data}/haneul.db?mode=ro", uri=True) as database:
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'").fetchall():
            cursor = database.execute(f'SELECT * FROM "{table}"')
            names = [column[0] for column in cursor.description]
            for row in cursor:
                for name, value in zip(names, row):
                    if isinstance(value, str):
                        for id in SEALED.findall(value):
                            found.setdefault(f"{table}.{name}", set()).add(id)
    return found


def test_everything_that_is_sealed_is_sealed_anew(make_server):
    """Fills every place that holds a secret, changes the secret twice, and looks at every text of every table."""
    server = make_server(WEBUI_SECRET_KEY="")
    admin = server.admin
    server.call("POST", "/openai/config/update", admin, json={
        "ENABLE_OPENAI_API": True, "OPENAI_API_BASE_URLS": ["http://127.0.0.1:9/v1"], "OPENAI_API_KEYS": ["sk-of-openai"],
        "OPENAI_API_CONFIGS": {"0": {"headers": {"X-Secret": "header-of-openai"}}}})
    server.call("POST", "/ollama/config/update", admin, json={
        "ENABLE_OLLAMA_API": True, "OLLAMA_BASE_URLS": ["http://127.0.0.1:9"], "OLLAMA_API_CONFIGS": {"0": {"key": "key-of-ollama"}}})
    key = server.call("POST", "/api/v1/auths/api_key", admin).json()["api_key"]
    valves = "    class Valves(BaseModel):\n        key: str = ''\n    class UserValves(BaseModel):\n        own: str = ''\n"
    filter = "from pydantic import BaseModel\nclass Filter:\n" + valves + "    def inlet(self, body):\n        return body\n"
    tools = "from pydantic import BaseModel\nclass Tools:\n" + valves + "    def now(self) -> str:\n        \"\"\"The time.\"\"\"\n        return 'now'\n"
    has_python = False
    for kind, code in (("functions", filter), ("tools", tools)):
        answer = server.call("POST", f"/api/v1/{kind}/create", admin, json={"id": "sealed", "name": "S", "content": code, "meta": {}})
        if answer.status_code != 200:
            continue  # no Python that functions could run in
        has_python = True
        server.call("POST", "/api/v1/functions/id/sealed/toggle", admin)
        for path, values in (("valves/update", {"key": f"valve-of-{kind}"}), ("valves/user/update", {"own": f"own-of-{kind}"})):
            answer = server.call("POST", f"/api/v1/{kind}/id/sealed/{path}", admin, json=values)
            assert answer.status_code == 200, answer.text
    secrets = ["sk-of-openai", "header-of-openai", "key-of-ollama", key] + [a + b for a in ("valve-of-", "own-of-") for b in ("functions", "tools") if has_python]

    def check():
        assert server.call("GET", "/openai/config", admin).json()["OPENAI_API_KEYS"] == ["sk-of-openai"]
        assert "header-of-openai" in server.call("GET", "/openai/config", admin).text and "key-of-ollama" in server.call("GET", "/ollama/config", admin).text
        assert server.call("GET", "/api/v1/auths/api_key", admin).json()["api_key"] == key
        for kind in ("functions", "tools") if has_python else ():
            assert server.call("GET", f"/api/v1/{kind}/id/sealed/valves", admin).json() == {"key": f"valve-of-{kind}"}
            assert server.call("GET", f"/api/v1/{kind}/id/sealed/valves/user", admin).json() == {"own": f"own-of-{kind}"}

    check()
    server.stop()
    before = sealed(server)
    assert set(before) == {"setting.value", "api_key.sealed"} | ({"valves.sealed"} if has_python else set())
    for name in ("haneul.db", "haneul.db-wal"):
        try:
            data = open(f"{server.data}/{name}", "rb").read()
        except FileNotFoundError:
            continue
        for secret in secrets:
            assert secret.encode() not in data, (name, secret)
    for _ in range(2):
        assert server.run("keys", "rotate-secret").returncode == 0
        after = sealed(server)
        assert set(after) == set(before)
        for place, ids in after.items():
            assert ids.isdisjoint(before[place]), place
        before = after
        server.start()
        check()
        server.stop()
    server.start()


def test_rotation(make_server):
    server = make_server(WEBUI_SECRET_KEY="")
    server.call("POST", "/openai/config/update", server.admin, json={
        "ENABLE_OPENAI_API": True, "OPENAI_API_BASE_URLS": ["http://127.0.0.1:9/v1"], "OPENAI_API_KEYS": ["sk-upstream"], "OPENAI_API_CONFIGS": {}})
    key = server.call("POST", "/api/v1/auths/api_key", server.admin).json()["api_key"]
    assert server.run("keys", "rotate-secret").returncode != 0  # the server runs
    server.stop()

    def stored():
        with sqlite3.connect(server.data + "/haneul.db") as database:
            texts = [row[0] for row in database.execute("SELECT value FROM setting UNION ALL SELECT sealed FROM api_key WHERE sealed IS NOT NULL")]
        text = " ".join(texts)
        assert "sk-upstream" not in text and key not in text
        return {part.split(".")[1] for part in text.replace('"', " ").split() if part.startswith("v1.")}

    before, old = stored(), open(server.data + "/secret.key").read()
    answer = server.run("keys", "rotate-secret")
    assert answer.returncode == 0 and "Encrypted 3 stored secrets" in answer.stdout or "Encrypted 2 stored secrets" in answer.stdout, answer
    assert stored().isdisjoint(before) and open(server.data + "/secret.key").read() != old
    server.start()
    assert server.call("GET", "/api/v1/auths/", server.admin).status_code == 200
    assert server.call("GET", "/api/v1/auths/api_key", server.admin).json()["api_key"] == key
    assert server.call("GET", "/openai/config", server.admin).json()["OPENAI_API_KEYS"] == ["sk-upstream"]
    fresh = server.call("POST", "/api/v1/auths/signin", json={"email": "admin@example.com", "password": "Passw0rd!"}).json()["token"]
    server.stop()
    assert server.run("keys", "rotate-secret", "--forget-earlier").returncode == 0
    server.start()
    assert server.call("GET", "/api/v1/auths/", server.admin).status_code == 401
    assert server.call("GET", "/api/v1/auths/", fresh).status_code == 200
    assert server.call("GET", "/openai/config", fresh).json()["OPENAI_API_KEYS"] == ["sk-upstream"]
    assert server.call("GET", "/api/models", key).status_code == 200


def test_a_configured_secret_changes(make_server):
    server = make_server(WEBUI_SECRET_KEY="first secret")
    server.call("POST", "/openai/config/update", server.admin, json={
        "ENABLE_OPENAI_API": True, "OPENAI_API_BASE_URLS": ["http://127.0.0.1:9/v1"], "OPENAI_API_KEYS": ["sk-upstream"], "OPENAI_API_CONFIGS": {}})
    server.stop()
    assert server.run("keys", "rotate-secret").returncode != 0
    # Without the earlier secret nothing can be read, and the command says so.
    answer = server.run("keys", "rotate-secret", "--configured", WEBUI_SECRET_KEY="second secret")
    assert answer.returncode != 0 and "WEBUI_SECRET_KEY_PREVIOUS" in answer.stderr
    server.environment.update(WEBUI_SECRET_KEY="second secret", WEBUI_SECRET_KEY_PREVIOUS="zeroth secret;first secret")
    server.start()
    assert server.call("GET", "/openai/config", server.admin).json()["OPENAI_API_KEYS"] == ["sk-upstream"]
    server.stop()
    # The start has encrypted everything anew: the earlier secret is only needed for sessions now.
    server.environment.update(WEBUI_SECRET_KEY_PREVIOUS="")
    server.start()
    assert server.call("GET", "/api/v1/auths/", server.admin).status_code == 401
    token = server.call("POST", "/api/v1/auths/signin", json={"email": "admin@example.com", "password": "Passw0rd!"}).json()["token"]
    assert server.call("GET", "/openai/config", token).json()["OPENAI_API_KEYS"] == ["sk-upstream"]
