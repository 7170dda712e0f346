"""
title: OpenAI proxy (httpx)
author: Haneul
version: 0.3.1
"""

import json
from typing import AsyncGenerator

import httpx
from pydantic import BaseModel, Field


class Pipe:
    class Valves(BaseModel):
        base_url: str = Field(default="http://localhost:9000/v1")
        api_key: str = Field(default="")
        timeout: float = Field(default=60.0, gt=0)

    def __init__(self):
        self.valves = self.Valves()
        self.name = "httpx/"

    async def pipes(self) -> list[dict]:
        async with httpx.AsyncClient(timeout=self.valves.timeout) as client:
            answer = await client.get(f"{self.valves.base_url}/models", headers=self.headers())
            answer.raise_for_status()
            return [{"id": m["id"], "name": m["id"]} for m in answer.json()["data"]]

    def headers(self) -> dict:
        return {"Authorization": f"Bearer {self.valves.api_key}", "Content-Type": "application/json"}

    async def pipe(self, body: dict) -> AsyncGenerator[str, None]:
        body["model"] = body["model"].split(".", 1)[-1]
        body["stream"] = True
        async with httpx.AsyncClient(timeout=self.valves.timeout) as client:
            async with client.stream("POST", f"{self.valves.base_url}/chat/completions", json=body, headers=self.headers()) as answer:
                if answer.status_code != 200:
                    yield f"Error: {answer.status_code}"
                    return
                async for line in answer.aiter_lines():
                    if not line.startswith("data: ") or line == "data: [DONE]":
                        continue
                    delta = json.loads(line[6:])["choices"][0]["delta"]
                    if delta.get("content"):
                        yield delta["content"]
