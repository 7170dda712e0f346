#!/usr/bin/env bash
# Runs published-style functions against a real server process, its Python workers and a deterministic upstream, each on a free port.
#   run.sh BINARY [pytest arguments...]
# PYTHON_FOR_FUNCTIONS: an interpreter with the packages that the functions of Tests/Fixtures/Functions import; by default that of the tests.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
binary=$(realpath "$1"); shift
root=$(cd "$here/../.." && pwd)
venv=$(bash "$root/Scripts/test-venv.sh")
python=$venv/bin/python
artifacts=$root/Tests/artifacts; mkdir -p "$artifacts"
work=$(mktemp -d)
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
pids=()
cleanup() { for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; wait 2>/dev/null || true; rm -rf "$work"; }
trap cleanup EXIT

openai=${UPSTREAM_PORT:-$(free_port)}; ollama=${OLLAMA_PORT:-$(free_port)}; port=${SERVER_PORT:-$(free_port)}
# A package that no index has, for functions that name requirements.
wheels=$work/wheels; mkdir -p "$wheels"
"$python" "$here/make_wheel.py" "$wheels"
"$python" "$root/Tests/Conformance/upstream.py" --openai-port "$openai" --ollama-port "$ollama" >"$artifacts/upstream-functions.log" 2>&1 &
pids+=("$!")
(cd "$work" && exec env ENV=dev HOST=127.0.0.1 PORT="$port" DATA_DIR="$work/data" PIP_FIND_LINKS="$wheels" PIP_NO_INDEX=1 \
    HANEUL_PYTHON="${PYTHON_FOR_FUNCTIONS:-$python}" HANEUL_FUNCTION_NETWORK='man_requests;man_httpx;proxy_aiohttp;raw_bytes' HANEUL_FUNCTION_TIMEOUT=20 \
    OPENAI_API_BASE_URLS="http://127.0.0.1:$openai/v1" OPENAI_API_KEYS=sk-up OLLAMA_BASE_URLS="http://127.0.0.1:$ollama" \
    SECRET_OF_THE_SERVER=sk-must-not-leak "$binary" serve >"$artifacts/server-functions.log" 2>&1) &
server=$!; pids+=("$server")
for _ in $(seq 300); do curl -fs "http://127.0.0.1:$port/health" >/dev/null 2>&1 && break; sleep 0.1; done
failed=0
BASE_URL=http://127.0.0.1:$port UPSTREAM_URL=http://127.0.0.1:$openai SERVER_DATA=$work/data \
    SERVER_BINARY=$binary FUNCTION_PYTHON="${PYTHON_FOR_FUNCTIONS:-$python}" PYTHONDONTWRITEBYTECODE=1 \
    "$python" -m pytest -q -p no:cacheprovider --tb=short -ra "$here" "$@" || failed=1
kill "$server" 2>/dev/null || true
wait "$server" 2>/dev/null || { echo "The server did not end cleanly."; failed=1; }
exit $failed
