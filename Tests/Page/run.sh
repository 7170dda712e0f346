#!/usr/bin/env bash
# Drives the page of the built server in Chromium, with the deterministic upstream behind it.
#   run.sh BINARY [pytest arguments...]
# Screenshots and the server's log are kept in Tests/artifacts/page. HANEUL_PAGE_DIR=folder serves the page from a folder instead.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
binary=$(realpath "$1"); shift
upstream_python=$(bash "$root/Scripts/test-venv.sh")/bin/python
python=$(bash "$root/Scripts/test-venv.sh" "$here/requirements.txt" page-venv)/bin/python
export PAGE_BROWSER=${PAGE_BROWSER:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
[ -n "$PAGE_BROWSER" ] || { echo "There is no Chromium: install Debian's package chromium, or name one in PAGE_BROWSER." >&2; exit 69; }
artifacts=$root/Tests/artifacts/page; mkdir -p "$artifacts"
work=$(mktemp -d)
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
pids=()
cleanup() { for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; wait 2>/dev/null || true; rm -rf "$work"; }
trap cleanup EXIT
# A package that no index has, for functions that name requirements.
wheels=$work/wheels; mkdir -p "$wheels"
"$upstream_python" "$here/../Functions/make_wheel.py" "$wheels"
openai=$(free_port); ollama=$(free_port); port=$(free_port)
"$upstream_python" "$here/../Conformance/upstream.py" --openai-port "$openai" --ollama-port "$ollama" >"$artifacts/upstream.log" 2>&1 &
pids+=($!)
(cd "$work" && exec env ENV=prod HOST=127.0.0.1 PORT="$port" DATA_DIR="$work/data" WEBUI_DIR="${HANEUL_PAGE_DIR:-}" \
    HANEUL_PYTHON="$upstream_python" PIP_FIND_LINKS="$wheels" PIP_NO_INDEX=1 HANEUL_FUNCTION_NETWORK='manifold_requests;manifold_httpx;proxy_aiohttp;raw_bytes' \
    OPENAI_API_BASE_URLS="http://127.0.0.1:$openai/v1" OPENAI_API_KEYS=sk-up OLLAMA_BASE_URLS="http://127.0.0.1:$ollama" \
    "$binary" serve >"$artifacts/server.log" 2>&1) &
pids+=($!)
for _ in $(seq 300); do curl -fs "http://127.0.0.1:$port/health" >/dev/null 2>&1 && break; sleep 0.1; done
PAGE_BINARY=$binary PAGE_URL=http://127.0.0.1:$port UPSTREAM_URL=http://127.0.0.1:$openai PAGE_ARTIFACTS=$artifacts PYTHONDONTWRITEBYTECODE=1 \
    "$python" -m pytest -q -p no:cacheprovider --tb=short -ra "$here" "$@"
