"""Ratings of answers."""
import pytest
import requests
from conftest import ask, expect, new_chat
from test_quality import serious


def own(account) -> list[dict]:
    return account.call("GET", "/api/v1/evaluations/feedbacks/user")["items"]


def answers(account, page) -> list[dict]:
    """As the chat keeps them."""
    chat = account.call("GET", "/api/v1/chats/" + page.url.rsplit("/", 1)[1])
    return [item for item in chat["chat"]["history"]["messages"].values() if item["role"] == "assistant"]


def test_an_answer_is_rated_up_explained_down_and_not_at_all(person, admin, open_page, shot):
    page = open_page(person)
    ask(page, "Rate me")
    good, bad = page.get_by_role("button", name="Good answer"), page.get_by_role("button", name="Bad answer")
    expect(good).to_have_attribute("aria-pressed", "false")
    good.focus()
    page.keyboard.press("Enter")
    expect(good).to_have_attribute("aria-pressed", "true")
    expect(good).to_be_focused()
    form = page.get_by_role("form", name="About the rating")
    form.get_by_label("Why", exact=True).select_option("accurate_information")
    words = form.get_by_label("In your own words")
    words.fill("It said <b>everything</b>")
    shot(page, "chat-rating")
    assert serious(page) == []
    words.press("Enter")
    expect(form).to_have_count(0)
    expect(good).to_be_focused()
    answer = answers(person, page)[0]
    first = own(person)
    assert len(first) == 1 and first[0]["id"] == answer["feedbackId"]
    assert first[0]["data"] == {"rating": 1, "reason": "accurate_information", "comment": "It said <b>everything</b>", "model_id": "echo-1"}
    chat = page.url.rsplit("/", 1)[1]
    meta = first[0]["meta"]
    assert (meta["chat_id"], meta["message_id"], meta["message_index"], meta["model_id"], meta["base_models"]) == (chat, answer["id"], 2, "echo-1", {"echo-1": None})
    assert answer["annotation"] == {"rating": 1, "reason": "accurate_information", "comment": "It said <b>everything</b>"}
    assert answer["content"] == "echo: Rate me" and answer["done"] is True

    bad.click()
    expect(bad).to_have_attribute("aria-pressed", "true")
    expect(good).to_have_attribute("aria-pressed", "false")
    expect(form.get_by_label("In your own words")).to_have_value("It said <b>everything</b>")
    form.get_by_role("button", name="Close").click()
    expect(form).to_have_count(0)
    page.reload()
    expect(bad).to_have_attribute("aria-pressed", "true")
    expect(good).to_have_attribute("aria-pressed", "false")
    changed = own(person)
    assert [item["id"] for item in changed] == [first[0]["id"]]
    assert changed[0]["data"]["rating"] == -1 and "reason" not in changed[0]["data"]
    # Administrators see it with the chat as it was.
    everybody = admin.call("GET", "/api/v1/evaluations/feedbacks/list")["items"]
    assert any(item["id"] == first[0]["id"] for item in everybody)
    assert admin.call("GET", f"/api/v1/evaluations/feedback/{first[0]['id']}")["snapshot"]["chat"]["id"] == chat

    bad.click()
    expect(bad).to_have_attribute("aria-pressed", "false")
    assert own(person) == []
    page.reload()
    expect(bad).to_have_attribute("aria-pressed", "false")
    assert {"annotation", "feedbackId"}.isdisjoint(answers(person, page)[0])


def test_a_rating_that_is_gone_is_made_anew_and_one_of_two_answers_knows_the_other(person, open_page):
    page = open_page(person)
    ask(page, "Twice")
    page.get_by_role("button", name="Answer again").click()
    expect(page.locator(".message.assistant .branches")).to_have_text("2 / 2")
    expect(page.get_by_role("button", name="Stop the answer")).to_be_hidden()
    page.get_by_role("button", name="Good answer").click()
    expect(page.get_by_role("button", name="Good answer")).to_have_attribute("aria-pressed", "true")
    first = own(person)[0]
    assert first["data"]["sibling_model_ids"] == ["echo-1"]
    # The other version was not rated.
    page.get_by_role("button", name="Earlier version").click()
    expect(page.get_by_role("button", name="Good answer")).to_have_attribute("aria-pressed", "false")
    page.get_by_role("button", name="Later version").click()
    expect(page.get_by_role("button", name="Good answer")).to_have_attribute("aria-pressed", "true")
    person.call("DELETE", f"/api/v1/evaluations/feedback/{first['id']}")
    page.get_by_role("button", name="Bad answer").click()
    expect(page.get_by_role("button", name="Bad answer")).to_have_attribute("aria-pressed", "true")
    second = own(person)
    assert len(second) == 1 and second[0]["id"] != first["id"] and second[0]["data"]["rating"] == -1


def test_a_rating_that_cannot_be_kept_is_not_shown(person, open_page):
    page = open_page(person)
    ask(page, "Fail")
    page.route("**/api/v1/evaluations/**", lambda route: route.fulfill(status=500, json={"detail": "No room."}))
    page.get_by_role("button", name="Good answer").click()
    expect(page.get_by_role("alert")).to_contain_text("No room.")
    expect(page.get_by_role("button", name="Good answer")).to_have_attribute("aria-pressed", "false")
    expect(page.get_by_role("form", name="About the rating")).to_have_count(0)
    assert "annotation" not in answers(person, page)[0]


@pytest.mark.parametrize("what", ["config", "permission"])
def test_answers_are_not_rated_where_that_is_off(person, admin, open_page, what):
    tree = admin.call("GET", "/api/v1/users/default/permissions")
    config = admin.call("GET", "/api/v1/auths/admin/config")
    try:
        if what == "config":
            admin.call("POST", "/api/v1/auths/admin/config", {**config, "ENABLE_MESSAGE_RATING": False})
        else:
            admin.call("POST", "/api/v1/users/default/permissions", {**tree, "chat": {**tree["chat"], "rate_response": False}})
        page = open_page(person)
        new_chat(page)
        ask(page, "Not to be rated")
        expect(page.get_by_role("button", name="Copy the answer")).to_be_visible()
        expect(page.get_by_role("button", name="Good answer")).to_have_count(0)
    except requests.HTTPError as error:
        raise AssertionError(error.response.text) from error
    finally:
        admin.call("POST", "/api/v1/users/default/permissions", tree)
        admin.call("POST", "/api/v1/auths/admin/config", config)
