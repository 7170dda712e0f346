"""The same as EncoderBenchmark with sentence-transformers: reference.py FOLDER TEXTS.json THREADS ROUNDS."""

import json
import resource
import sys
import time

import torch
from sentence_transformers import SentenceTransformer


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main():
    folder, texts, threads, rounds = sys.argv[1], json.load(open(sys.argv[2])), int(sys.argv[3]), int(sys.argv[4])
    torch.set_num_threads(threads)
    model = SentenceTransformer(folder, device="cpu", model_kwargs={"dtype": torch.float32})
    model.encode(texts[:4])
    for _ in range(rounds):
        c, w = cpu(), time.monotonic()
        model.encode(texts, batch_size=32, normalize_embeddings=True)
        print(json.dumps({"texts": len(texts), "cpu_seconds": cpu() - c, "wall_seconds": time.monotonic() - w}), flush=True)


main()
