"""The page's sources against themselves."""
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2] / "Sources" / "CPage"
PAGE = ROOT / "page"
SCRIPTS = sorted(PAGE.rglob("*.js"))


def test_every_file_is_part_of_the_program():
    listed = re.findall(r'FILE_AT\("([^"]+)"\)\{\n#embed "page/([^"]+)"', (ROOT / "page.c").read_text())
    assert all(name == path for name, path in listed)
    assert sorted(name for name, _ in listed) == sorted(str(path.relative_to(PAGE)) for path in PAGE.rglob("*") if path.is_file())


def test_what_the_chat_needs_is_asked_for_at_once():
    """Modules that name each other would come one round trip after the other."""
    needed = set()

    def follow(path):
        if path in needed:
            return
        needed.add(path)
        for name in re.findall(r'^import (?:[^"]*? from )?"([^"]+)";', path.read_text(), re.M):
            follow((path.parent / name).resolve())

    for name in ("app.js", "views/shell.js", "views/chat/chat.js"):
        follow(PAGE / name)
    listed = re.findall(r'<link rel="modulepreload" href="{{assets}}/([^"]+)">', (PAGE / "index.html").read_text())
    assert sorted(listed) == sorted(str(path.relative_to(PAGE)) for path in needed)


def test_every_phrase_is_in_korean():
    korean = dict(re.findall(r'^    "((?:[^"\\]|\\.)*)": "((?:[^"\\]|\\.)*)",$', (PAGE / "i18n" / "ko.js").read_text(), re.M))
    used = set()
    for path in SCRIPTS:
        used |= set(re.findall(r'\bt\(\s*"((?:[^"\\]|\\.)*)"', path.read_text()))
    assert used - korean.keys() == set()
    for english, text in korean.items():
        assert set(re.findall(r"\{\w+\}", english)) == set(re.findall(r"\{\w+\}", text)), english


def test_markup_is_only_made_by_the_sanitiser():
    for path in SCRIPTS:
        text = path.read_text()
        assert not re.search(r"\b(innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|DOMParser|eval\(|new Function)\b", text), path


def test_nothing_comes_from_elsewhere():
    for path in PAGE.rglob("*"):
        if path.is_file():
            addresses = set(re.findall(r"(?:https?:)?//[\w.-]+\.\w+[^\s\"'`]*", path.read_text())) - {"http://www.w3.org/2000/svg", "https://api.example.com/v1"}
            assert not addresses, (path, addresses)
        assert not path.name.endswith((".min.js", ".map")), path


def test_files_stay_readable():
    for path in SCRIPTS:
        if path.parent.name != "i18n":
            assert len(path.read_text().splitlines()) <= 300, path
