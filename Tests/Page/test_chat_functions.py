"""Tools, filters, function models, their events and questions, and buttons under answers: in the chat, with real functions."""
import re

import requests
from conftest import URL, ask, expect, new_chat, upstream_log
from test_functions import FIXTURES, clean  # noqa: F401 (each test starts without functions)
from test_quality import serious

ATTACK = "<img src=x onerror=alert(1)>"

TALKER = f'''
import asyncio


class Pipe:
    async def pipe(self, body, __event_emitter__=None, __event_call__=None):
        async def say(kind, **data):
            await __event_emitter__({{"type": kind, "data": data}})

        async def tell():
            await say("status", description="Looking <b>around</b> {ATTACK}", done=False)
            await asyncio.sleep(0.3)
            await say("status", description="Found {{{{count}}}} pages", urls=["javascript:alert(1)", "https://example.com"], done=True)
            await say("notification", type="warning", content="Careful {ATTACK}")
            await say("citation", source={{"name": "Almanac {ATTACK}", "url": "javascript:alert(1)"}}, document=["Tides {ATTACK}"], metadata=[{{"source": "Almanac {ATTACK}"}}])
            await say("files", files=[{{"type": "image", "url": "data:image/gif;base64,R0lGODlhAQABAAAAACw="}}, {{"type": "image", "url": "javascript:alert(1)", "name": "{ATTACK}"}},
                                      {{"type": "image", "url": "https://evil.example/p.png", "name": "elsewhere"}}])
            await say("embeds", embeds=["<script>alert(1)</script>"])
            await say("message", content="First **words**. ")

        await tell()
        sure = await __event_call__({{"type": "confirmation", "data": {{"title": "Go on {ATTACK}?", "message": "Line one\\nLine two {ATTACK}"}}}})
        if not sure:
            yield "They said no."
            return
        name = await __event_call__({{"type": "input", "data": {{"title": "Whose name?", "message": "Any", "placeholder": "name"}}}})
        ran = await __event_call__({{"type": "execute", "data": {{"code": "alert(1)"}}}})
        yield f"Hello {{name}}, code gave {{ran}}. "
        yield "{ATTACK} [1]"
'''

REWRITER = '''
class Filter:
    def __init__(self):
        self.toggle = True

    def outlet(self, body):
        body["messages"][-1]["content"] = "Rewritten: " + body["messages"][-1]["content"].upper()
        return body
'''

LOOKER = '''class Tools:
    async def look(self, query: str, __event_emitter__=None) -> str:
        """Looks.
        :param query: what
        """
        await __event_emitter__({"type": "status", "data": {"description": "Looking up " + query, "done": True}})
        return f"seen {query}"
'''

BUTTON = '''
class Action:
    actions = [{"id": "shout", "name": "Shout <b>it</b>"}, {"id": "add", "name": "Add a line"}, {"id": "change", "name": "Change it"}, {"id": "fail", "name": "Fail"}]

    async def action(self, body, __id__=None, __event_emitter__=None, __event_call__=None):
        last = body["messages"][-1]
        if __id__ == "shout":
            ending = await __event_call__({"type": "input", "data": {"title": "Ending?", "placeholder": "!"}})
            return {"content": "**" + last["content"].upper() + str(ending) + "** <img src=x onerror=alert(1)>"}
        if __id__ == "add":
            await __event_emitter__({"type": "status", "data": {"description": "Adding", "done": True}})
            await __event_emitter__({"type": "message", "data": {"content": "\\n\\nAdded *line*."}})
            return None
        if __id__ == "change":
            return {"messages": [{"id": last["id"], "content": "Changed by a button"}]}
        raise ValueError("No button today")
'''


def function(admin, id, code, name=None, is_global=False):
    admin.call("POST", "/api/v1/functions/create", {"id": id, "name": name or id, "content": code, "meta": {"description": f"About {ATTACK}"}})
    admin.call("POST", f"/api/v1/functions/id/{id}/toggle")
    if is_global:
        admin.call("POST", f"/api/v1/functions/id/{id}/toggle/global")


def tool(admin, id, code, name=None):
    admin.call("POST", "/api/v1/tools/create", {"id": id, "name": name or id, "content": code, "meta": {"description": f"About {ATTACK}"}, "access_grants": [
        {"principal_type": "user", "principal_id": "*", "permission": "read"}]})


def answer(page):
    return page.locator(".message.assistant").last


def test_a_function_is_a_model_that_streams(admin, open_page):
    function(admin, "countdown", (FIXTURES / "streaming_generator.py").read_text(), "Countdown")
    page = open_page(admin)
    new_chat(page, "Countdown")
    ask(page, "5")
    expect(answer(page).locator(".prose")).to_have_text("5 4 3 2 1 lift-off")
    page.reload()
    expect(answer(page).locator(".prose")).to_have_text("5 4 3 2 1 lift-off")


