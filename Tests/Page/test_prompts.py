"""Prompts: kept in the workspace, put into messages by `/`."""
import re
import uuid

import pytest
from conftest import URL, Account, ask, expect, new_chat, upstream_log
from test_quality import serious
from test_safety import unharmed


@pytest.fixture
def writers(admin):
    """Everybody may make prompts, and share them with people."""
    tree = admin.call("GET", "/api/v1/users/default/permissions")
    admin.call("POST", "/api/v1/users/default/permissions", {
        **tree, "workspace": {**tree["workspace"], "prompts": True}, "sharing": {**tree["sharing"], "prompts": True}})
    yield
    admin.call("POST", "/api/v1/users/default/permissions", tree)


@pytest.fixture
def keep(admin):
    """Makes prompts over the API that are gone afterwards: `keep(account, name, content, ...)`."""
    made = []

    def make(account: Account, name: str, content: str, **fields) -> dict:
        prompt = account.call("POST", "/api/v1/prompts/create", {"name": name, "command": f"p-{uuid.uuid4().hex[:8]}", "content": content, **fields})
        made.append(prompt["id"])
        return prompt

    yield make
    for identifier in made:
        admin.call("DELETE", f"/api/v1/prompts/id/{identifier}/delete")


def public():
    return [{"principal_type": "user", "principal_id": "*", "permission": "read"}]


def message(page):
    return page.get_by_label("Message", exact=True)


def offered(page):
    return page.get_by_role("listbox", name="Prompts").get_by_role("option")


def insert(page, prompt: dict, before: str = ""):
    """Chooses a prompt by its command."""
    message(page).fill("")
    message(page).press_sequentially(f"{before}/{prompt['command']}")
    expect(offered(page)).to_have_count(1)
    page.keyboard.press("Enter")


def test_a_prompt_is_made_changed_switched_off_and_deleted(writers, person, open_page, shot):
    page = open_page(person)
    page.get_by_role("link", name="Workspace").click()
    expect(page).to_have_url(URL + "/workspace")
    # Models are for others: the first part is the one that is open to this person.
    expect(page.get_by_role("navigation", name="Workspace").get_by_role("link")).to_have_text(["Prompts"])
    page.get_by_role("button", name="New prompt").first.click()
    dialog = page.get_by_role("dialog", name="New prompt")
    dialog.get_by_label("Name").fill("Weekly 보고 No. 1")
    expect(dialog.get_by_label("Command")).to_have_value("weekly-보고-no-1")
    command = f"week-{uuid.uuid4().hex[:6]}"
    dialog.get_by_label("Command").fill("two words")
    dialog.get_by_label("Text", exact=True).fill("Report on {{topic}}.\nBe brief.")
    dialog.get_by_label("Tags").fill("work, weekly")
    dialog.get_by_role("button", name="Create").click()
    expect(dialog).to_be_visible()
    dialog.get_by_label("Command").fill("/" + command)
    shot(page, "prompt-editor")
    dialog.get_by_role("button", name="Create").click()
    card = page.locator(".card", has_text="Weekly 보고 No. 1")
    expect(card).to_contain_text("/" + command)
    expect(card).to_contain_text("weekly")
    expect(card).to_contain_text("Private")
    shot(page, "prompts")
    kept = person.call("GET", f"/api/v1/prompts/command/{command}")
    assert (kept["content"], kept["tags"]) == ("Report on {{topic}}.\nBe brief.", ["work", "weekly"])

    # The same command again is told, and nothing that was written is lost.
    page.get_by_role("button", name="New prompt").click()
    dialog.get_by_label("Name").fill("Another")
    dialog.get_by_label("Command").fill(command)
    dialog.get_by_label("Text", exact=True).fill("Something else")
    dialog.get_by_role("button", name="Create").click()
    expect(page.get_by_role("alert")).to_contain_text("already")
    expect(dialog.get_by_label("Text", exact=True)).to_have_value("Something else")
    page.get_by_role("alert").get_by_role("button", name="Close").click()
    dialog.get_by_role("button", name="Cancel").click()

    card.get_by_role("button", name="Weekly 보고 No. 1", exact=True).click()
    dialog = page.get_by_role("dialog", name="Edit the prompt")
    dialog.get_by_label("Text", exact=True).fill("Report on {{topic}} at length.")
    dialog.get_by_label("Tags").fill("")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    kept = person.call("GET", f"/api/v1/prompts/id/{kept['id']}")
    assert (kept["content"], kept["tags"]) == ("Report on {{topic}} at length.", [])

    page.get_by_role("searchbox", name="Search prompts").fill("nothing of that name")
    expect(page.get_by_text("No prompt matches.")).to_be_visible()
    page.get_by_role("searchbox", name="Search prompts").fill("보고")
    expect(card).to_be_visible()
    page.get_by_role("button", name="Actions for Weekly 보고 No. 1").click()
    page.get_by_role("menuitem", name="Switch off").click()
    expect(card).to_contain_text("Off")
    assert person.call("GET", f"/api/v1/prompts/id/{kept['id']}")["is_active"] is False
    page.get_by_role("button", name="Actions for Weekly 보고 No. 1").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(card).to_have_count(0)
    assert all(item["id"] != kept["id"] for item in person.call("GET", "/api/v1/prompts/list")["items"])


