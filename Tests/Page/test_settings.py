import json
import re
import subprocess

import pytest
import requests
from conftest import PASSWORD, URL, Account, expect


@pytest.fixture
def with_keys(admin):
    tree = admin.call("GET", "/api/v1/users/default/permissions")
    admin.call("POST", "/api/v1/users/default/permissions", {**tree, "features": {**tree["features"], "api_keys": True}})
    yield
    admin.call("POST", "/api/v1/users/default/permissions", tree)


def test_the_profile(person, open_page):
    page = open_page(person, "/settings/account")
    page.get_by_label("Name", exact=True).fill("Kim Renamed")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Account: Kim Renamed")).to_be_visible()
    page.locator("input[type=file]").set_input_files({"name": "me.png", "mimeType": "image/png", "buffer": PIXEL})
    expect(page.locator("img.avatar.large")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".account img.avatar")).to_be_visible()
    page.reload()
    expect(page.locator(".account img.avatar")).to_be_visible()


def test_the_password_ends_all_sessions(person, open_page):
    page = open_page(person, "/settings/account")
    page.get_by_label("Current password").fill("not it at all")
    page.get_by_label("New password", exact=True).fill("NewPassw0rd!")
    page.get_by_label("New password again").fill("NewPassw0rd!")
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert requests.get(f"{URL}/api/v1/auths/", headers={"Authorization": f"Bearer {person.token}"}, timeout=30).status_code == 401
    page.get_by_label("E-mail").fill(person.email)
    page.get_by_label("Password").fill("NewPassw0rd!")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Hello, Kim Person")).to_be_visible()


def test_sessions_are_listed_and_ended(person, open_page):
    other = Account(person.email)
    page = open_page(person, "/settings/account")
    sessions = page.locator("section", has=page.get_by_role("heading", name="Sessions"))
    expect(sessions.get_by_text("This one")).to_have_count(1)
    count = sessions.get_by_role("listitem").count()
    assert count >= 2
    sessions.get_by_role("button", name="End", exact=True).first.click()
    page.get_by_role("dialog").get_by_role("button", name="End it").click()
    expect(sessions.get_by_role("listitem")).to_have_count(count - 1)
    sessions.get_by_role("button", name="End all others").click()
    expect(sessions.get_by_role("listitem")).to_have_count(1)
    assert requests.get(f"{URL}/api/v1/auths/", headers={"Authorization": f"Bearer {other.token}"}, timeout=30).status_code == 401


def test_the_key_and_its_example_work_as_they_are_pasted(with_keys, person, open_page, shot):
    page = open_page(person, "/settings/account")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Make the account's key").click()
    page.get_by_role("button", name="Copy the key").click()
    key = page.evaluate("navigator.clipboard.readText()")
    assert re.fullmatch(r"sk-\w{20,}", key)
    assert key not in page.locator("main").inner_text()
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".secret code")).to_have_text(key)
    expect(page.locator(".example code")).to_contain_text("echo-1")
    page.get_by_role("button", name="Copy the example").click()
    command = page.evaluate("navigator.clipboard.readText()")
    answer = subprocess.run(["bash", "-c", command.replace("curl ", "curl -s ", 1)], env={"HANEUL_API_KEY": key, "PATH": "/usr/bin:/bin"}, capture_output=True, timeout=60)
    assert json.loads(answer.stdout)["choices"][0]["message"]["content"] == "echo: Hello!"
    shot(page, "settings-account")
    page.get_by_role("button", name="Actions for the key").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("button", name="Make the account's key")).to_be_visible()
    assert requests.get(f"{URL}/api/models", headers={"Authorization": f"Bearer {key}"}, timeout=30).status_code == 401


def test_a_named_key_is_made_limited_shown_once_and_revoked(with_keys, person, open_page, shot):
    page = open_page(person, "/settings/account")
    page.get_by_role("button", name="New key").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Build server")
    dialog.get_by_label("Expires").select_option("30")
    dialog.get_by_role("checkbox", name="models", exact=True).check()
    dialog.get_by_label("Requests a minute").fill("3")
    shot(page, "key-editor")
    dialog.get_by_role("button", name="Make the key").click()
    key = page.get_by_role("dialog", name="Your new key").locator(".secret code").inner_text()
    shot(page, "key-new")
    page.get_by_role("button", name="Done").click()
    row = page.locator(".card-row", has_text="Build server")
    expect(row).to_contain_text("3 requests a minute")
    expect(row).to_contain_text("until ")
    expect(page.get_by_text(key)).to_have_count(0)
    headers = {"Authorization": f"Bearer {key}"}
    assert requests.get(f"{URL}/api/models", headers=headers, timeout=30).status_code == 200
    assert requests.get(f"{URL}/api/v1/chats/", headers=headers, timeout=30).status_code == 403
    row.get_by_role("button", name="Actions for Build server").click()
    page.get_by_role("menuitem", name="Revoke").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(row).to_have_count(0)
    assert requests.get(f"{URL}/api/models", headers=headers, timeout=30).status_code == 401


