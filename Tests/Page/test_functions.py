"""Functions and tools with the server that runs them: nothing is made up here."""
import json
import pathlib
import re

import pytest
import requests
from conftest import URL, expect
from test_quality import serious

FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "Fixtures" / "Functions"

VALVES = '''"""
title: Every kind of valve
author: Haneul
version: 3.1
description: One of each
"""

from enum import Enum
from typing import Literal, Optional

from pydantic import BaseModel, Field


class Mood(str, Enum):
    calm = "calm"
    wild = "wild"


class Pipe:
    class Valves(BaseModel):
        word: str = Field(default="hey", description="<img src=x onerror=alert(1)> said first")
        API_KEY: str = ""
        count: int = Field(default=2, ge=1, le=9)
        ratio: float = 0.5
        loud: bool = False
        tone: Literal["soft", "hard"] = "soft"
        mood: Mood = Mood.calm
        limit: Optional[int] = None
        names: list[str] = ["a"]

    class UserValves(BaseModel):
        sign: str = Field(default="me", description="Put at the end")

    def __init__(self):
        self.valves = self.Valves()

    def pipe(self, body, __user__):
        v = self.valves
        print("asked for", body["messages"][-1]["content"])
        return f"{v.word} {v.count} {v.ratio} {v.loud} {v.tone} {v.mood.value} {v.limit} {v.names} {v.API_KEY} {__user__['valves'].sign}"
'''


def delete_all(admin):
    for kind in ("functions", "tools"):
        for item in admin.call("GET", f"/api/v1/{kind}/"):
            admin.call("DELETE", f"/api/v1/{kind}/id/{item['id']}/delete")


@pytest.fixture(autouse=True)
def clean(admin):
    delete_all(admin)
    yield
    delete_all(admin)


def plugin(page, id):
    return page.locator(f"li.plugin[data-id={id}]")


def menu(page, name, entry):
    page.get_by_role("button", name=f"Actions for {name}").click()
    page.get_by_role("menuitem", name=entry).click()


def say(account, model, text="hi"):
    answer = account.call("POST", "/api/chat/completions", {"model": model, "messages": [{"role": "user", "content": text}]})
    return answer["choices"][0]["message"]["content"]


def test_a_function_from_pasted_code_to_its_end(admin, open_page, shot):
    page = open_page(admin, "/admin/functions")
    expect(page.get_by_role("heading", name="No functions yet")).to_be_visible()
    page.get_by_role("button", name="New function").first.click()
    dialog = page.get_by_role("dialog")
    # Code that does not load: the reason stands under it, and nothing is lost.
    dialog.get_by_label("Name", exact=True).fill("Every kind")
    expect(dialog.get_by_label("Id", exact=True)).to_have_value("every_kind")
    dialog.get_by_label("Code", exact=True).fill("class Pipe(")
    dialog.get_by_role("button", name="Create").click()
    expect(dialog.get_by_role("alert")).to_contain_text("SyntaxError")
    shot(page, "function-problem")
    assert serious(page) == []
    dialog.get_by_label("Code", exact=True).fill(VALVES)
    dialog.get_by_role("button", name="Create").click()
    expect(dialog).to_have_count(0)
    row = plugin(page, "every_kind")
    expect(row).to_contain_text("v3.1")
    expect(row).to_contain_text("Model")
    row.get_by_role("switch", name="Use Every kind").click()
    expect(row.get_by_role("switch")).to_be_checked()
    assert say(admin, "every_kind") == "hey 2 0.5 False soft calm None ['a']  me"

    row.get_by_role("button", name="Valves").click()
    expect(dialog.get_by_text("<img src=x onerror=alert(1)> said first")).to_be_visible()
    assert dialog.get_by_label("API_KEY").or_(dialog.get_by_label("Api Key")).get_attribute("type") == "password"
    dialog.get_by_label("Word").fill("yo")
    dialog.get_by_label("Api Key").fill("s3cret")
    dialog.get_by_label("Count").fill("9")
    dialog.get_by_label("Ratio").fill("0.25")
    dialog.get_by_label("Loud").check()
    dialog.get_by_label("Tone").select_option("hard")
    dialog.get_by_label("Mood").select_option("wild")
    dialog.get_by_label("Limit").fill("5")
    dialog.get_by_label("Names").fill('["x", "y"]')
    shot(page, "function-valves")
    assert serious(page) == []
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    assert say(admin, "every_kind") == "yo 9 0.25 True hard wild 5 ['x', 'y'] s3cret me"
    # What was set is there again, and can be taken away.
    row.get_by_role("button", name="Valves").click()
    expect(dialog.get_by_label("Mood")).to_have_value("wild")
    expect(dialog.get_by_label("Names")).to_have_value('[\n  "x",\n  "y"\n]')
    dialog.get_by_label("Limit").fill("")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    assert " None " in say(admin, "every_kind")

    menu(page, "Every kind", "Your settings")
    dialog.get_by_label("Sign").fill("Ada")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    assert say(admin, "every_kind").endswith("Ada")

    menu(page, "Every kind", "Log")
    expect(dialog).to_contain_text("asked for hi")
    page.keyboard.press("Escape")
    menu(page, "Every kind", "Edit")
    expect(dialog.get_by_label("Id", exact=True)).to_be_disabled()
    code = dialog.get_by_label("Code", exact=True)
    expect(code).to_have_value(VALVES)
    code.fill(VALVES.replace('return f"', 'return f"new: '))
    dialog.get_by_label("Description").fill("Changed on the page")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    expect(row).to_contain_text("Changed on the page")
    assert say(admin, "every_kind").startswith("new: yo 9")
    shot(page, "admin-functions")
    assert serious(page) == []
    menu(page, "Every kind", "Delete")
    dialog.get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)
    assert admin.call("GET", "/api/v1/functions/") == []
    assert page.dialogs == []
    # The audit knows who did what.
    page.goto(URL + "/admin/audit")
    page.get_by_label("Id of the object").fill("every_kind")
    for action in ("function.create", "function.update", "function.toggle", "function.valves", "function.delete"):
        expect(page.get_by_role("cell", name=action, exact=True).first).to_be_visible()
    assert "s3cret" not in page.locator("main").inner_text()