def test_a_prompt_is_shared_and_others_only_read_it(writers, person, admin, open_page):
    email = f"{uuid.uuid4().hex[:10]}@example.com"
    admin.call("POST", "/api/v1/auths/add", {"name": f"Lee {email[:6]}", "email": email, "password": "Passw0rd!", "role": "user"})
    other = Account(email)
    prompt = person.call("POST", "/api/v1/prompts/create", {"name": "Ours", "command": f"ours-{email[:6]}", "content": "We write {{what}}."})
    page = open_page(person, "/workspace/prompts")
    page.get_by_role("button", name="Ours", exact=True).click()
    dialog = page.get_by_role("dialog", name="Edit the prompt")
    dialog.get_by_role("searchbox", name="Add people or groups").fill(f"Lee {email[:6]}")
    dialog.get_by_role("button", name=re.compile(email)).click()
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    expect(page.locator(".card", has_text="Ours")).to_contain_text("Shared")
    theirs = open_page(other, "/workspace/prompts")
    card = theirs.locator(".card", has_text="Ours")
    expect(card).to_contain_text("Kim Person")
    expect(card.get_by_role("button", name="Actions for Ours")).to_have_count(0)
    card.get_by_role("button", name="Ours", exact=True).click()
    expect(theirs.get_by_role("dialog", name="Ours")).to_contain_text("We write {{what}}.")
    expect(theirs.get_by_role("dialog").get_by_role("textbox")).to_have_count(0)
    admin.call("DELETE", f"/api/v1/prompts/id/{prompt['id']}/delete")


def test_the_part_is_hidden_without_the_right_but_prompts_may_be_used(person, admin, keep, open_page):
    prompt = keep(admin, "For everybody", "Written by the administrator.", access_grants=public())
    keep(admin, "For nobody else", "A secret.")
    page = open_page(person)
    expect(page.get_by_role("link", name="Knowledge")).to_be_visible()
    expect(page.get_by_role("link", name="Workspace")).to_have_count(0)
    insert(page, prompt)
    expect(message(page)).to_have_value("Written by the administrator.")
    message(page).fill("")
    message(page).press_sequentially("/for")
    expect(offered(page)).to_have_text([re.compile("For everybody")])
    page.goto(URL + "/workspace/prompts")
    expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()


def test_a_prompt_is_used_by_keyboard_alone(writers, person, keep, open_page, shot):
    mark = uuid.uuid4().hex[:6]
    prompt = keep(person, f"Summary {mark}", 'Summarise {{topic | text:required:placeholder="such as: ferries"}} for {{USER_NAME}}, {{CURRENT_DATE}}, as {{ form | select:options=["prose","a list: short"] }}. Again: {{topic}}.')
    keep(person, f"Other {mark}", "Something else.")
    page = open_page(person)
    expect(message(page)).to_be_focused()
    # By a part of the name, in the middle of a message.
    page.keyboard.type(f"Please /{mark[:4]}")
    options = offered(page)
    expect(options).to_have_count(2)
    shot(page, "chat-prompts")
    assert serious(page) == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_have_count(0)
    page.keyboard.type(mark[4:])
    wanted = options.filter(has_text=f"Summary {mark}")
    expect(wanted).to_be_visible()
    while wanted.get_attribute("aria-selected") != "true":
        page.keyboard.press("ArrowDown")
    assert message(page).get_attribute("aria-activedescendant") == wanted.get_attribute("id")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name=f"Summary {mark}")
    topic = dialog.get_by_label("topic")
    expect(topic).to_be_focused()
    expect(topic).to_have_attribute("placeholder", "such as: ferries")
    shot(page, "prompt-variables")
    assert serious(page) == []
    # What is required has to be there.
    page.keyboard.press("Enter")
    expect(dialog).to_be_visible()
    page.keyboard.type("the {{USER_EMAIL}} ferry")
    page.keyboard.press("Tab")
    page.keyboard.press("a")
    expect(dialog.get_by_label("form")).to_have_value("a list: short")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(dialog.get_by_role("button", name="Insert")).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    today = page.evaluate("new Date().toLocaleDateString('sv')")
    text = f"Please Summarise the {{{{USER_EMAIL}}}} ferry for Kim Person, {today}, as a list: short. Again: the {{{{USER_EMAIL}}}} ferry."
    expect(message(page)).to_have_value(text)
    expect(message(page)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".message.assistant .prose")).to_have_text("echo: " + text)
    assert upstream_log(path="/v1/chat/completions", contains=mark) == []


