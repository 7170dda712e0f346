#!/usr/bin/env python3
"""Says which code, tests and settings docs/threat-model.md names that are not there.

Looks at what stands in backquotes: paths (`haneulTests/AccountsTests`, a folder or the beginning of a file's name under Sources or Tests),
tests (`test_...`, `Attacks/test_objects: test_...`), types (`KeyGate`) and settings (`TRUSTED_PROXIES`). Other words are prose.
"""
import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parent.parent
text = (root / "docs/threat-model.md").read_text()
files = [path for top in ("Sources", "Tests") for path in (root / top).rglob("*") if ".build" not in path.parts and "__pycache__" not in path.parts]
paths = {str(path.relative_to(root / path.relative_to(root).parts[0])) for path in files}
sources = "\n".join(path.read_text(errors="replace") for path in files if path.suffix == ".swift")
tests = "\n".join(path.read_text(errors="replace") for path in files if path.name.startswith("test_") and path.suffix == ".py")
settings = (root / "docs/configuration.md").read_text()


def is_path(word):
    return any(path == word or path.startswith(word + ".") or path.startswith(word + "/") or path.startswith(word + "+") for path in paths)


def is_there(word):
    if re.fullmatch(r"test_\w+", word):
        return re.search(rf"def {word}\b", tests) is not None
    if re.fullmatch(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+", word):
        return word in settings
    if "/" in word and re.fullmatch(r"[\w+./-]+", word):
        return word.startswith("/") or is_path(word) or (root / word).exists()
    if re.fullmatch(r"[A-Z][a-z]+([A-Z]\w*)+", word) or is_target(word):
        return is_path(word) or re.search(rf"(struct|class|enum|actor|protocol|extension) {word}\b", sources) is not None
    return True


def is_target(word):
    return re.fullmatch(r"[A-Z]\w*Tests?|Attacks|OpenIDConnect|TLS", word) is not None


words = [part.strip() for quoted in re.findall(r"`([^`]+)`", text) for part in re.split(r":\s", quoted)]
missing = sorted({word for word in words if not is_there(word)})
for word in missing:
    print(f"docs/threat-model.md names {word}, which is not there")
checked = len({word for word in words if "/" in word or word.startswith("test_") or re.search(r"[A-Z]", word)})
if checked < 40:
    sys.exit(f"only {checked} names were found in docs/threat-model.md: has its form changed?")
sys.exit(1 if missing else 0)
