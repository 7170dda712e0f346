"""Makes Fixtures/recursive-splitter.json with LangChain's own splitter: pip install langchain-text-splitters"""
import json
import os
import random

from langchain_text_splitters import RecursiveCharacterTextSplitter

random.seed(7)
WORDS = ("a", "of", "boiler", "valve", "BX-1001", "보일러", "밸브는", "점검", "한다.", "internationalization", "서울특별시용산구청사별관", "x" * 45)


def text(paragraphs, words, joiner):
    out = []
    for _ in range(paragraphs):
        line = " ".join(random.choice(WORDS) for _ in range(random.randint(1, words)))
        if random.random() < 0.3:
            line = line.replace(" ", "\n", random.randint(1, 4))
        out.append(line)
    return joiner.join(out)


CASES = [
    ("Alpha plain text.", 1000, 100),
    ("", 100, 10),
    (" \n\n\t ", 100, 10),
    ("  leading and trailing  \n\n\n", 100, 10),
    ("가" * 250, 100, 20),
    ("한글 " * 90, 100, 0),
    (" ".join(f"word{i:03d}" for i in range(100)), 100, 20),
    ("\n\n".join(f"Section {i}: archive box number {i} holds item BX-{1000 + i}. " + "filler words " * 55 for i in range(12)), 1000, 100),
    ("a\n\n\nb\n\n\n\nc\n\n\n\n\nd", 3, 0),
    ("one\n\ntwo\nthree four five\n\nsix", 9, 4),
]
for _ in range(40):
    CASES.append((text(random.randint(1, 12), random.choice((3, 12, 30)), random.choice(("\n\n", "\n", " ", "\n\n\n"))),
                  random.choice((20, 50, 100, 200)), random.choice((0, 5, 10, 20))))

rows = []
for body, size, overlap in CASES:
    splitter = RecursiveCharacterTextSplitter(chunk_size=size, chunk_overlap=overlap)
    rows.append({"text": body, "size": size, "overlap": overlap,
                 "chunks": splitter.split_text(body)})
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "Fixtures", "recursive-splitter.json")
with open(path, "w", encoding="utf-8") as f:
    json.dump(rows, f, ensure_ascii=False, indent=0)
print(len(rows), "cases", os.path.getsize(path), "bytes")
