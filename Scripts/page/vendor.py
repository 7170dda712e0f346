#!/usr/bin/env python3
"""Takes the page's libraries out of two pinned wheels: vendor.py NICEGUI_WHEEL REVEAL_WHEEL FOLDER

    purify.js     DOMPurify 3.4.16    Apache-2.0 / MPL-2.0   from nicegui 3.18.0
    katex.js      KaTeX 0.18.10       MIT                    from nicegui 3.18.0
    marked.js     marked 4.x          MIT                    from sphinx-revealjs 3.2.1 (inside reveal.js's markdown plug-in, MIT)
    highlight.js  highlight.js 11.9.0 BSD-3-Clause           from sphinx-revealjs 3.2.1, the languages below only

Each is an ES module. What comes out is compared with the checksums below, so a change of a wheel is noticed.
"""
import gzip
import hashlib
import pathlib
import re
import sys
import zipfile

CHECKSUMS = {
    "purify.js": "eb3183bfda22b2d2f538a067eed2f68820922454538915f006af027b58327cad",
    "katex.js": "cd2ca51e728e169f1866539a78947253d58f37fa8f1ef79076e6dc153e7e4004",
    "marked.js": "838cda4eebdeeba10a0e1cf41692cba012c3e3f74c4e05e47cc4a850e9d1b6ff",
    "highlight.js": "57ee8393a1524a2dd6bb317c8a0d89bf5bb6af342c0de5549512f787af8df41a",
}

LANGUAGES = (
    "bash c cpp csharp css dart diff dockerfile elixir erlang go graphql groovy haskell http ini java javascript json julia kotlin "
    "latex lua makefile markdown nginx objectivec perl php plaintext powershell protobuf python r ruby rust scala shell sql swift "
    "typescript vbnet xml yaml"
).split()


def marked(text: str) -> str:
    """The parser that reveal.js's plug-in carries. The plug-in itself is never started."""
    assert "marked:M}};export{B as default};" in text
    return text.replace("export{B as default};", "export const marked=B().marked;")


def highlight(text: str) -> str:
    """The library without reveal.js's plug-in, which writes a style sheet, and without rare languages."""
    head, rest = text.split('Cs.registerLanguage("', 1)
    rest, _ = rest.split(",Cs.HighlightJS=Cs,", 1)
    entries = re.split(r',Cs\.registerLanguage\("', rest)
    kept = [entry for entry in entries if entry.split('"', 1)[0] in LANGUAGES]
    assert len(kept) == len(LANGUAGES), sorted(set(LANGUAGES) - {entry.split('"', 1)[0] for entry in kept})
    return head + ";".join('Cs.registerLanguage("' + entry for entry in kept) + ";export default Cs;"


def main() -> None:
    nicegui, reveal, folder = sys.argv[1:]
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    plugin = "sphinx_revealjs/_static/revealjs/plugin/"
    with zipfile.ZipFile(nicegui) as wheel:
        files = {
            "purify.js": wheel.read("nicegui/static/dompurify.mjs").decode(),
            "katex.js": wheel.read("nicegui/elements/mermaid/dist/katex-ukrPy3Hx.js").decode(),
        }
    with zipfile.ZipFile(reveal) as wheel:
        files["marked.js"] = marked(wheel.read(plugin + "markdown/markdown.esm.js").decode())
        files["highlight.js"] = highlight(wheel.read(plugin + "highlight/highlight.esm.js").decode())
    for name, text in files.items():
        data = re.sub(r"\n//# sourceMappingURL=.*", "", text).encode()
        checksum = hashlib.sha256(data).hexdigest()
        if checksum != CHECKSUMS[name]:
            sys.exit(f"The checksum of {name} is {checksum}, expected {CHECKSUMS[name]}.")
        (folder / name).write_bytes(data)
        (folder / (name + ".gz")).write_bytes(gzip.compress(data, 9, mtime=0))


if __name__ == "__main__":
    main()
