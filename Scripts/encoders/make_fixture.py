"""Makes Tests/EmbeddingTests/Fixtures/<name>.json with the real sentence-transformers.

    python3 -m venv venv && venv/bin/pip install sentence-transformers
    venv/bin/python Scripts/encoders/make_fixture.py FOLDER NAME [--prefix TEXT]

For each text: the ids that the model sees (special tokens included) and its vector as base64 of little-endian half
floats, which is exact to a cosine of 1e-7.
"""

import argparse
import base64
import json
import pathlib

import numpy
import sentence_transformers
import torch
import transformers
from sentence_transformers import SentenceTransformer

from fixture_texts import texts

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "Tests/EmbeddingTests/Fixtures"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("name")
    parser.add_argument("--prefix", default="", help="put in front of each text (passages)")
    arguments = parser.parse_args()
    torch.manual_seed(0)
    model = SentenceTransformer(str(arguments.folder), device="cpu", model_kwargs={"dtype": torch.float32})
    rows = []
    for text in texts():
        ids = model.tokenizer(arguments.prefix + text, truncation=True, max_length=model.max_seq_length)["input_ids"]
        vector = model.encode(arguments.prefix + text, prompt="", normalize_embeddings=True, convert_to_numpy=True)
        rows.append({"text": text, "ids": ids, "vector": base64.b64encode(vector.astype("<f2").tobytes()).decode()})
    document = {
        "made_with": {m.__name__: m.__version__ for m in (sentence_transformers, transformers, torch, numpy)},
        "prefix": arguments.prefix,
        "maximum_length": model.max_seq_length,
        "rows": rows,
    }
    path = FIXTURES / f"{arguments.name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, ensure_ascii=True, separators=(",", ":")).replace('{"text"', '\n{"text"') + "\n")
    print(f"{path.name}: {len(rows)} texts, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