def test_a_function_that_fails_says_so(admin, open_page):
    function(admin, "broken", "class Pipe:\n    def pipe(self, body):\n        raise ValueError('no <b>answer</b> today')\n", "Broken")
    page = open_page(admin)
    new_chat(page, "Broken")
    ask(page, "hi")
    expect(answer(page).get_by_role("alert")).to_contain_text("no <b>answer</b> today")


def test_what_a_function_tells_and_asks(admin, open_page, shot):
    function(admin, "talker", TALKER, f"Talker {ATTACK}")
    page = open_page(admin)
    new_chat(page, f"Talker {ATTACK}")
    ask(page, "tell me", answered=False)
    expect(answer(page).locator(".steps")).to_contain_text(f"Looking <b>around</b> {ATTACK}")
    shot(page, "chat-steps")
    dialog = page.get_by_role("dialog", name=f"Go on {ATTACK}?")
    expect(dialog).to_contain_text(f"Line two {ATTACK}")
    shot(page, "chat-question")
    assert serious(page) == []
    dialog.get_by_role("button", name="Confirm").click()
    dialog = page.get_by_role("dialog", name="Whose name?")
    expect(dialog.get_by_label("Answer")).to_be_focused()
    dialog.get_by_label("Answer").fill("Mina")
    dialog.get_by_role("button", name="Send").click()
    prose = answer(page).locator(".prose")
    expect(prose).to_contain_text(f"First words. Hello Mina, code gave None. {ATTACK}")
    expect(prose.locator("strong")).to_have_text("words")
    expect(page.get_by_text("A function wanted to run code in this page")).to_be_visible()
    expect(page.locator(".toast", has_text=f"Careful {ATTACK}")).to_be_visible()
    # The last step is in sight, the others behind it.
    steps = answer(page).locator(".steps")
    expect(steps.locator("summary")).to_have_text("Found 2 pages")
    steps.locator("summary").click()
    expect(steps.locator("li")).to_have_text(f"Looking <b>around</b> {ATTACK}")
    # Pictures come from the message or this server only; a source's address is a link only where it is one.
    expect(answer(page).locator(".message-files img")).to_have_count(1)
    expect(answer(page).locator(".message-files a")).to_have_attribute("href", "https://evil.example/p.png")
    prose.get_by_role("button", name=re.compile("^Source 1")).click()
    expect(page.get_by_role("dialog")).to_contain_text(f"Tides {ATTACK}")
    expect(page.get_by_role("dialog").get_by_role("link")).to_have_count(0)
    # All of it is there with the next visit.
    page.reload()
    expect(answer(page).locator(".steps summary")).to_have_text("Found 2 pages")
    expect(answer(page).locator(".message-files img")).to_have_count(1)
    expect(answer(page).get_by_role("button", name=re.compile("^Source 1")).first).to_be_visible()
    page.keyboard.press("Escape")
    shot(page, "chat-events")
    assert serious(page) == []
    assert page.dialogs == [] and page.evaluate("document.querySelectorAll('#app [onerror], #app script').length") == 0


def test_no_is_an_answer_too(admin, open_page):
    function(admin, "talker", TALKER, "Talker")
    page = open_page(admin)
    new_chat(page, "Talker")
    ask(page, "tell me", answered=False)
    page.get_by_role("dialog", name=re.compile("^Go on")).get_by_role("button", name="Cancel").click()
    expect(answer(page).locator(".prose")).to_contain_text("They said no.")


def test_stop_takes_a_question_away(admin, open_page):
    function(admin, "talker", TALKER, "Talker")
    page = open_page(admin)
    new_chat(page, "Talker")
    ask(page, "tell me", answered=False)
    dialog = page.get_by_role("dialog", name=re.compile("^Go on"))
    expect(dialog).to_be_visible()
    page.evaluate("document.querySelector('.send.stop').click()")
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("Stopped.")).to_be_visible()


def test_a_filter_is_turned_on_and_its_rewriting_is_shown(admin, open_page, shot):
    function(admin, "rewriter", REWRITER, "Rewriter", is_global=True)
    page = open_page(admin)
    new_chat(page)
    ask(page, "plain words")
    expect(answer(page).locator(".prose")).to_have_text("echo: plain words")
    page.get_by_role("button", name="Choose tools").click()
    dialog = page.get_by_role("dialog", name="Tools and filters")
    expect(dialog.get_by_text(f"About {ATTACK}")).to_be_visible()
    dialog.get_by_role("switch", name="Rewriter").check()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Tools in use: Rewriter")).to_be_focused()
    ask(page, "more words")
    expect(answer(page).locator(".prose")).to_have_text("Rewritten: ECHO: MORE WORDS")
    page.reload()
    expect(answer(page).locator(".prose")).to_have_text("Rewritten: ECHO: MORE WORDS")
    # The choice stays for the next chat, until it is taken back.
    new_chat(page)
    page.get_by_role("button", name="Tools in use: Rewriter").click()
    dialog.get_by_role("switch", name="Rewriter").uncheck()
    page.keyboard.press("Escape")
    ask(page, "as it is")
    expect(answer(page).locator(".prose")).to_have_text("echo: as it is")