def test_known_values_are_filled_in(person, writers, keep, open_page):
    names = ["CURRENT_DATE", "CURRENT_TIME", "CURRENT_DATETIME", "CURRENT_WEEKDAY", "CURRENT_TIMEZONE", "USER_NAME", "USER_EMAIL", "USER_LANGUAGE", "CLIPBOARD"]
    prompt = keep(person, "Values", "\n".join("{{%s}}" % name for name in names))
    page = open_page(person, locale="en-US", timezone_id="Asia/Seoul")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    expect(message(page)).to_be_focused()
    page.evaluate("navigator.clipboard.writeText('copied {{USER_NAME}}')")
    insert(page, prompt)
    expect(message(page)).to_have_value(re.compile("copied"))
    lines = message(page).input_value().split("\n")
    day, time = r"20\d\d-\d\d-\d\d", r"\d\d:\d\d:\d\d"
    for pattern, line in zip([day, time, f"{day} {time}", r"[A-Z]\w+day", "Asia/Seoul", "Kim Person", re.escape(person.email), "en", r"copied \{\{USER_NAME\}\}"], lines, strict=True):
        assert re.fullmatch(pattern, line), (pattern, line)
    # A browser that does not let the page read what was copied.
    page.evaluate("() => { navigator.clipboard.readText = () => Promise.reject(new DOMException('', 'NotAllowedError')); }")
    insert(page, prompt)
    expect(message(page)).to_have_value(re.compile("en\n$"))


def test_every_kind_of_variable_has_its_field(person, writers, keep, open_page):
    prompt = keep(person, "Fields", "|".join([
        '{{long | textarea:default="one: two"}}', "{{count|number:min=1:max=9:default=5}}", "{{when | date}}", '{{sure | checkbox:label="Are you sure?"}}',
        '{{odd | whatever:default="x"}}', "{{plain_word}}", '{{colour | select:options=["red","blue"]:default="blue"}}', "{{not a variable}}", "{{}}"]))
    page = open_page(person)
    insert(page, prompt, "Go: ")
    dialog = page.get_by_role("dialog", name="Fields")
    assert dialog.get_by_label("long").evaluate("element => element.tagName") == "TEXTAREA"
    expect(dialog.get_by_label("long")).to_have_value("one: two")
    expect(dialog.get_by_label("odd")).to_have_attribute("type", "text")
    expect(dialog.get_by_label("colour")).to_have_value("blue")
    dialog.get_by_label("count").fill("12")
    dialog.get_by_label("when").fill("2026-01-31")
    dialog.get_by_label("plain word").fill("w")
    dialog.get_by_role("button", name="Insert").click()
    # More than the prompt allows.
    expect(dialog).to_be_visible()
    dialog.get_by_label("count").fill("7")
    dialog.get_by_role("checkbox", name="Are you sure?").check()
    dialog.get_by_role("button", name="Insert").click()
    expect(message(page)).to_have_value("Go: one: two|7|2026-01-31|true|x|w|blue|{{not a variable}}|{{}}")
    # Whoever leaves the questions has what was typed.
    insert(page, prompt, "Stay: ")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(message(page)).to_have_value(f"Stay: /{prompt['command']}")


def test_a_slash_that_means_no_prompt_is_left_alone(person, writers, keep, open_page):
    prompt = keep(person, "Off", "Switched off.")
    person.call("POST", f"/api/v1/prompts/id/{prompt['id']}/toggle")
    page = open_page(person)
    for text in ("and/or", "/usr/local/bin"):
        message(page).press_sequentially(text)
        page.wait_for_timeout(400)
        expect(page.get_by_role("listbox")).to_have_count(0)
        message(page).fill("")
    message(page).press_sequentially(f"Look at /{prompt['command']}")
    expect(page.get_by_text("No prompt matches.")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator(".message.assistant .prose")).to_have_text(f"echo: Look at /{prompt['command']}")
    expect(page.get_by_role("listbox")).to_have_count(0)


@pytest.mark.parametrize("attack", ["<img/src=x/onerror=alert(1)>", "\"><svg/onload=alert(1)>"])
def test_what_a_prompt_is_called_does_not_run(admin, keep, open_page, attack):
    mark = uuid.uuid4().hex[:6]
    prompt = keep(admin, f"{attack}{mark}", f"{attack} {{{{{attack}}}}} {{{{ b | {attack}:label=\"{attack}\":placeholder=\"{attack}\" }}}}", command=f"{mark}{attack}", tags=[attack])
    page = open_page(admin, "/workspace/prompts")
    expect(page.get_by_role("button", name=f"{attack}{mark}", exact=True)).to_be_visible()
    unharmed(page)
    page.get_by_role("button", name=f"{attack}{mark}", exact=True).click()
    expect(page.get_by_role("dialog").get_by_label("Name")).to_have_value(f"{attack}{mark}")
    unharmed(page)
    new_chat(page)
    message(page).press_sequentially("/" + mark)
    expect(offered(page)).to_contain_text([f"{attack}{mark}"])
    unharmed(page)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name=f"{attack}{mark}")).to_contain_text(attack)
    unharmed(page)
    page.get_by_role("dialog").get_by_role("button", name="Insert").click()
    expect(message(page)).to_have_value(re.compile("^" + re.escape(attack)))
    ask(page, message(page).input_value())
    unharmed(page)
    assert prompt["name"] == f"{attack}{mark}"
