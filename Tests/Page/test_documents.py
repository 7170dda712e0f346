import re
import uuid

import pytest
from conftest import URL, ask, choose_model, expect, new_chat

NOTES = "# Lighthouse notes\n\nThe lighthouse of Dokdo was first lit in 1954. Its keeper owns a cat called Mirae.\n\n## Ferry\n\nThe ferry leaves Ulleungdo at nine.\n"


@pytest.fixture
def collection(admin):
    made = admin.call("POST", "/api/v1/knowledge/create", {"name": f"Harbour {uuid.uuid4().hex[:6]}", "description": "About ships"})
    yield made
    admin.call("DELETE", f"/api/v1/knowledge/{made['id']}/delete")


def unique(text: str = NOTES) -> bytes:
    return f"{text}\n\nMark {uuid.uuid4().hex}\n".encode()


def test_a_file_is_attached_and_its_sources_open(admin, open_page, shot):
    page = open_page(admin)
    new_chat(page, "echo-1")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Attach files").click()
    chooser.value.set_files({"name": "lighthouse.md", "mimeType": "text/markdown", "buffer": unique()})
    expect(page.locator(".file-line")).to_have_attribute("data-status", "completed", timeout=60_000)
    shot(page, "chat-attached")
    page.get_by_label("Message", exact=True).fill("When was the lighthouse first lit? [1]")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("list", name="Sources").get_by_role("button", name="lighthouse.md")).to_be_visible()
    # The mark in the text, and the source below it, open the same passage.
    page.locator(".message.assistant .cite").last.click()
    dialog = page.get_by_role("dialog", name="lighthouse.md")
    expect(dialog).to_contain_text("first lit in 1954")
    expect(dialog).to_contain_text("Lighthouse notes")
    expect(dialog.get_by_role("link", name="Open the file")).to_have_attribute("href", re.compile(r"^/api/v1/files/[0-9a-f-]+/content$"))
    shot(page, "chat-source")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.reload()
    page.get_by_role("list", name="Sources").get_by_role("button").click()
    expect(page.get_by_role("dialog", name="lighthouse.md")).to_contain_text("1954")


def test_files_are_dropped_and_pasted(admin, open_page):
    page = open_page(admin)
    new_chat(page)
    for number, kind in enumerate(("drop", "paste")):
        page.evaluate("""([kind, text]) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([text], kind + '.txt', { type: 'text/plain' }));
            const target = kind === 'drop' ? document.querySelector('.chat') : document.querySelector('.composer-input');
            target.dispatchEvent(kind === 'drop' ? new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true })
                : new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true, cancelable: true }));
        }""", [kind, unique().decode()])
        expect(page.locator(".file-line")).to_have_count(number + 1)
    expect(page.locator(".file-line[data-status=completed]")).to_have_count(2, timeout=60_000)
    page.get_by_role("button", name="Remove drop.txt").click()
    expect(page.locator(".file-line")).to_have_count(1)


def test_a_collection_is_named_with_a_hash(admin, open_page, collection, shot):
    page = open_page(admin)
    new_chat(page)
    page.get_by_label("Message", exact=True).press_sequentially("#Harb")
    option = page.get_by_role("option", name=re.compile(collection["name"]))
    expect(option).to_be_visible()
    shot(page, "chat-hash")
    while option.get_attribute("aria-selected") != "true":
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".attachments").get_by_text(collection["name"])).to_be_visible()
    expect(page.get_by_label("Message", exact=True)).to_have_value("")
    ask(page, "What about ships?")
    chat = admin.call("GET", "/api/v1/chats/" + page.url.rsplit("/", 1)[1])
    questions = [m for m in chat["chat"]["history"]["messages"].values() if m["role"] == "user"]
    assert questions[0]["files"][0]["id"] == collection["id"]


def test_a_collection_is_made_filled_searched_and_deleted(admin, open_page, shot):
    page = open_page(admin, "/knowledge")
    page.get_by_role("button", name="New collection").first.click()
    name = f"Lights {uuid.uuid4().hex[:6]}"
    page.get_by_label("Name").fill(name)
    page.get_by_label("Description").fill("Everything about lighthouses")
    page.get_by_label("Who can see it").select_option("public")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    expect(page.get_by_text("Public", exact=True)).to_be_visible()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose files").click()
    chooser.value.set_files([
        {"name": "notes.md", "mimeType": "text/markdown", "buffer": unique()},
        {"name": "menu.txt", "mimeType": "text/plain", "buffer": unique("Soup on Mondays, noodles on Fridays.")}])
    expect(page.get_by_role("link", name="notes.md")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("link", name="menu.txt")).to_be_visible(timeout=60_000)
    shot(page, "collection")
    page.get_by_role("searchbox", name="Search in the documents").fill("When was the lighthouse first lit?")
    page.get_by_role("button", name="Search", exact=True).click()
    first = page.locator(".result").first
    expect(first).to_contain_text("1954", timeout=60_000)
    expect(first).to_contain_text("rank 1")
    expect(first.locator("mark").first).to_be_visible()
    shot(page, "collection-search")
    page.get_by_role("button", name="Actions for menu.txt").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("link", name="menu.txt")).to_have_count(0)
    page.get_by_role("button", name="Delete").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="Knowledge")).to_be_visible()
    expect(page.get_by_role("link", name=name)).to_have_count(0)


