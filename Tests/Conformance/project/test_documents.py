"""Real documents are uploaded, asked about, and answered with the right source."""
import json

import pytest
from conftest import BASE, CORPUS

CASES = [
    ("k08_들꽃_병원_안내.pdf", "검진 전날 저녁에 물을 마셔도 되나요?", "물도 마시지 않는다"),
    ("k09_새벽_목장_협약서.docx", None, None),
    ("e07_bridge_inspection.pdf", None, None),
]


def questions():
    asked = json.loads((CORPUS / "questions.json").read_text())["questions"]
    for name, question, words in CASES:
        if question is None:
            question = next(q["question"] for q in asked if q["doc"] == name and q["kind"] != "cross")
        yield name, question, words


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("name,question,words", list(questions()))
def test_a_document_answers_with_its_source(admin, upload, name, question, words, stream):
    others = [upload(n, (CORPUS / n).read_bytes()) for n in ("e01_lighthouse_log.txt", "k03_보일러_고장_대처.txt") if n != name]
    wanted = upload(name, (CORPUS / name).read_bytes())
    body = {"model": "haneul-quotes", "stream": stream, "messages": [{"role": "user", "content": question}],
            "files": [{"type": "file", "id": i} for i in [*others, wanted]]}
    answer = admin.post(BASE + "/api/chat/completions", json=body, timeout=120)
    assert answer.status_code == 200, answer.text
    if stream:
        events = [e[6:] for e in answer.content.decode().split("\n\n") if e]
        assert events[-1] == "[DONE]"
        sources = json.loads(events[0])["sources"]
        text = "".join(json.loads(e)["choices"][0]["delta"].get("content") or "" for e in events[1:-1] if json.loads(e).get("choices"))
    else:
        sources = answer.json()["sources"]
        text = answer.json()["choices"][0]["message"]["content"]
    # One entry an item, in the order of the request: the best passage is the one with the highest similarity.
    passages = [pair for s in sources for pair in zip(s["distances"], s["metadata"])]
    best = max(passages, key=lambda pair: pair[0])[1]
    assert best["name"] == name and best["file_id"] == wanted
    assert name in text
    if words:
        assert words in text
    if name.endswith(".pdf"):
        assert "page" in best


def test_nothing_relevant_is_said_plainly(admin, upload):
    one = upload("boiler.txt", "The boiler of the old mill needs a new valve.")
    body = {"model": "haneul-quotes", "messages": [{"role": "user", "content": "Wer gewann 1998 die Meisterschaft im Curling?"}], "files": [{"type": "file", "id": one}]}
    text = admin.post(BASE + "/api/chat/completions", json=body, timeout=60).json()["choices"][0]["message"]["content"]
    assert "valve" not in text


def test_adding_a_file_at_once_never_fails_with_empty(admin):
    knowledge = admin.post(BASE + "/api/v1/knowledge/create", json={"name": "race", "description": "d"}).json()["id"]
    ids = []
    for i in range(8):
        ids.append(admin.post(BASE + "/api/v1/files/", files={"file": (f"race{i}.txt", f"race number {i} " * 200)}).json()["id"])
        answer = admin.post(f"{BASE}/api/v1/knowledge/{knowledge}/file/add", json={"file_id": ids[-1]}, timeout=120)
        assert answer.status_code == 200, answer.text
    assert admin.get(f"{BASE}/api/v1/knowledge/{knowledge}/files").json()["total"] == 8
    admin.delete(f"{BASE}/api/v1/knowledge/{knowledge}/delete")
    for i in ids:
        admin.delete(BASE + "/api/v1/files/" + i)
