#!/usr/bin/env bash
# Builds the release binary when a source is newer than it, then starts the server.
set -euo pipefail
cd "$(dirname "$0")/.."
binary=.build/release/haneul
if [ ! -x "$binary" ] || [ -n "$(find Package.swift Sources -newer "$binary" -type f -print -quit)" ]; then
    echo "Building the release binary (the first time takes about ten minutes on two cores)"
    swift build -c release --product haneul
fi
port=${PORT:-3000}; address=http://localhost:$port
cat <<TEXT

Haneul starts on $address

  What to do next
  1. Open $address in a browser, or make the first account, which becomes the administrator:
       curl -s $address/api/v1/auths/signup -H 'Content-Type: application/json' \\
         -d '{"name":"Me","email":"me@example.com","password":"change-me-please"}'
  2. Upload a document and ask the built-in model haneul-quotes about it: README.md, "First answer", or run
       bash examples/first-answer.sh
  3. Connect language models: set OPENAI_API_BASE_URLS, OPENAI_API_KEYS or OLLAMA_BASE_URLS and start again.

TEXT
exec "$binary" serve
