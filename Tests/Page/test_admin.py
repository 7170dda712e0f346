import re
import uuid

from conftest import UPSTREAM, URL, Account, expect


def test_people(admin, open_page, shot):
    page = open_page(admin, "/admin/users")
    email = f"{uuid.uuid4().hex[:8]}@example.com"
    page.get_by_role("button", name="New account").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Park Visitor")
    dialog.get_by_label("E-mail").fill(email)
    dialog.get_by_label("Password").fill("Passw0rd!")
    dialog.get_by_role("button", name="Create").click()
    expect(dialog).to_have_count(0)
    page.get_by_role("searchbox", name="Search people").fill(email)
    expect(page.get_by_role("row")).to_have_count(2)
    shot(page, "admin-users")
    page.get_by_label("Role of Park Visitor").select_option("pending")
    expect(page.get_by_text("Saved.")).to_be_visible()
    visitor = Account(email)
    assert admin.call("GET", f"/api/v1/users/{visitor.id}")["role"] == "pending"
    page.get_by_role("button", name="Actions for Park Visitor").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("row")).to_have_count(1)


def test_groups_and_permissions(admin, person, open_page, shot):
    page = open_page(admin, "/admin/groups")
    name = f"Team {uuid.uuid4().hex[:6]}"
    page.get_by_role("button", name="New group").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill(name)
    dialog.get_by_role("group", name="workspace").get_by_role("checkbox", name="knowledge", exact=True).check()
    shot(page, "group-editor")
    dialog.get_by_role("button", name="Create").click()
    row = page.locator(".card-row", has_text=name)
    row.get_by_role("button", name="Members").click()
    page.get_by_role("searchbox", name="Add people").fill(person.email)
    page.get_by_role("button", name=re.compile(re.escape(person.email))).click()
    expect(page.get_by_role("dialog").get_by_role("button", name="Remove Kim Person")).to_be_visible()
    page.keyboard.press("Escape")
    expect(row).to_contain_text("1 members")
    assert person.call("GET", "/api/v1/users/permissions")["workspace"]["knowledge"] is True
    row.get_by_role("button", name=f"Actions for {name}").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)
    assert person.call("GET", "/api/v1/users/permissions")["workspace"]["knowledge"] is False


def test_connections_are_tested_added_and_switched_off(admin, open_page, shot):
    page = open_page(admin, "/admin/connections")
    openai = page.locator("section.panel", has=page.get_by_role("heading", name="OpenAI-compatible"))
    openai.get_by_role("button", name="Test").click()
    expect(page.get_by_text(re.compile(r"It works: \d+ models"))).to_be_visible()
    shot(page, "admin-connections")
    openai.get_by_role("button", name="Add a connection").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Address").fill(f"{UPSTREAM}/v1")
    dialog.get_by_label("Key").fill("wrong")
    dialog.get_by_role("button", name="Test").click()
    expect(page.get_by_role("alert")).to_be_visible()
    dialog.get_by_label("Key").fill("sk-up")
    dialog.get_by_label("Prefix").fill("two")
    dialog.get_by_label("Only these models").fill("echo-1")
    dialog.get_by_role("button", name="Save").click()
    expect(openai.get_by_role("listitem")).to_have_count(2)
    assert "two.echo-1" in [model["id"] for model in admin.call("GET", "/api/models?refresh=true")["data"]]
    openai.get_by_role("button", name=re.compile("^Actions for")).last.click()
    page.get_by_role("menuitem", name="Switch off").click()
    expect(openai.get_by_text("Off", exact=True)).to_be_visible()
    assert "two.echo-1" not in [model["id"] for model in admin.call("GET", "/api/models?refresh=true")["data"]]
    openai.get_by_role("button", name=re.compile("^Actions for")).last.click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(openai.get_by_role("listitem")).to_have_count(1)
    assert len(admin.call("GET", "/openai/config")["OPENAI_API_KEYS"]) == 1