def test_every_limit_of_a_key_comes_back_as_it_was_set(with_keys, person, admin, open_page, shot):
    collection = admin.call("POST", "/api/v1/knowledge/create", {"name": "Key papers", "description": "", "access_grants": [
        {"principal_type": "user", "principal_id": "*", "permission": "read"}]})
    numbers = {"Requests a minute": 11, "Tokens a minute": 2200, "Tokens a day": 33000, "Tokens a month": 440000, "Cost a day": 0.55, "Cost a month": 6.5}
    page = open_page(person, "/settings/account")
    page.get_by_role("button", name="New key").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Everything <b>limited</b>")
    dialog.get_by_label("Expires").select_option("90")
    for box in ("chat", "models", "echo-1", "Key papers"):
        dialog.get_by_role("checkbox", name=box, exact=True).check()
    dialog.get_by_label("Addresses").fill("127.0.0.0/8, 2001:db8::/32")
    for label, value in numbers.items():
        dialog.get_by_label(label).fill(str(value))
    shot(page, "key-limits")
    dialog.get_by_role("button", name="Make the key").click()
    key = page.get_by_role("dialog", name="Your new key").locator(".secret code").inner_text()
    page.get_by_role("button", name="Done").click()
    stored = next(item for item in person.call("GET", "/api/v1/auths/api_keys") if item["name"] == "Everything <b>limited</b>")
    assert stored["limits"] == {
        "scopes": ["chat", "models"], "models": ["echo-1"], "knowledge": [collection["id"]], "addresses": ["127.0.0.0/8", "2001:db8::/32"], "requests_per_minute": 11,
        "tokens_per_minute": 2200, "tokens_per_day": 33000, "tokens_per_month": 440000, "cost_per_day": 0.55, "cost_per_month": 6.5}
    # The form shows what is in force, and changes only what was changed in it.
    page.get_by_role("button", name="Actions for Everything").click()
    page.get_by_role("menuitem", name="Change").click()
    for label, value in numbers.items():
        expect(dialog.get_by_label(label)).to_have_value(str(value))
    expect(dialog.get_by_label("Addresses")).to_have_value("127.0.0.0/8, 2001:db8::/32")
    for box in ("chat", "models", "echo-1", "Key papers"):
        expect(dialog.get_by_role("checkbox", name=box, exact=True)).to_be_checked()
    dialog.get_by_label("Requests a minute").fill("12")
    dialog.get_by_label("Cost a day").fill("")
    dialog.get_by_label("Expires").select_option("never")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    changed = next(item for item in person.call("GET", "/api/v1/auths/api_keys") if item["id"] == stored["id"])
    assert changed["expires_at"] is None
    assert changed["limits"] == {**{name: value for name, value in stored["limits"].items() if name != "cost_per_day"}, "requests_per_minute": 12}
    headers = {"Authorization": f"Bearer {key}"}
    body = {"messages": [{"role": "user", "content": "x"}]}
    assert requests.post(f"{URL}/api/chat/completions", json={"model": "echo-1", **body}, headers=headers, timeout=30).status_code == 200
    # What it shows of its use is there as well.
    page.get_by_role("button", name="Actions for Everything").click()
    page.get_by_role("menuitem", name="Usage").click()
    expect(dialog.get_by_role("cell").nth(1)).to_have_text("1")
    page.keyboard.press("Escape")
    # An address that is none is refused in words.
    page.get_by_role("button", name="Actions for Everything").click()
    page.get_by_role("menuitem", name="Change").click()
    dialog.get_by_label("Addresses").fill("not an address")
    dialog.get_by_role("button", name="Save").click()
    expect(page.locator("dialog .toast.error")).to_be_visible()
    admin.call("DELETE", f"/api/v1/knowledge/{collection['id']}/delete")


def test_instructions_go_before_every_chat(person, open_page):
    from conftest import ask, upstream_log
    page = open_page(person, "/settings/interface")
    page.get_by_label("What every model should know or heed").fill("Always be brief.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.goto(URL + "/")
    ask(page, "heed my instructions")
    messages = upstream_log(path="/v1/chat/completions", contains="heed my instructions")[-1]["body"]["messages"]
    assert messages[0] == {"role": "system", "content": "Always be brief."}


PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc000000301010018dd8db00000000049454e44ae426082")
