#!/usr/bin/env python3
"""Compares our encoder with sentence-transformers: same model, same texts, same number of threads, turn about.

    Benchmarks/encoder/run.py [--python PATH] [--model NAME ...] [--threads N] [--rounds N] [--texts N]

`--python` is an interpreter that has sentence-transformers; without it one is made in build/ from PyPI. Build first:
HANEUL_BENCHMARKS=1 swift build -c release --product EncoderBenchmark. Prints CPU milliseconds a chunk and the ratio; of the
rounds the median counts.
"""

import argparse
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


def chunks(count):
    """Passages of about 1,000 characters, two thirds English and one third Korean, always the same."""
    sys.path.insert(0, str(ROOT / "Scripts/encoders"))
    sys.dont_write_bytecode = True
    from fixture_texts import long_english, long_korean
    dice = random.Random(7)
    english = [line + "." for line in long_english(4000).split(". ")]
    korean = [line + "." for line in long_korean().split(". ")]
    out = []
    for index in range(count):
        lines, text = (korean if index % 3 == 2 else english), ""
        while len(text) < (420 if lines is korean else 950):
            text += dice.choice(lines) + " "
        out.append(text.strip())
    return out


def python_with_library(path):
    if path:
        return path
    folder = ROOT / ".venv-bench"
    if not (folder / "bin/python").exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(folder / "bin/pip"), "install", "-q", "sentence-transformers"], check=True)
    return str(folder / "bin/python")


def rounds(command):
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    return [json.loads(line) for line in output.splitlines() if line.startswith("{")]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python")
    parser.add_argument("--model", nargs="*", default=["all-MiniLM-L6-v2", "multilingual-e5-small"])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--texts", type=int, default=96)
    parser.add_argument("--build", default="release")
    parser.add_argument("--modes", nargs="*", default=["float", "fixed"])
    arguments = parser.parse_args()
    python = python_with_library(arguments.python)
    base = os.environ.get("HANEUL_CACHE_DIR") or os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "haneul")
    ours = str(ROOT / ".build" / arguments.build / "EncoderBenchmark")
    with tempfile.TemporaryDirectory() as scratch:
        texts = pathlib.Path(scratch) / "texts.json"
        texts.write_text(json.dumps(chunks(arguments.texts)))
        print(f"{'model':<24}{'mode':<22}{'tokens/chunk':>13}{'CPU ms/chunk':>14}{'wall ms/chunk':>15}{'CPU ratio':>11}")
        for model in arguments.model:
            folder = str(pathlib.Path(base) / "encoders" / model)
            tail = [folder, str(texts), str(arguments.threads)]
            measured = {mode: [] for mode in ["sentence-transformers", *arguments.modes]}
            for _ in range(arguments.rounds):
                measured["sentence-transformers"] += rounds([python, str(ROOT / "Benchmarks/encoder/reference.py"), *tail, "1"])
                for mode in arguments.modes:
                    measured[mode] += rounds([ours, *tail, "1", mode])
            tokens = measured[arguments.modes[0]][0]["tokens"] / arguments.texts
            base_cost = None
            for mode, results in measured.items():
                cpu = statistics.median(r["cpu_seconds"] for r in results) * 1000 / arguments.texts
                wall = statistics.median(r["wall_seconds"] for r in results) * 1000 / arguments.texts
                base_cost = base_cost or cpu
                print(f"{model:<24}{mode:<22}{tokens:>13.0f}{cpu:>14.1f}{wall:>15.1f}{cpu / base_cost:>11.2f}", flush=True)


main()