def test_a_function_out_of_a_file(admin, open_page):
    page = open_page(admin, "/admin/functions")
    page.get_by_role("button", name="New function").first.click()
    dialog = page.get_by_role("dialog")
    dialog.locator("input[type=file]").set_input_files(FIXTURES / "context_filter.py")
    expect(dialog.get_by_label("Name", exact=True)).to_have_value("House style")
    expect(dialog.get_by_label("Id", exact=True)).to_have_value("house_style")
    dialog.get_by_role("button", name="Create").click()
    expect(dialog).to_have_count(0)
    expect(plugin(page, "house_style")).to_contain_text("Filter")
    menu(page, "House style", "For all models")
    expect(plugin(page, "house_style")).to_contain_text("for all models")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export").click()
    assert json.loads(download.value.path().read_text())[0]["content"] == (FIXTURES / "context_filter.py").read_text()


def test_an_address_that_is_refused_is_told(admin, open_page):
    page = open_page(admin, "/admin/functions")
    page.get_by_role("button", name="New function").first.click()
    page.get_by_role("button", name="Load from an address").click()
    page.get_by_role("textbox", name="Address").fill(f"{URL}/api/version")
    page.get_by_role("button", name="Load", exact=True).click()
    # Told where it can be read: over the dialogue that is still open.
    alert = page.locator("dialog .toast.error")
    expect(alert).to_be_visible()
    alert.get_by_role("button", name="Close").click()
    expect(alert).to_have_count(0)
    expect(page.get_by_label("Code", exact=True)).to_be_visible()


def test_packages_are_installed_and_what_fails_says_why(admin, open_page, shot):
    page = open_page(admin, "/admin/functions")
    page.get_by_role("button", name="New function").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill("Nowhere")
    packaged = (FIXTURES / "packaged_pipe.py").read_text()
    dialog.get_by_label("Code", exact=True).fill(packaged.replace("haneul-fixture-package>=1.0,<2", "haneul-package-that-is-nowhere"))
    dialog.get_by_role("button", name="Create").click()
    # What takes longer than the server waits is told in the list.
    row = plugin(page, "nowhere")
    expect(dialog.get_by_role("alert").or_(row.locator("pre"))).to_contain_text("haneul-package-that-is-nowhere", timeout=60_000)
    shot(page, "function-package-missing")
    assert serious(page) == []
    if row.count():
        menu(page, "Nowhere", "Edit")
    dialog.get_by_label("Code", exact=True).fill(packaged)
    dialog.get_by_role("button", name=re.compile("Create|Save")).click()
    expect(dialog).to_have_count(0, timeout=60_000)
    expect(row.locator(".install")).to_have_count(0, timeout=60_000)
    row.get_by_role("switch").click()
    expect(row.get_by_role("switch")).to_be_checked()
    assert say(admin, "nowhere", "Mina").find("Mina") >= 0


