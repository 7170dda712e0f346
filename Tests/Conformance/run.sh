#!/usr/bin/env bash
# Runs the black-box suite against a real server process with the deterministic upstream, each on a free port.
#   run.sh BINARY [core|rag|project|ALL] [pytest arguments...]
# The server gets an empty data folder; its log is kept in Tests/artifacts/.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
binary=$(realpath "$1"); suite=${2:-ALL}; shift; shift || true
root=$(cd "$here/../.." && pwd)
venv=$(bash "$root/Scripts/test-venv.sh")
python=$venv/bin/python
artifacts=$root/Tests/artifacts; mkdir -p "$artifacts"
work=$(mktemp -d)
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
pids=()
cleanup() { for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; wait 2>/dev/null || true; rm -rf "$work"; }
trap cleanup EXIT

failed=0
run_suite() {
    local name=$1; shift
    local openai ollama port data
    openai=$(free_port); ollama=$(free_port); port=$(free_port); data=$work/$name; mkdir -p "$data"
    "$python" "$here/upstream.py" --openai-port "$openai" --ollama-port "$ollama" >"$artifacts/upstream-$name.log" 2>&1 &
    local upstream=$!; pids+=("$upstream")
    (cd "$work" && exec env ENV=dev HOST=127.0.0.1 PORT="$port" DATA_DIR="$data" \
        OPENAI_API_BASE_URLS="http://127.0.0.1:$openai/v1" OPENAI_API_KEYS=sk-up OLLAMA_BASE_URLS="http://127.0.0.1:$ollama" \
        "$binary" serve >"$artifacts/server-$name.log" 2>&1) &
    local server=$!; pids+=("$server")
    for _ in $(seq 200); do curl -fs "http://127.0.0.1:$port/health" >/dev/null 2>&1 && break; sleep 0.1; done
    # The rag suite expects an administrator; the core suite makes the same one itself.
    curl -fs -X POST "http://127.0.0.1:$port/api/v1/auths/signup" -H 'Content-Type: application/json' \
        -d '{"name":"Admin","email":"admin@example.com","password":"Passw0rd!"}' >/dev/null ||
        { echo "The server did not start; see Tests/artifacts/server-$name.log"; tail -5 "$artifacts/server-$name.log"; failed=1; }
    BASE_URL=http://127.0.0.1:$port UPSTREAM_URL=http://127.0.0.1:$openai OLLAMA_UPSTREAM_URL=http://127.0.0.1:$ollama \
        SERVER_BINARY=$binary SERVER_DATA=$data ALLOW_DESTRUCTIVE=1 PYTHONDONTWRITEBYTECODE=1 \
        "$python" -m pytest -q -p no:cacheprovider --tb=short -ra "$here/$name" "$@" || failed=1
    kill "$server" "$upstream" 2>/dev/null || true
    wait "$server" 2>/dev/null || { echo "The server did not end cleanly."; failed=1; }
}

for name in core rag project; do
    [ "$suite" = ALL ] || [ "$suite" = "$name" ] || continue
    [ -d "$here/$name" ] || continue
    echo "== $name"
    run_suite "$name" "$@"
done
exit $failed
