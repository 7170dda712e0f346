"""What this project promises beyond the contract. BASE_URL, UPSTREAM_URL and OLLAMA_UPSTREAM_URL come from run.sh."""
import os
import pathlib

import pytest
import requests

BASE = os.environ["BASE_URL"]
ROOT = pathlib.Path(__file__).resolve().parents[3]
CORPUS = ROOT / "Tests/Retrieval/corpus"
EMAIL, PASSWORD = "admin@example.com", "Passw0rd!"


@pytest.fixture(scope="session")
def admin():
    session = requests.Session()
    answer = requests.post(BASE + "/api/v1/auths/signin", json={"email": EMAIL, "password": PASSWORD}, timeout=30)
    session.headers["Authorization"] = "Bearer " + answer.json()["token"]
    return session


@pytest.fixture
def upload(admin):
    made = []

    def put(name, data):
        answer = admin.post(BASE + "/api/v1/files/?process_in_background=false", files={"file": (name, data)}, timeout=120)
        assert answer.status_code == 200, answer.text
        made.append(answer.json()["id"])
        return made[-1]

    yield put
    for one in made:
        admin.delete(BASE + "/api/v1/files/" + one)
