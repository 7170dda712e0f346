import re
import uuid

from conftest import ADMIN, PASSWORD, URL, Account, expect


def test_wrong_password_is_told_and_the_right_one_lets_in(admin, open_page, shot):
    page = open_page()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    shot(page, "sign-in")
    page.get_by_label("E-mail").fill(ADMIN)
    page.get_by_label("Password").fill("wrong password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text(re.compile(r"\w+"))
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Hello, Ada Admin")).to_be_visible()
    # Nothing that could be stolen lies where scripts can read it.
    assert page.evaluate("document.cookie") == ""
    assert "eyJ" not in page.evaluate("JSON.stringify({...localStorage, ...sessionStorage})")
    page.get_by_role("button", name="Account: Ada Admin").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto(URL + "/settings/account")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_deep_address_survives_the_sign_in(admin, open_page):
    page = open_page(path="/settings/account")
    page.get_by_label("E-mail").fill(ADMIN)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Sessions")).to_be_visible()


def test_sign_up_waits_for_an_administrator(admin, open_page, shot):
    config = admin.call("GET", "/api/v1/auths/admin/config")
    admin.call("POST", "/api/v1/auths/admin/config", {**config, "ENABLE_SIGNUP": True, "DEFAULT_USER_ROLE": "pending"})
    email = f"{uuid.uuid4().hex[:8]}@example.com"
    try:
        page = open_page()
        page.get_by_role("button", name="Create one").click()
        page.get_by_label("Name").fill("New Comer")
        page.get_by_label("E-mail").fill(email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Create account").click()
        expect(page.get_by_role("heading", name="Your account is waiting")).to_be_visible()
        expect(page.get_by_text(email)).to_be_visible()
        shot(page, "pending")
        admin.call("POST", f"/api/v1/users/{Account(email).id}/update", {"role": "user"})
        page.get_by_role("button", name="Check again").click()
        # Nobody gave the account a model, and it is no administrator's.
        expect(page.get_by_role("heading", name="No model is open to you yet")).to_be_visible()
        expect(page.get_by_role("link", name="Administration")).to_have_count(0)
        page.goto(URL + "/admin/users")
        expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()
    finally:
        admin.call("POST", "/api/v1/auths/admin/config", config)


def test_a_session_that_was_ended_leads_back_to_the_sign_in(person, admin, open_page):
    page = open_page(person)
    expect(page.get_by_role("heading", name="Hello, Kim Person")).to_be_visible()
    admin.call("DELETE", f"/api/v1/auths/admin/sessions/{person.id}")
    page.get_by_role("link", name="Knowledge").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
