"""Memories: kept in the settings, told to models where the person wants it."""
import re
import uuid

from conftest import URL, ask, expect, new_chat, upstream_log
from test_safety import unharmed


def remember(page, text: str, kind: str = "user"):
    page.get_by_role("button", name="New memory").click()
    dialog = page.get_by_role("dialog", name="New memory")
    dialog.get_by_label("What to remember").fill(text)
    dialog.get_by_label("Models are told").select_option(kind)
    dialog.get_by_role("button", name="Save").click()
    expect(page.locator(".card-row", has_text=text)).to_be_visible()


def kept(account) -> list[str]:
    return [item["content"] for item in account.call("GET", "/api/v1/memories/")]


def test_memories_are_added_changed_and_forgotten(person, open_page, shot):
    page = open_page(person, "/settings/account")
    page.get_by_role("link", name="Memory").click()
    expect(page.get_by_text("Nothing is remembered yet.")).to_be_visible()
    expect(page.get_by_role("button", name="Forget everything")).to_be_hidden()
    remember(page, "My cat is called Mirae.")
    remember(page, "The garden faces south.", "context")
    remember(page, "I live on Ulleungdo.")
    shot(page, "settings-memory")
    assert {item["content"]: item["type"] for item in person.call("GET", "/api/v1/memories/")} == {
        "My cat is called Mirae.": "user", "The garden faces south.": "context", "I live on Ulleungdo.": "user"}
    page.get_by_role("button", name="Change “My cat is called Mirae.”").click()
    dialog = page.get_by_role("dialog", name="Change the memory")
    dialog.get_by_label("What to remember").fill("My cat is called Haneul.")
    dialog.get_by_role("button", name="Save").click()
    expect(page.locator(".card-row", has_text="Haneul")).to_contain_text(re.compile("ago|now"))
    page.get_by_role("button", name="Forget “The garden faces south.”").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(page.locator(".card-row")).to_have_count(3)
    page.get_by_role("button", name="Forget “The garden faces south.”").click()
    page.get_by_role("dialog").get_by_role("button", name="Forget").click()
    expect(page.locator(".card-row")).to_have_count(2)
    assert sorted(kept(person)) == ["I live on Ulleungdo.", "My cat is called Haneul."]
    page.get_by_role("button", name="Forget everything").click()
    page.get_by_role("dialog").get_by_role("button", name="Forget everything").click()
    expect(page.get_by_text("Nothing is remembered yet.")).to_be_visible()
    assert kept(person) == []


def test_models_are_told_only_when_the_person_wants_it(person, open_page):
    fact = f"I keep bees in hive {uuid.uuid4().hex[:8]}."
    person.call("POST", "/api/v1/memories/add", {"content": fact, "type": "user"})

    def told() -> bool:
        question = f"What do I keep? {uuid.uuid4().hex}"
        new_chat(page)
        ask(page, question)
        body = upstream_log(path="/v1/chat/completions", contains=question)[0]["body"]
        assert "features" not in body
        return any(fact in str(item["content"]) for item in body["messages"] if item["role"] == "system")

    def switch(is_on: bool):
        page.goto(URL + "/settings/memory")
        with page.expect_response("**/api/v1/users/user/settings/update"):
            page.get_by_role("switch", name="Use memories in chats").set_checked(is_on)
        assert person.call("GET", "/api/v1/users/user/settings")["ui"]["memory"] is is_on

    page = open_page(person)
    assert not told()
    switch(True)
    assert told()
    page.goto(URL + "/settings/memory")
    expect(page.get_by_role("switch", name="Use memories in chats")).to_be_checked()
    switch(False)
    assert not told()


def test_it_is_hidden_without_the_right_and_without_the_feature(person, admin, open_page):
    page = open_page(person, "/settings/account")
    expect(page.get_by_role("link", name="Memory")).to_be_visible()
    tree = admin.call("GET", "/api/v1/users/default/permissions")
    config = admin.call("GET", "/api/v1/auths/admin/config")
    try:
        admin.call("POST", "/api/v1/users/default/permissions", {**tree, "features": {**tree["features"], "memories": False}})
        page.reload()
        expect(page.get_by_role("link", name="Interface")).to_be_visible()
        expect(page.get_by_role("link", name="Memory")).to_have_count(0)
        admin.call("POST", "/api/v1/users/default/permissions", tree)
        admin.call("POST", "/api/v1/auths/admin/config", {**config, "ENABLE_MEMORIES": False})
        page.goto(URL + "/settings/memory")
        expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()
    finally:
        admin.call("POST", "/api/v1/users/default/permissions", tree)
        admin.call("POST", "/api/v1/auths/admin/config", config)


def test_what_is_remembered_does_not_run(person, open_page):
    attack = "<img src=x onerror=alert(1)>\"><svg onload=alert(1)>"
    page = open_page(person, "/settings/memory")
    remember(page, attack)
    unharmed(page)
    page.get_by_role("button", name=f"Change “{attack}”").click()
    expect(page.get_by_role("dialog").get_by_label("What to remember")).to_have_value(attack)
    unharmed(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name=f"Forget “{attack}”").click()
    expect(page.get_by_role("dialog")).to_contain_text(attack)
    unharmed(page)
    assert kept(person) == [attack]