def test_an_installation_that_takes_long_shows_how_far_it_is(admin, open_page, shot):
    """The states of the contract one after the other, over a function that is really there."""
    made = admin.call("POST", "/api/v1/functions/create", {"id": "slow", "name": "Slow", "content": (FIXTURES / "echo_pipe.py").read_text(), "meta": {"description": ""}})
    states = [{"state": "installing", "log": ["Collecting numpy <b>"]}, {"state": "installing", "log": ["Collecting numpy <b>", "Downloading numpy"]},
              {"state": "failed", "error": "No matching distribution found for numpyy"}, {"state": "ready"}]
    page = open_page(admin, None)

    def answer(route):
        if route.request.method == "GET":
            install = states[0] if len(states) == 1 or states[0]["state"] == "failed" else states.pop(0)
            route.fulfill(json=[{**made, "meta": {**made["meta"], "install": install}}])
        else:
            states.pop(0)
            route.fulfill(json=made)

    page.route(re.compile(r"/api/v1/functions/($|id/slow/install)"), answer)
    page.goto(f"{URL}/admin/functions")
    row = plugin(page, "slow")
    expect(row).to_contain_text("Collecting numpy <b>")
    expect(row).to_contain_text("Downloading numpy")
    shot(page, "function-installing")
    expect(row).to_contain_text("No matching distribution found for numpyy")
    row.get_by_role("button", name="Install again").click()
    expect(row.locator(".install")).to_have_count(0)


def test_tools_are_made_shared_and_set_by_each_person(admin, person, open_page, shot):
    page = open_page(admin, "/admin/tools")
    page.get_by_role("button", name="New tool").first.click()
    dialog = page.get_by_role("dialog")
    dialog.locator("input[type=file]").set_input_files(FIXTURES / "weather_tools.py")
    expect(dialog.get_by_label("Name", exact=True)).to_have_value("Weather tools")
    dialog.get_by_label("Who can see it").select_option("public")
    dialog.get_by_role("button", name="Create").click()
    expect(dialog).to_have_count(0)
    row = plugin(page, "weather_tools")
    row.get_by_role("button", name="Valves").click()
    dialog.get_by_label("Unit").select_option("fahrenheit")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    assert admin.call("GET", "/api/v1/tools/id/weather_tools/valves") == {"unit": "fahrenheit"}
    shot(page, "admin-tools")
    other = open_page(person, "/settings/tools")
    other.get_by_role("button", name="Your settings of Weather tools").click()
    other.get_by_label("City").fill("부산")
    shot(other, "settings-tools")
    assert serious(other) == []
    other.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(other.get_by_role("dialog")).to_have_count(0)
    assert person.call("GET", "/api/v1/tools/id/weather_tools/valves/user") == {"city": "부산"}
    answer = requests.get(f"{URL}/api/v1/tools/id/weather_tools/valves", headers={"Authorization": f"Bearer {person.token}"}, timeout=30)
    assert answer.status_code == 401
    menu(page, "Weather tools", "Edit")
    dialog.get_by_label("Code", exact=True).fill("import nothing_like_this")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_contain_text("nothing_like_this")
    dialog.get_by_role("button", name="Cancel").click()
    menu(page, "Weather tools", "Delete")
    dialog.get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)
    other.reload()
    expect(other.get_by_role("heading", name="Nothing to set")).to_be_visible()


def test_health_says_what_runs_functions(admin, open_page, shot):
    page = open_page(admin, "/admin/health")
    panel = page.locator("section.panel", has=page.get_by_role("heading", name="Functions"))
    expect(panel).to_contain_text("Python")
    host = admin.call("GET", "/api/v1/functions/host")
    for name in host["active"]:
        expect(panel.get_by_text(name, exact=True)).to_be_visible()
    shot(page, "admin-health")


def test_usage_counts_calls_that_were_made(admin, person, open_page, shot):
    before = admin.call("GET", f"/api/v1/usage?group_by=day&user_id={person.id}")["totals"]["calls"]
    for _ in range(3):
        say(person, "echo-1", "count me in, please")
    page = open_page(person, "/settings/usage")
    calls = page.locator(".figure", has_text="Calls").locator("strong")
    expect(calls).to_have_text(str(before + 3))
    expect(page.get_by_role("row").filter(has=page.get_by_role("cell", name="echo-1", exact=True)).get_by_role("cell").nth(1)).to_have_text("3")
    shot(page, "settings-usage")
    page = open_page(admin, "/admin/usage")
    row = page.get_by_role("row").filter(has_text="Kim Person").first
    expect(row).to_be_visible()
    page.get_by_label("Show", exact=True).select_option("calls")
    bars = page.locator(".chart .bar title")
    total = admin.call("GET", "/api/v1/usage?group_by=day")["totals"]["calls"]
    expect(bars.last).to_have_text(re.compile(f": {total}$"))
    shot(page, "admin-usage-real")
