"""Change of the server's secret, with sessions and stored secrets going on."""
import sqlite3


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
