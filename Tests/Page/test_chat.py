import re

from conftest import URL, ask, choose_model, expect, new_chat, upstream_log


def test_an_answer_is_streamed_and_kept(person, open_page, shot):
    page = open_page(person)
    ask(page, "Hello there")
    expect(page.locator(".message.assistant .prose")).to_have_text("echo: Hello there")
    expect(page).to_have_url(re.compile(r"/c/[0-9a-f-]{36}$"))
    expect(page.get_by_role("region", name="Chats").get_by_role("link", name="Hello there")).to_be_visible()
    ask(page, "And again")
    shot(page, "chat")
    page.reload()
    expect(page.locator(".message")).to_have_count(4)
    expect(page.locator(".message.assistant .prose").last).to_have_text("echo: And again")
    # The model was told the whole conversation.
    roles = [message["role"] for message in upstream_log(path="/v1/chat/completions", contains="And again")[-1]["body"]["messages"]]
    assert roles == ["user", "assistant", "user"]


def test_markdown_code_and_formulas(admin, open_page, shot):
    page = open_page(admin)
    new_chat(page)
    ask(page, "Look:\n\n# Title\n\n- one\n- **two**\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```python\ndef f(x):\n    return x  # comment\n```\n\n"
        "Inline $a^2+b^2$ and it costs $5 or $6.\n\n$$\\int_0^1 x\\,dx = \\frac12$$\n\n> quoted\n\n[a link](https://example.com/)")
    answer = page.locator(".message.assistant .prose")
    expect(answer.get_by_role("heading", name="Title")).to_be_visible()
    expect(answer.locator("li strong")).to_have_text("two")
    expect(answer.get_by_role("cell", name="2")).to_be_visible()
    expect(answer.locator("pre .hljs-keyword").first).to_have_text("def")
    expect(answer.locator("math")).to_have_count(2)
    expect(answer).to_contain_text("costs $5 or $6")
    expect(answer.get_by_role("link", name="a link")).to_have_attribute("rel", re.compile("noopener"))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    answer.get_by_role("button", name="Copy code").click()
    assert page.evaluate("navigator.clipboard.readText()") == "def f(x):\n    return x  # comment"
    shot(page, "chat-markdown")


def test_stop_keeps_what_came(admin, open_page):
    page = open_page(admin)
    new_chat(page, "echo-slow")
    ask(page, " ".join(f"word{n}" for n in range(60)), answered=False)
    expect(page.locator(".message.assistant .prose")).to_contain_text("word2")
    page.get_by_role("button", name="Stop the answer").click()
    expect(page.get_by_text("Stopped.")).to_be_visible()
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    page.reload()
    expect(page.locator(".message.assistant .prose")).to_contain_text("word2")
    assert "word59" not in page.locator(".message.assistant .prose").inner_text()


def test_an_answer_goes_on_while_another_chat_is_looked_at(admin, open_page):
    page = open_page(admin)
    new_chat(page, "echo-slow")
    ask(page, " ".join(f"piece{n}" for n in range(12)), answered=False)
    expect(page.locator(".message.assistant .prose")).to_contain_text("piece0")
    page.get_by_role("link", name="Knowledge").click()
    expect(page.get_by_role("heading", name="Knowledge")).to_be_visible()
    page.go_back()
    expect(page.locator(".message.assistant .prose")).to_contain_text("piece11")


def test_retry_and_edit_make_versions(admin, open_page):
    page = open_page(admin)
    new_chat(page)
    ask(page, "first words")
    page.get_by_role("button", name="Answer again").click()
    expect(page.locator(".message.assistant .branches")).to_have_text("2 / 2")
    page.locator(".message.user").hover()
    page.get_by_role("button", name="Edit the message").click()
    page.get_by_label("Text of the message").fill("other words")
    page.get_by_role("button", name="Send", exact=True).first.click()
    expect(page.locator(".message.assistant .prose")).to_have_text("echo: other words")
    expect(page.locator(".message.user .branches")).to_have_text("2 / 2")
    page.locator(".message.user").hover()
    page.get_by_role("button", name="Earlier version").click()
    expect(page.locator(".message.assistant .prose")).to_have_text("echo: first words")
    page.reload()
    expect(page.locator(".message.assistant .prose")).to_have_text("echo: first words")
    page.locator(".message.assistant").hover()
    page.get_by_role("button", name="Correct the answer").click()
    page.get_by_label("Text of the message").fill("a better answer")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".message.assistant .prose")).to_have_text("a better answer")
    page.reload()
    expect(page.locator(".message.assistant .prose")).to_have_text("a better answer")


def test_errors_of_models_are_shown(admin, open_page, shot):
    page = open_page(admin)
    for model in ("echo-error-500", "echo-error-stream", "echo-cut"):
        new_chat(page, model)
        ask(page, f"Will {model} answer?")
        expect(page.get_by_role("alert").filter(has_text="The model did not answer")).to_be_visible()
    shot(page, "chat-error")
    page.reload()
    expect(page.get_by_role("alert").filter(has_text="The model did not answer")).to_be_visible()


def test_thoughts_are_apart_from_the_answer(admin, open_page):
    page = open_page(admin)
    new_chat(page, "echo-reason")
    ask(page, "why")
    expect(page.locator(".message.assistant .prose")).to_have_text("echo: why")
    page.get_by_text("Thoughts").click()
    expect(page.get_by_text("thinking about: why")).to_be_visible()