def test_models_are_given_to_people_and_switched_off(admin, person, open_page, shot):
    page = open_page(admin, "/admin/models")
    page.get_by_role("searchbox", name="Search models").fill("echo-bytes")
    page.get_by_role("button", name="Access to echo-bytes").click()
    page.get_by_label("Who can see it").select_option("public")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Public", exact=True)).to_be_visible()
    assert "echo-bytes" in [model["id"] for model in person.call("GET", "/api/models")["data"]]
    shot(page, "admin-models")
    page.get_by_role("switch", name="Offer echo-bytes").click()
    expect(page.get_by_role("switch", name="Offer echo-bytes")).not_to_be_checked()
    page.get_by_role("switch", name="Offer echo-bytes").and_(page.locator(":enabled")).wait_for()
    assert "echo-bytes" not in [model["id"] for model in person.call("GET", "/api/models")["data"]]
    page.get_by_role("switch", name="Offer echo-bytes").click()
    expect(page.get_by_role("switch", name="Offer echo-bytes")).to_be_checked()


def test_documents_settings(admin, open_page, shot):
    before = admin.call("GET", "/api/v1/retrieval/config")
    page = open_page(admin, "/admin/documents")
    page.get_by_label("Passages for an answer").fill("7")
    page.get_by_label("Search by meaning and by words").set_checked(not before["ENABLE_RAG_HYBRID_SEARCH"])
    page.get_by_label("Largest file (MB)").fill("")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    shot(page, "admin-documents")
    after = admin.call("GET", "/api/v1/retrieval/config")
    assert after["TOP_K"] == 7 and after["ENABLE_RAG_HYBRID_SEARCH"] is not before["ENABLE_RAG_HYBRID_SEARCH"] and after["FILE_MAX_SIZE"] is None
    assert {key: value for key, value in after.items() if key not in ("TOP_K", "ENABLE_RAG_HYBRID_SEARCH")} == {
        key: value for key, value in before.items() if key not in ("TOP_K", "ENABLE_RAG_HYBRID_SEARCH")}
    admin.call("POST", "/api/v1/retrieval/config/update", {"TOP_K": before["TOP_K"], "ENABLE_RAG_HYBRID_SEARCH": before["ENABLE_RAG_HYBRID_SEARCH"]})


def test_an_encoder_that_does_not_exist_is_refused(admin, open_page):
    page = open_page(admin, "/admin/documents")
    encoder = page.locator("section.panel", has=page.get_by_role("heading", name="Encoder"))
    encoder.get_by_label("Model").fill("no/such-encoder")
    encoder.get_by_role("button", name="Change the encoder").click()
    page.get_by_role("dialog").get_by_role("button", name="Change").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert admin.call("GET", "/api/v1/retrieval/embedding")["RAG_EMBEDDING_MODEL"] != "no/such-encoder"


def test_general_settings(admin, open_page):
    before = admin.call("GET", "/api/v1/auths/admin/config")
    page = open_page(admin, "/admin/general")
    page.get_by_label("A session lasts").fill("3d")
    page.get_by_label("Anybody may create an account").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    after = admin.call("GET", "/api/v1/auths/admin/config")
    admin.call("POST", "/api/v1/auths/admin/config", before)
    assert after == {**before, "JWT_EXPIRES_IN": "3d", "ENABLE_SIGNUP": True}


def test_audit_and_its_export(admin, open_page, shot):
    page = open_page(admin, "/admin/audit")
    expect(page.get_by_role("cell", name="user.signup").first).to_be_visible()
    shot(page, "admin-audit")
    page.get_by_label("Action").fill("session.start")
    expect(page.get_by_role("cell", name="user.signup")).to_have_count(0)
    with page.expect_download() as download:
        page.get_by_role("link", name="Export as NDJSON").click()
    lines = download.value.path().read_text().splitlines()
    assert lines and all('"session.start"' in line for line in lines)


def test_health(admin, open_page, shot):
    page = open_page(admin, "/admin/health")
    expect(page.get_by_text("Good", exact=True).first).to_be_visible()
    shot(page, "admin-health")


