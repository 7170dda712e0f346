#!/usr/bin/env bash
# Every benchmark, one after the other. The release build must be there.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v wrk >/dev/null && command -v nginx >/dev/null || { echo "bench: wrk and nginx are needed"; exit 1; }
python3 Benchmarks/gateway/bench.py ${GATEWAY_BENCH_ARGS:-}