def test_the_model_is_remembered(admin, open_page, shot):
    page = open_page(admin)
    new_chat(page)
    page.get_by_role("button", name=re.compile("^Model:")).click()
    shot(page, "model-picker")
    page.keyboard.press("Escape")
    choose_model(page, "echo-crlf")
    page.goto(URL + "/")
    expect(page.get_by_role("button", name="Model: echo-crlf")).to_be_visible()
    choose_model(page, "echo-1")


def test_chats_are_pinned_filed_archived_and_found(person, open_page, shot):
    page = open_page(person)
    for text in ("alpha bears", "beta cats", "gamma dogs", "delta eels"):
        new_chat(page)
        ask(page, text)
    chats = page.get_by_role("region", name="Chats")

    def act(title, action):
        chats.locator(".chat-row", has_text=title).hover()
        chats.get_by_role("button", name=f"Actions for {title}").click()
        page.get_by_role("menuitem", name=action).click()

    act("alpha bears", "Pin")
    expect(chats.get_by_role("heading", name="Pinned")).to_be_visible()
    act("beta cats", "Rename")
    page.get_by_label("Title").fill("beta lions")
    page.keyboard.press("Enter")
    expect(chats.get_by_role("link", name="beta lions")).to_be_visible()
    page.get_by_role("button", name="New folder").click()
    page.get_by_label("Name").fill("Animals")
    page.keyboard.press("Enter")
    expect(chats.get_by_text("Animals")).to_be_visible()
    act("beta lions", "Move to a folder")
    page.get_by_role("dialog").get_by_role("button", name="Animals").click()
    expect(chats.get_by_role("link", name="beta lions")).to_be_hidden()
    chats.get_by_text("Animals").click()
    expect(chats.get_by_role("link", name="beta lions")).to_be_visible()
    # By dragging, too.
    chats.get_by_role("link", name="gamma dogs").drag_to(chats.locator(".folder summary"))
    expect(chats.locator(".folder").get_by_role("link", name="gamma dogs")).to_be_visible()
    shot(page, "chat-list")
    act("delta eels", "Archive")
    expect(chats.get_by_role("link", name="delta eels")).to_have_count(0)
    page.goto(URL + "/archived")
    page.get_by_role("button", name="Put back").click()
    expect(chats.get_by_role("link", name="delta eels")).to_be_visible()
    page.get_by_role("searchbox", name="Search chats").fill("dogs")
    expect(chats.get_by_role("link", name="gamma dogs")).to_be_visible()
    expect(chats.get_by_role("link", name="alpha bears")).to_have_count(0)
    page.get_by_role("searchbox", name="Search chats").fill("")
    act("delta eels", "Delete")
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(chats.get_by_role("link", name="delta eels")).to_have_count(0)
    page.reload()
    expect(chats.get_by_role("heading", name="Pinned")).to_be_visible()
    assert len(person.call("GET", "/api/v1/chats/all/tags")) == 0 and [chat["title"] for chat in person.call("GET", "/api/v1/chats/pinned")] == ["alpha bears"]


def test_a_long_answer_costs_as_much_as_its_length(admin, open_page):
    """Nodes that are put into the answer while it is written, for an answer and for one three times as long."""
    page = open_page(admin)
    counts = []
    for length in (60, 180):
        new_chat(page)
        page.evaluate("""() => {
            window.added = 0;
            new MutationObserver((list) => { for (const item of list) if (item.target.closest?.('.prose')) window.added += item.addedNodes.length; })
                .observe(document.body, { childList: true, subtree: true });
        }""")
        ask(page, "\n\n".join(f"paragraph {n} with some words" for n in range(length)))
        expect(page.locator(".message.assistant .prose")).to_contain_text(f"paragraph {length - 1} ")
        counts.append(page.evaluate("window.added"))
    # Rendering everything anew with each piece would make it nine times as much.
    assert counts[1] < 5 * counts[0], counts


def test_an_answer_goes_on_after_a_reload(admin, open_page):
    page = open_page(admin)
    new_chat(page, "echo-slow")
    ask(page, " ".join(f"part{n}" for n in range(40)), answered=False)
    expect(page.locator(".message.assistant .prose")).to_contain_text("part2")
    page.reload()
    expect(page.get_by_role("button", name="Stop the answer")).to_be_visible()
    expect(page.locator(".message.assistant .prose")).to_contain_text("part39")
    expect(page.get_by_role("button", name="Stop the answer")).to_be_hidden()
    # Nothing came twice, and the one question went to the model once.
    assert page.locator(".message.assistant .prose").inner_text().count("part7 ") == 1
    assert len(upstream_log(path="/v1/chat/completions", contains="part39")) == 1


def test_an_answer_goes_on_after_a_broken_connection(admin, open_page):
    page = open_page(admin)
    new_chat(page, "echo-slow")
    ask(page, " ".join(f"bit{n}" for n in range(40)), answered=False)
    expect(page.locator(".message.assistant .prose")).to_contain_text("bit2")
    page.context.set_offline(True)
    page.wait_for_timeout(300)
    page.context.set_offline(False)
    expect(page.locator(".message.assistant .prose")).to_contain_text("bit39")
    assert page.locator(".message.assistant .prose").inner_text().count("bit7 ") == 1
