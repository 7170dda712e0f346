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
failed=0
source "$here/../servers.sh"

# A package that no index has, for functions that name requirements.
wheels=$work/wheels; mkdir -p "$wheels"
"$upstream_python" "$here/../Functions/make_wheel.py" "$wheels"
start_upstream "$upstream_python" ""
start_server "" ENV=prod WEBUI_DIR="${HANEUL_PAGE_DIR:-}" HANEUL_PYTHON="$upstream_python" PIP_FIND_LINKS="$wheels" PIP_NO_INDEX=1 \
    HANEUL_FUNCTION_NETWORK='manifold_requests;manifold_httpx;proxy_aiohttp;raw_bytes'
export PAGE_BINARY=$binary PAGE_URL=http://127.0.0.1:$port PAGE_ARTIFACTS=$artifacts
run_pytest "$python" "$here" "$@"
exit $failed
