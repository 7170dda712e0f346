#!/usr/bin/env python3
"""Every Python example of the API guide (its missing quotes repaired), against a running server.

    BASE_URL=http://localhost:3000 TOKEN=sk-... python3 seed.py        (needs `requests`)

Without TOKEN it signs in as EMAIL / PASSWORD. MODEL replaces the guide's model names; the built-in haneul-quotes by default.
"""
import os
import tempfile
import time

import requests

BASE = os.environ.get("BASE_URL", f"http://localhost:{os.environ.get('PORT', '3000')}")
MODEL = os.environ.get("MODEL", "haneul-quotes")


def chat_with_model(token):
    url = f"{BASE}/api/chat/completions"
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    data = {"model": MODEL, "messages": [{"role": "user", "content": "왜 하늘은 파란색인가요?"}]}
    response = requests.post(url, headers=headers, json=data)
    return response.json()


def upload_file(token, file_path):
    url = f"{BASE}/api/v1/files/"
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    with open(file_path, "rb") as file:
        response = requests.post(url, headers=headers, files={"file": file})
    return response.json()


def add_file_to_knowledge(token, knowledge_id, file_id):
    url = f"{BASE}/api/v1/knowledge/{knowledge_id}/file/add"
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    response = requests.post(url, headers=headers, json={"file_id": file_id})
    return response.json()


def chat_with_file(token, model, query, file_id):
    url = f"{BASE}/api/chat/completions"
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    payload = {"model": model, "messages": [{"role": "user", "content": query}], "files": [{"type": "file", "id": file_id}]}
    response = requests.post(url, headers=headers, json=payload)
    return response.json()


def chat_with_collection(token, model, query, collection_id):
    url = f"{BASE}/api/chat/completions"
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    payload = {"model": model, "messages": [{"role": "user", "content": query}], "files": [{"type": "collection", "id": collection_id}]}
    response = requests.post(url, headers=headers, json=payload)
    return response.json()


def main():
    token = os.environ.get("TOKEN")
    if not token:
        account = {"email": os.environ.get("EMAIL", "me@example.com"), "password": os.environ.get("PASSWORD", "change-me-please")}
        token = requests.post(f"{BASE}/api/v1/auths/signin", json=account).json()["token"]
    auth = {"Authorization": f"Bearer {token}"}
    print("chat:", chat_with_model(token)["choices"][0]["message"]["content"][:80])
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as document:
        document.write("하늘이 파란 까닭은 레일리 산란이다. 문서 번호 SKY-77.\n")
        document.flush()
        file_id = upload_file(token, document.name)["id"]
    print("file:", file_id)
    knowledge_id = requests.post(f"{BASE}/api/v1/knowledge/create", headers=auth, json={"name": "하늘", "description": "예시"}).json()["id"]
    added = add_file_to_knowledge(token, knowledge_id, file_id)  # at once: the server waits for the file itself
    assert [f["id"] for f in added["files"]] == [file_id], added
    for _ in range(100):
        if requests.get(f"{BASE}/api/v1/files/{file_id}/process/status", headers=auth).json()["status"] in ("completed", "failed"):
            break
        time.sleep(0.1)
    for answer in (
        chat_with_file(token, MODEL, "문서 번호가 무엇인가요?", file_id),
        chat_with_collection(token, MODEL, "문서 번호가 무엇인가요?", knowledge_id),
    ):
        assert answer["sources"][0]["metadata"][0]["file_id"] == file_id, answer
        print("answer:", answer["choices"][0]["message"]["content"][:120])
    requests.delete(f"{BASE}/api/v1/knowledge/{knowledge_id}/delete", headers=auth)
    requests.delete(f"{BASE}/api/v1/files/{file_id}", headers=auth)
    print("All examples ran.")


if __name__ == "__main__":
    main()