def test_sections_of_what_a_server_lacks_say_so(admin, open_page):
    """Functions, tools and usage, answered as a server without them does."""
    page = open_page(admin, None)
    for path in ("functions", "tools", "usage"):
        page.route(re.compile(f"/api/v1/{path}"), lambda route: route.fulfill(status=404, content_type="application/json", body='{"detail":"Not Found"}'))
        page.goto(f"{URL}/admin/{path}")
        expect(page.get_by_role("heading", name=re.compile("Not available|Usage is not counted here"))).to_be_visible()


def test_usage_is_drawn(admin, open_page, shot):
    """Against figures as `/api/v1/usage` gives them."""
    import datetime
    today = datetime.datetime.now(datetime.timezone.utc).date()
    figures = {"calls": 4, "errors": 1, "input_tokens": 100, "output_tokens": 50, "total_tokens": 150, "cost": 0.25}

    def answer(route):
        group = re.search(r"group_by=(\w+)", route.request.url)[1]
        names = {"day": [{"day": str(today - datetime.timedelta(days=n))} for n in range(5)], "model": [{"model": "echo-1"}],
                 "user": [{"user_id": "u", "user_name": "<img src=x onerror=alert(1)>", "user_email": "a@b.c"}]}[group]
        route.fulfill(json={"items": [{**name, **figures} for name in names], "totals": figures, "currency": "USD", "limits": {"account": {"remaining": {"cost_per_day": 2}}}})

    page = open_page(admin, None)
    page.route(re.compile(r"/api/v1/usage\?"), answer)
    page.goto(f"{URL}/admin/usage")
    expect(page.locator(".chart .bar")).to_have_count(30)
    expect(page.get_by_role("cell", name="<img src=x onerror=alert(1)>")).to_be_visible()
    expect(page.get_by_text("left today")).to_be_visible()
    shot(page, "admin-usage")
    assert page.dialogs == []


ATTACK = "<img src=x onerror=alert(1)>"


def test_what_administrators_say_to_everybody(admin, person, open_page, shot):
    banner = {"id": "b1", "type": "warning", "title": f"Tonight {ATTACK}", "content": "Closed at **ten**.", "dismissible": True, "timestamp": 1}
    fixed = {"id": "b2", "type": "error", "title": None, "content": "Do not panic.", "dismissible": False, "timestamp": 1}
    models = admin.call("GET", "/api/v1/configs/models")
    try:
        admin.call("POST", "/api/v1/configs/banners", {"banners": [banner, fixed]})
        admin.call("POST", "/api/v1/configs/models", {"DEFAULT_MODELS": "missing, echo-1"})
        admin.call("POST", "/api/v1/configs/suggestions", {"suggestions": [{"title": ["Ask about", "the tides"], "content": f"Why {ATTACK}?"}]})
        page = open_page(person)
        notices = page.get_by_role("region", name="Notices").locator(".banner")
        expect(notices).to_have_text([f"Tonight {ATTACK} Closed at **ten**.", "Do not panic."])
        expect(page.get_by_role("button", name="Model: echo-1")).to_be_visible()
        expect(page.locator(".idea")).to_have_count(1)
        shot(page, "banners")
        page.get_by_role("button", name="Ask about the tides").click()
        expect(page.get_by_label("Message", exact=True)).to_have_value(f"Why {ATTACK}?")
        expect(notices.nth(1).get_by_role("button")).to_have_count(0)
        notices.nth(0).get_by_role("button", name="Put the notice away").click()
        expect(notices).to_have_text(["Do not panic."])
        page.reload()
        expect(notices).to_have_text(["Do not panic."])
        assert page.dialogs == []
    finally:
        admin.call("POST", "/api/v1/configs/banners", {"banners": []})
        admin.call("POST", "/api/v1/configs/suggestions", {"suggestions": []})
        admin.call("POST", "/api/v1/configs/models", models)
