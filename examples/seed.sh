#!/usr/bin/env bash
# Every curl example of the API guide (its missing quotes repaired, a token added), against a running server.
#   BASE_URL=http://localhost:3000 TOKEN=sk-... seed.sh
# Without TOKEN it signs in as EMAIL / PASSWORD. Models the server does not have are replaced: MODEL (any chat model; the
# built-in haneul-quotes by default) and OLLAMA_MODEL (empty: the Ollama examples are left out).
set -euo pipefail
base=${BASE_URL:-http://localhost:${PORT:-3000}}; model=${MODEL:-haneul-quotes}; ollama=${OLLAMA_MODEL:-}
json() { python3 -c 'import json,sys; d=json.load(sys.stdin); print(eval(sys.argv[1], {"d": d}))' "$1"; }
token=${TOKEN:-$(curl -fsS -X POST "$base/api/v1/auths/signin" -H 'Content-Type: application/json' \
    -d "{\"email\":\"${EMAIL:-me@example.com}\",\"password\":\"${PASSWORD:-change-me-please}\"}" | json 'd["token"]')}
auth=(-H "Authorization: Bearer $token")
say() { printf '\n== %s\n' "$1"; }

say "GET /api/models"
curl -fsS "${auth[@]}" "$base/api/models" | json '[m["id"] for m in d["data"]]'

say "POST /api/chat/completions"
curl -fsS -X POST "$base/api/chat/completions" "${auth[@]}" -H "Content-Type: application/json" \
    -d '{"model": "'"$model"'", "messages": [{"role": "user", "content": "왜 하늘은 파란색인가요?"}]}' | json 'd["choices"][0]["message"]["content"]'

if [ -n "$ollama" ]; then
    say "POST /ollama/api/generate (streamed)"
    curl -fsS "${auth[@]}" "$base/ollama/api/generate" -d '{"model": "'"$ollama"'", "prompt": "왜 하늘은 파란색인가요?"}' | tail -n 1
    say "GET /ollama/api/tags"
    curl -fsS "${auth[@]}" "$base/ollama/api/tags" | json '[m["model"] for m in d["models"]]'
    say "POST /ollama/api/embed"
    curl -fsS -X POST "${auth[@]}" "$base/ollama/api/embed" \
        -d '{"model": "'"$ollama"'", "input": ["Open WebUI는 정말 뛰어나요!", "임베딩을 생성해봅시다."]}' | json 'len(d["embeddings"])'
fi

say "POST /api/v1/files/"
document=$(mktemp --suffix=.txt); trap 'rm -f "$document"' EXIT
echo "하늘이 파란 까닭은 햇빛이 공기 분자에 흩어지는 레일리 산란 때문이다. 문서 번호 SKY-$RANDOM." >"$document"
file=$(curl -fsS -X POST "${auth[@]}" -H "Accept: application/json" -F "file=@$document" "$base/api/v1/files/" | json 'd["id"]')
echo "$file"
for _ in $(seq 100); do
    status=$(curl -fsS "${auth[@]}" "$base/api/v1/files/$file/process/status" | json 'd["status"]')
    [ "$status" = completed ] && break; [ "$status" = failed ] && exit 1; sleep 0.1
done

say "POST /api/v1/knowledge/{id}/file/add"
knowledge=$(curl -fsS -X POST "${auth[@]}" -H "Content-Type: application/json" "$base/api/v1/knowledge/create" \
    -d '{"name": "하늘", "description": "예시 컬렉션"}' | json 'd["id"]')
curl -fsS -X POST "$base/api/v1/knowledge/$knowledge/file/add" "${auth[@]}" -H "Content-Type: application/json" \
    -d '{"file_id": "'"$file"'"}' | json '[f["id"] for f in d["files"]]'

for item in file:$file collection:$knowledge; do
    say "POST /api/chat/completions with a ${item%%:*}"
    curl -fsS -X POST "$base/api/chat/completions" "${auth[@]}" -H "Content-Type: application/json" \
        -d '{"model": "'"$model"'", "messages": [{"role": "user", "content": "하늘은 왜 파란가요?"}], "files": [{"type": "'"${item%%:*}"'", "id": "'"${item#*:}"'"}]}' |
        json '(d["choices"][0]["message"]["content"], [m["name"] for s in d["sources"] for m in s["metadata"]])'
done
curl -fsS -X DELETE "${auth[@]}" "$base/api/v1/knowledge/$knowledge/delete" >/dev/null
curl -fsS -X DELETE "${auth[@]}" "$base/api/v1/files/$file" >/dev/null
printf '\nAll examples ran.\n'
