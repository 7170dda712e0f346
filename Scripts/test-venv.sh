#!/usr/bin/env bash
# Makes a Python environment for tests, in the cache; prints its path. Usage: test-venv.sh [REQUIREMENTS NAME]
# Without arguments: that of the black-box tests.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
requirements=${1:-$here/../Tests/Conformance/requirements.txt}
venv=${HANEUL_CACHE_DIR:-$HOME/.cache/haneul}/${2:-test-venv}
stamp=$venv/.requirements
if ! cmp -s "$requirements" "$stamp" 2>/dev/null; then
    echo "Making the Python environment of the tests" >&2
    python3 -m venv --clear "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$requirements" >&2
    cp "$requirements" "$stamp"
fi
echo "$venv"
