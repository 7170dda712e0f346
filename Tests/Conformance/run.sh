#!/usr/bin/env bash
# Runs the black-box suite against a real server process with the deterministic upstream, each on a free port.
#   run.sh BINARY [core|rag|project|ALL] [pytest arguments...]
# The server gets an empty data folder; its log is kept in Tests/artifacts/.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
binary=$(realpath "$1"); suite=${2:-ALL}; shift; shift || true
root=$(cd "$here/../.." && pwd)
python=$(bash "$root/Scripts/test-venv.sh")/bin/python
artifacts=$root/Tests/artifacts; mkdir -p "$artifacts"
failed=0
source "$here/../servers.sh"

run_suite() {
    local name=$1; shift
    start_upstream "$python" "-$name"
    start_server "-$name"
    # The rag suite expects an administrator; the core suite makes the same one itself.
    local token
    token=$(curl -fs -X POST "http://127.0.0.1:$port/api/v1/auths/signup" -H 'Content-Type: application/json' \
        -d '{"name":"Admin","email":"admin@example.com","password":"Passw0rd!"}' | sed 's/.*"token":"\([^"]*\)".*/\1/') || failed=1
    # Without the upstream's models the suites would skip most of their tests. The upstream may have come up after the server.
    wait_for_upstream
    curl -fs "http://127.0.0.1:$port/api/models" -H "Authorization: Bearer $token" | grep '"echo-context"' >/dev/null \
        || { echo "The upstream's models are not listed."; failed=1; }
    ALLOW_DESTRUCTIVE=1 run_pytest "$python" "$here/$name" "$@"
    kill "$upstream" 2>/dev/null || true
    stop_server
}

for name in core rag project; do
    [ "$suite" = ALL ] || [ "$suite" = "$name" ] || continue
    [ -d "$here/$name" ] || continue
    echo "== $name"
    run_suite "$name" "$@"
done
exit $failed
