#!/usr/bin/env bash
# Runs published-style functions against a real server process, its Python workers and a deterministic upstream, each on a free port.
#   run.sh BINARY [pytest arguments...]
# PYTHON_FOR_FUNCTIONS: an interpreter with the packages that the functions of Tests/Fixtures/Functions import; by default that of the tests.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
binary=$(realpath "$1"); shift
python=$(bash "$root/Scripts/test-venv.sh")/bin/python
artifacts=$root/Tests/artifacts; mkdir -p "$artifacts"
failed=0
source "$here/../servers.sh"

# A package that no index has, for functions that name requirements.
wheels=$work/wheels; mkdir -p "$wheels"
"$python" "$here/make_wheel.py" "$wheels"
export FUNCTION_PYTHON=${PYTHON_FOR_FUNCTIONS:-$python}
start_upstream "$python" -functions
start_server -functions PIP_FIND_LINKS="$wheels" PIP_NO_INDEX=1 HANEUL_PYTHON="$FUNCTION_PYTHON" HANEUL_FUNCTION_TIMEOUT=20 \
    HANEUL_FUNCTION_NETWORK='man_requests;man_httpx;proxy_aiohttp;raw_bytes' SECRET_OF_THE_SERVER=sk-must-not-leak
run_pytest "$python" "$here" "$@"
stop_server
exit $failed
