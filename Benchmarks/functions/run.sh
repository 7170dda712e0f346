#!/bin/sh
# Figures of Python functions in the host alone: sh Benchmarks/functions/run.sh [debug|release]. Through a server: http.py beside this.
set -e
cd "$(dirname "$0")/../.."
export HANEUL_FUNCTION_BENCHMARK=1
swift test -c "${1:-release}" --no-parallel --filter FunctionSpeedTests 2>&1 | grep -E "median|failed"
