#!/usr/bin/env bash
# Starts a server of its own in an empty folder and measures retrieval quality with run.py; then how long ingest takes.
# The release build must be there. PORT chooses the port, INGEST=0 leaves the second part out.
set -euo pipefail
cd "$(dirname "$0")/../.."
port=${PORT:-18453}
data=$(mktemp -d)
server=
stop() {
    [ -z "$server" ] || { kill "$server" 2>/dev/null; wait "$server" 2>/dev/null; } || true
    rm -rf "$data"
}
trap stop EXIT
HOST=127.0.0.1 PORT=$port DATA_DIR=$data .build/release/haneul serve >"$data/server.log" 2>&1 &
server=$!
export BASE_URL=http://127.0.0.1:$port ADMIN_EMAIL=admin@example.com ADMIN_PASSWORD=Passw0rd!
for _ in $(seq 100); do curl -sf "$BASE_URL/health" >/dev/null && break || sleep 0.2; done
curl -sf -X POST "$BASE_URL/api/v1/auths/signup" -H 'Content-Type: application/json' \
    -d "{\"name\":\"Benchmark\",\"email\":\"$ADMIN_EMAIL\",\"password\":\"$ADMIN_PASSWORD\"}" >/dev/null ||
    { echo "bench: the server did not start"; tail -5 "$data/server.log"; exit 1; }
python3 Benchmarks/retrieval/run.py "$@"
if [ "${INGEST:-1}" != 0 ]; then
    if python3 -c "import requests" 2>/dev/null; then python3 Tests/Retrieval/measure_ingest.py; else echo "ingest: python3 has no requests, left out"; fi
fi