def test_folders_are_taken_over(admin, open_page, collection, tmp_path):
    (tmp_path / "box" / "inner").mkdir(parents=True)
    (tmp_path / "box" / "top.txt").write_bytes(unique("On top of everything."))
    (tmp_path / "box" / "inner" / "deep.txt").write_bytes(unique("Deep inside."))
    page = open_page(admin, f"/knowledge/{collection['id']}")
    page.locator("input[webkitdirectory]").set_input_files(tmp_path / "box")
    expect(page.get_by_role("button", name="box", exact=True)).to_be_visible(timeout=60_000)
    expect(page.locator(".file-line[data-status]")).to_have_count(0, timeout=60_000)
    page.get_by_role("button", name="box", exact=True).click()
    expect(page.get_by_role("link", name="top.txt")).to_be_visible()
    page.get_by_role("button", name="inner", exact=True).click()
    expect(page.get_by_role("link", name="deep.txt")).to_be_visible()
    page.get_by_role("navigation", name="Folder").get_by_role("button", name="All files").click()
    expect(page.get_by_role("link", name="top.txt")).to_have_count(0)


def test_a_file_that_cannot_be_read_says_why_and_can_be_tried_again(admin, open_page, collection, shot):
    page = open_page(admin, f"/knowledge/{collection['id']}")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose files").click()
    chooser.value.set_files({"name": "broken.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 this is no document " + unique()})
    line = page.locator(".file-line[data-status=failed]")
    expect(line).to_be_visible(timeout=60_000)
    expect(line.get_by_role("alert")).to_have_text(re.compile(r"\w+"))
    shot(page, "collection-failed")
    line.get_by_role("button", name="Retry").click()
    expect(line.get_by_role("alert")).to_have_text(re.compile(r"\w+"), timeout=60_000)
    line.get_by_role("button", name="Remove broken.pdf").click()
    expect(page.locator(".file-line")).to_have_count(0)


def test_a_file_that_is_too_much_for_the_network_is_tried_again(admin, open_page, collection):
    page = open_page(admin, f"/knowledge/{collection['id']}")
    page.route("**/api/v1/files/?process=true", lambda route: route.abort())
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose files").click()
    chooser.value.set_files({"name": "patient.txt", "mimeType": "text/plain", "buffer": unique("Patience wins.")})
    expect(page.locator(".file-line[data-status=failed]")).to_contain_text("The server cannot be reached.")
    page.unroute("**/api/v1/files/?process=true")
    page.get_by_role("button", name="Retry").click()
    expect(page.get_by_role("link", name="patient.txt")).to_be_visible(timeout=60_000)


def test_a_workspace_model_answers_with_its_instructions(admin, open_page, collection, shot):
    page = open_page(admin, "/workspace")
    page.get_by_role("button", name="New model").first.click()
    name = f"Captain {uuid.uuid4().hex[:6]}"
    page.get_by_label("Name").fill(name)
    page.get_by_label("Base model").select_option("echo-context")
    page.get_by_label("System prompt").fill("Speak like a captain.")
    page.get_by_label("Temperature").fill("0.3")
    page.get_by_label("Add a collection…").select_option(label=collection["name"])
    shot(page, "model-editor")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("link", name=name)).to_be_visible()
    shot(page, "workspace")
    page.get_by_role("link", name=name).click()
    expect(page.get_by_role("button", name=f"Model: {name}")).to_be_visible()
    ask(page, "Ahoy")
    expect(page.locator(".message.assistant .prose")).to_contain_text("Speak like a captain.")
    row = admin.call("GET", "/api/v1/models/model?id=" + name.lower().replace(" ", "-"))
    assert row["params"]["temperature"] == 0.3 and row["meta"]["knowledge"][0]["id"] == collection["id"]
    page.goto(URL + "/workspace")
    page.get_by_role("button", name=f"Actions for {name}").click()
    page.get_by_role("menuitem", name="Edit").click()
    page.get_by_label("System prompt").fill("Speak like a cook.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert admin.call("GET", "/api/v1/models/model?id=" + row["id"])["params"]["system"] == "Speak like a cook."
    page.get_by_role("button", name=f"Actions for {name}").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("link", name=name)).to_have_count(0)