def test_tools_are_chosen_and_used(admin, person, open_page, shot):
    tool(admin, "looker", LOOKER, f"Looker {ATTACK}")
    tool(admin, "weather_tools", (FIXTURES / "weather_tools.py").read_text(), "Weather")
    admin.call("POST", "/api/v1/models/model/access/update", {"id": "echo-tools", "name": "echo-tools", "access_grants": [
        {"principal_type": "user", "principal_id": "*", "permission": "read"}]})
    page = open_page(person)
    new_chat(page, "echo-tools")
    page.get_by_role("button", name="Choose tools").click()
    dialog = page.get_by_role("dialog", name="Tools and filters")
    dialog.get_by_role("switch", name=f"Looker {ATTACK}").check()
    # Settings of one's own are beside the switch.
    dialog.get_by_role("button", name="Your settings of Weather").click()
    page.get_by_label("City").fill("Jeju")
    shot(page, "chat-tool-settings")
    page.get_by_role("dialog").last.get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog")).to_have_count(1)
    shot(page, "chat-tools")
    assert serious(page) == []
    page.keyboard.press("Escape")
    ask(page, "seven seas")
    expect(answer(page).locator(".prose")).to_have_text("tool said: seen seven seas")
    expect(answer(page).locator(".steps")).to_have_text("Looking up seven seas")
    shot(page, "chat-tool-answer")
    assert person.call("GET", "/api/v1/tools/id/weather_tools/valves/user") == {"city": "Jeju"}
    asked = upstream_log(path="/v1/chat/completions", contains="seven seas")[0]["body"]
    assert [item["function"]["name"] for item in asked["tools"]] == ["look"] and "features" not in asked and "tool_ids" not in asked


def test_a_models_own_tools_are_always_on(admin, open_page):
    tool(admin, "looker", LOOKER, "Looker")
    admin.call("POST", "/api/v1/models/create", {"id": "helper", "name": "Helper", "base_model_id": "echo-tools", "params": {}, "meta": {"toolIds": ["looker"]}})
    try:
        page = open_page(admin)
        new_chat(page, "Helper")
        page.get_by_role("button", name="Tools in use: Looker").click()
        expect(page.get_by_role("switch", name="Looker")).to_be_checked()
        expect(page.get_by_role("switch", name="Looker")).to_be_disabled()
        page.keyboard.press("Escape")
        ask(page, "by itself")
        expect(answer(page).locator(".prose")).to_have_text("tool said: seen by itself")
    finally:
        admin.call("POST", "/api/v1/models/model/delete", {"id": "helper"})


def test_buttons_under_an_answer(admin, open_page, shot):
    function(admin, "button", BUTTON, "Button", is_global=True)
    page = open_page(admin)
    new_chat(page)
    ask(page, "hello there")
    tools = answer(page).locator(".message-tools")
    shot(page, "chat-actions")
    assert serious(page) == []
    # It asks, and what it gives back is shown, not put into the chat.
    tools.get_by_role("button", name="Shout <b>it</b>").click()
    page.get_by_role("dialog", name="Ending?").get_by_label("Answer").fill("?!")
    page.get_by_role("dialog").get_by_role("button", name="Send").click()
    result = page.get_by_role("dialog", name="Shout <b>it</b>")
    expect(result.locator(".prose strong")).to_have_text("ECHO: HELLO THERE?!")
    expect(result.locator(".prose")).to_contain_text(ATTACK)
    shot(page, "chat-action-result")
    assert serious(page) == []
    result.get_by_role("button", name="Done").click()
    prose = answer(page).locator(".prose")
    expect(prose).to_have_text("echo: hello there")
    tools.get_by_role("button", name="Add a line").click()
    expect(prose.locator("em")).to_have_text("line")
    expect(answer(page).locator(".steps")).to_have_text("Adding")
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    page.reload()
    expect(answer(page).locator(".prose em")).to_have_text("line")
    answer(page).locator(".message-tools").get_by_role("button", name="Change it").click()
    expect(answer(page).locator(".prose")).to_have_text("Changed by a button")
    page.reload()
    expect(answer(page).locator(".prose")).to_have_text("Changed by a button")
    answer(page).locator(".message-tools").get_by_role("button", name="Fail").click()
    expect(page.get_by_role("alert")).to_contain_text("No button today")
    expect(answer(page).locator(".message-tools").get_by_role("button", name="Fail")).to_be_enabled()
    assert page.dialogs == []


def test_an_action_that_is_not_offered_is_refused(admin, person):
    function(admin, "button", BUTTON, "Button")
    body = {"model": "echo-1", "messages": [{"role": "assistant", "content": "x"}], "chat_id": "c", "id": "m", "session_id": "s"}
    for stream in (False, True):
        response = requests.post(f"{URL}/api/chat/actions/button.add", json={**body, "stream": stream}, headers={"Authorization": f"Bearer {person.token}"}, timeout=30)
        assert "Action not found" in response.text
        assert response.status_code == (200 if stream else 400)
