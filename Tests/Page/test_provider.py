"""Sign-in at an identity provider, and what a refused one shows, with a server of its own."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import pytest
import requests
from conftest import URL, expect

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "OpenIDConnect"))
from identity_provider import free_port, running_provider, wait_for  # noqa: E402


@pytest.fixture(scope="module")
def provider():
    with running_provider() as base:
        for subject, values in {"sub-1": {"email": "mina@example.com", "name": "Mina Kim", "email_verified": True},
                                "sub-2": {"email": "owner@example.com", "name": "Thief", "email_verified": False}}.items():
            assert requests.put(f"{base}/users/{subject}", json=values, timeout=10).status_code < 300
        yield base


@pytest.fixture(scope="module")
def server(provider):
    folder, port = tempfile.mkdtemp(prefix="haneul-page-"), free_port()
    base = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [os.environ["PAGE_BINARY"], "serve"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder,
        env={**os.environ, "DATA_DIR": folder + "/data", "HOST": "127.0.0.1", "PORT": str(port), "WEBUI_URL": base, "WEBUI_DIR": os.environ.get("HANEUL_PAGE_DIR", ""),
             "OPENID_PROVIDER_URL": provider + "/.well-known/openid-configuration", "OAUTH_CLIENT_ID": "haneul", "OAUTH_CLIENT_SECRET": "client secret",
             "OAUTH_PROVIDER_NAME": "회사 계정", "ENABLE_OAUTH_SIGNUP": "true", "DEFAULT_USER_ROLE": "pending"})
    wait_for(base + "/health")
    owner = requests.post(base + "/api/v1/auths/signup", json={"name": "Owner", "email": "owner@example.com", "password": "Passw0rd!"}, timeout=30).json()
    yield base, owner["token"]
    process.terminate()
    assert process.wait(30) == 0
    shutil.rmtree(folder, ignore_errors=True)


def approve(page, subject):
    """On the provider's own page."""
    page.wait_for_url(re.compile("/oauth2/authorize"), wait_until="domcontentloaded")
    page.locator("input[name=sub]").fill(subject)
    page.locator("button, input[type=submit]").first.click()


def visitor(open_page):
    page = open_page(None, None)
    # The provider's page asks for a style sheet of somebody else.
    page.route("**/*.jsdelivr.net/**", lambda route: route.abort())
    return page


def test_the_button_leads_in(server, open_page, shot):
    base, owner = server
    page = visitor(open_page)
    page.goto(base)
    button = page.get_by_role("link", name="Continue with 회사 계정")
    expect(button).to_be_visible()
    shot(page, "sign-in-provider")
    button.click()
    approve(page, "sub-1")
    # A new account waits here, then goes on.
    expect(page.get_by_role("heading", name="Your account is waiting")).to_be_visible()
    shot(page, "pending-provider")
    headers = {"Authorization": f"Bearer {owner}"}
    person = next(item for item in requests.get(base + "/api/v1/users/", headers=headers, timeout=30).json()["users"] if item["email"] == "mina@example.com")
    requests.post(f"{base}/api/v1/users/{person['id']}/update", json={"role": "user"}, headers=headers, timeout=30).raise_for_status()
    page.get_by_role("button", name="Check again").click()
    expect(page.get_by_role("button", name="Account: Mina Kim")).to_be_visible()
    assert page.evaluate("document.cookie") == ""
    page.get_by_role("button", name="Account: Mina Kim").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("link", name="Continue with 회사 계정")).to_be_visible()
    page.goto(base + "/settings/account")
    page.get_by_role("link", name="Continue with 회사 계정").click()
    approve(page, "sub-1")
    expect(page.get_by_role("button", name="Account: Mina Kim")).to_be_visible()
    page.get_by_role("button", name="Account: Mina Kim").click()


def test_a_refused_sign_in_says_why(server, open_page, shot):
    base, _ = server
    page = visitor(open_page)
    page.goto(base)
    page.get_by_role("link", name="Continue with 회사 계정").click()
    # Somebody else's address that the provider has not checked.
    approve(page, "sub-2")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.get_by_role("alert").first).to_have_text(re.compile(r"\w{3,}"))
    shot(page, "sign-in-refused")
    # It is not told again, nor does the address keep it.
    assert page.url == base + "/auth"
    page.reload()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_reason_in_the_address_is_text(server, open_page):
    base, _ = server
    page = open_page(None, None)
    page.goto(base + "/auth?error=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E" + "x" * 900)
    alert = page.get_by_role("alert").first
    expect(alert).to_contain_text("<img src=x onerror=alert(1)>")
    assert len(alert.inner_text()) <= 300 and page.dialogs == []


def test_without_a_provider_there_is_no_button(admin, open_page):
    page = open_page(None)
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("^Continue with"))).to_have_count(0)
    assert requests.get(URL + "/oauth/oidc/login", allow_redirects=False, timeout=30).status_code != 302
