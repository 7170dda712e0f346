# For suites that drive a real server; to be sourced with `binary` and `artifacts` set. Everything that is started here ends with the script.
work=$(mktemp -d)
pids=()
cleanup() { for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; wait 2>/dev/null || true; rm -rf "$work"; }
trap cleanup EXIT

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# start_upstream PYTHON NAME: the deterministic upstream; sets `openai`, `ollama` (ports) and `upstream` (process).
start_upstream() {
    openai=$(free_port); ollama=$(free_port)
    "$1" "$(dirname "${BASH_SOURCE[0]}")/Conformance/upstream.py" --openai-port "$openai" --ollama-port "$ollama" >"$artifacts/upstream$2.log" 2>&1 &
    upstream=$!; pids+=("$upstream")
}

# wait_for_upstream: until both of its ports answer.
wait_for_upstream() {
    for _ in $(seq 300); do
        curl -fs "http://127.0.0.1:$openai/v1/models" -H 'Authorization: Bearer sk-up' >/dev/null 2>&1 \
            && curl -fs "http://127.0.0.1:$ollama/api/tags" >/dev/null 2>&1 && return
        sleep 0.1
    done
    echo "The upstream did not start."; failed=1
}

# start_server NAME [VARIABLE=VALUE...]: the server before that upstream, with an empty data folder; sets `port`, `data` and `server` (process).
start_server() {
    local name=$1; shift
    port=$(free_port); data=$work/data$name
    (cd "$work" && exec env ENV=dev HOST=127.0.0.1 PORT="$port" DATA_DIR="$data" \
        OPENAI_API_BASE_URLS="http://127.0.0.1:$openai/v1" OPENAI_API_KEYS=sk-up OLLAMA_BASE_URLS="http://127.0.0.1:$ollama" \
        "$@" "$binary" serve >"$artifacts/server$name.log" 2>&1) &
    server=$!; pids+=("$server")
    for _ in $(seq 300); do curl -fs "http://127.0.0.1:$port/health" >/dev/null 2>&1 && return; sleep 0.1; done
    echo "The server did not start; see $artifacts/server$name.log"; tail -5 "$artifacts/server$name.log"
}

# stop_server: sets `failed` when it does not end in order.
stop_server() {
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || { echo "The server did not end cleanly."; failed=1; }
}

# run_pytest PYTHON FOLDER [arguments...]: sets `failed`.
run_pytest() {
    local python=$1; shift
    BASE_URL=http://127.0.0.1:$port UPSTREAM_URL=http://127.0.0.1:$openai OLLAMA_UPSTREAM_URL=http://127.0.0.1:$ollama SERVER_BINARY=$binary \
        SERVER_DATA=$data PYTHONDONTWRITEBYTECODE=1 "$python" -m pytest -q -p no:cacheprovider --tb=short -ra "$@" || failed=1
}
