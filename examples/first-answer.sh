#!/usr/bin/env bash
# From an empty server to a cited answer: signs in (or up), uploads a document, asks about it.
#   BASE_URL=http://localhost:3000 EMAIL=me@example.com PASSWORD=change-me-please first-answer.sh [FILE [QUESTION]]
set -euo pipefail
base=${BASE_URL:-http://localhost:${PORT:-3000}}; email=${EMAIL:-me@example.com}; password=${PASSWORD:-change-me-please}
here=$(cd "$(dirname "$0")" && pwd)
file=${1:-$here/../Tests/Retrieval/corpus/k08_들꽃_병원_안내.pdf}; question=${2:-검진 전날 저녁에 물을 마셔도 되나요?}
json() { python3 -c 'import json,sys; d=json.load(sys.stdin); print(eval(sys.argv[1], {"d": d}))' "$1"; }
account=$(python3 -c 'import json,sys; print(json.dumps({"name": "Me", "email": sys.argv[1], "password": sys.argv[2]}))' "$email" "$password")
post() { curl -sS -X POST "$base$1" -H "Authorization: Bearer ${token:-}" -H 'Content-Type: application/json' -d "$2"; }
token=$(post /api/v1/auths/signin "$account" | json 'd.get("token", "")')
[ -n "$token" ] || token=$(post /api/v1/auths/signup "$account" | json 'd.get("token", "")')
[ -n "$token" ] || { echo "Cannot sign in as $email at $base"; exit 1; }
id=$(curl -sS -X POST "$base/api/v1/files/?process_in_background=false" -H "Authorization: Bearer $token" -F "file=@$file" | json 'd["id"]')
body=$(python3 -c 'import json,sys; print(json.dumps({"model": "haneul-quotes", "messages": [{"role": "user", "content": sys.argv[1]}], "files": [{"type": "file", "id": sys.argv[2]}]}))' "$question" "$id")
echo "Q: $question"
answer=$(post /api/chat/completions "$body")
echo "A: $(json 'd["choices"][0]["message"]["content"]' <<<"$answer")"
echo "Source: $(json '", ".join(sorted({m["name"] + (" p. " + m["page_label"] if "page_label" in m else "") for s in d["sources"] for m in s["metadata"]}))' <<<"$answer")"
