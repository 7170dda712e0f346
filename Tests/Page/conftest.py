"""A browser, people who are signed in, and an eye on what the browser complains about."""
import os
import pathlib
import re
import uuid

import pytest
import requests
from playwright.sync_api import Page, expect, sync_playwright

URL = os.environ["PAGE_URL"]
UPSTREAM = os.environ["UPSTREAM_URL"]
ARTIFACTS = pathlib.Path(os.environ["PAGE_ARTIFACTS"])
PASSWORD = "Passw0rd!"
ADMIN = "admin@example.com"

expect.set_options(timeout=30_000)


class Account:
    """Somebody with a session, also for requests beside the browser."""

    def __init__(self, email: str, password: str = PASSWORD, name: str = ""):
        self.email, self.password, self.name = email, password, name
        answer = requests.post(f"{URL}/api/v1/auths/signin", json={"email": email, "password": password}, timeout=30)
        answer.raise_for_status()
        self.token, self.id = answer.json()["token"], answer.json()["id"]

    def call(self, method: str, path: str, body=None, **options):
        answer = requests.request(method, URL + path, json=body, headers={"Authorization": f"Bearer {self.token}"}, timeout=60, **options)
        answer.raise_for_status()
        return answer.json()


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ["PAGE_BROWSER"], args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser, request):
    """Makes pages: `open_page(account, path, locale=..., ...)`. What a page complains about fails the test."""
    contexts, complaints = [], []

    def make(account: Account | None = None, path: str | None = "/", **options) -> Page:
        options = {"locale": "en-US", "viewport": {"width": 1280, "height": 820}, **options}
        context = browser.new_context(**options)
        contexts.append(context)
        if account:
            context.add_cookies([{"name": "token", "value": account.token, "url": URL, "httpOnly": True, "sameSite": "Lax"}])
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.dialogs = []
        page.on("dialog", lambda dialog: (page.dialogs.append(dialog.message), dialog.dismiss()))
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        # Answers that are no success are the tests' own business; refusals of the content policy are not.
        page.on("console", lambda message: complaints.append(message.text)
                if message.type in ("error", "warning") and "Failed to load resource" not in message.text else None)
        page.complaints = complaints
        if path is not None:
            page.goto(URL + path)
        return page

    yield make
    for context in contexts:
        if getattr(request.node, "failed", False):
            for number, page in enumerate(context.pages):
                page.screenshot(path=ARTIFACTS / f"FAILED-{request.node.name}-{number}.png")
        context.close()
    assert not complaints, complaints


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    if call.when == "call":
        item.failed = outcome.get_result().failed


@pytest.fixture(scope="session")
def admin(browser) -> Account:
    """The first account, made on the page by whoever comes first."""
    config = requests.get(f"{URL}/api/config", timeout=30).json()
    if config.get("onboarding"):
        context = browser.new_context(locale="en-US", viewport={"width": 1280, "height": 820})
        page = context.new_page()
        page.goto(URL)
        expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
        page.screenshot(path=ARTIFACTS / "first-run.png")
        page.get_by_label("Name").fill("Ada Admin")
        page.get_by_label("E-mail").fill(ADMIN)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Create account").click()
        expect(page.get_by_role("heading", name="Hello, Ada Admin")).to_be_visible()
        context.close()
    return Account(ADMIN, name="Ada Admin")


@pytest.fixture
def person(admin) -> Account:
    """A new account with the role User that may use the echo models."""
    email = f"{uuid.uuid4().hex[:10]}@example.com"
    admin.call("POST", "/api/v1/auths/add", {"name": "Kim Person", "email": email, "password": PASSWORD, "role": "user"})
    for model in ("echo-1",):
        admin.call("POST", "/api/v1/models/model/access/update", {
            "id": model, "name": model, "access_grants": [{"principal_type": "user", "principal_id": "*", "permission": "read"}]})
    return Account(email, name="Kim Person")


@pytest.fixture
def shot(request):
    """Keeps a picture: `shot(page, "name")`."""
    return lambda page, name: page.screenshot(path=ARTIFACTS / f"{name}.png")


def ask(page: Page, text: str, answered: bool = True):
    """Sends a question and waits for the end of its answer."""
    count = page.locator(".message.assistant").count()
    page.get_by_label("Message", exact=True).fill(text)
    page.keyboard.press("Enter")
    if answered:
        expect(page.locator(".message.assistant")).to_have_count(count + 1)
        expect(page.get_by_role("button", name="Stop the answer")).to_be_hidden()


def choose_model(page: Page, name: str):
    page.get_by_role("button", name=re.compile("^Model:")).click()
    page.get_by_role("searchbox", name="Search models").fill(name)
    page.get_by_role("option").filter(has=page.get_by_text(name, exact=True)).first.click()
    expect(page.get_by_role("button", name=f"Model: {name}")).to_be_visible()


def new_chat(page: Page, model: str = "echo-1"):
    page.goto(URL + "/")
    expect(page.get_by_label("Message", exact=True)).to_be_visible()
    if not page.get_by_role("button", name=f"Model: {model}").count():
        choose_model(page, model)


def upstream_log(**filters) -> list[dict]:
    answer = requests.get(f"{UPSTREAM}/__log", params=filters, timeout=30).json()
    return answer if isinstance(answer, list) else answer["entries"]
