import uuid
import pytest, requests
from clients import BASE, Client


@pytest.fixture(scope="session")
def admin():
    body = {"name": "Admin", "email": "admin@example.com", "password": "Passw0rd!"}
    answer = requests.post(BASE + "/api/v1/auths/signup", json=body)
    if answer.status_code != 200:
        answer = requests.post(BASE + "/api/v1/auths/signin", json=body)
    return Client(answer.json()["token"])


@pytest.fixture
def user(admin):
    body = {"name": "Kit", "email": f"{uuid.uuid4()}@example.com", "password": "Passw0rd!", "role": "user"}
    return Client(admin.ok("POST", "/api/v1/auths/add", body)["token"])
