#!/usr/bin/env bash
# Every benchmark, one after the other. The release build must be there.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v wrk >/dev/null && command -v nginx >/dev/null || { echo "bench: wrk and nginx are needed"; exit 1; }
python3 Benchmarks/gateway/bench.py ${GATEWAY_BENCH_ARGS:-}

echo "== chats beside an ingest"
python3 Benchmarks/gateway/ingest.py ${INGEST_BENCH_ARGS:-}

echo "== encoder"
HANEUL_BENCHMARKS=1 swift build -c release --product EncoderBenchmark
python3 Benchmarks/encoder/run.py ${ENCODER_BENCH_ARGS:-}

echo "== retrieval"
bash Benchmarks/retrieval/run.sh

if grep -q VectorBenchmark Package.swift; then
    echo "== vectors"
    HANEUL_BENCHMARKS=1 swift build -c release --product VectorBenchmark
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    for count in 100000 1000000; do
        echo "-- $count passages, made anew"
        .build/release/VectorBenchmark "$folder/$count" "$count"
        echo "-- $count passages, opened"
        .build/release/VectorBenchmark "$folder/$count" "$count"
    done
fi
