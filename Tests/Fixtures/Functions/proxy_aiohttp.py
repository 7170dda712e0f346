"""
title: OpenAI proxy (aiohttp)
author: Haneul
version: 0.1
"""

import aiohttp
from pydantic import BaseModel, Field
from starlette.responses import StreamingResponse


class Pipe:
    class Valves(BaseModel):
        BASE_URL: str = Field(default="http://localhost:9000/v1")
        MODEL: str = Field(default="upstream")
        KEY: str = Field(default="")

    def __init__(self):
        self.id = "aiohttp"
        self.name = "aiohttp proxy"
        self.valves = self.Valves()

    async def pipe(self, body: dict, __request__):
        session = aiohttp.ClientSession(headers={"Authorization": f"Bearer {self.valves.KEY}"})
        answer = await session.post(f"{self.valves.BASE_URL}/chat/completions", json={**body, "model": self.valves.MODEL})

        async def relay():
            try:
                async for part in answer.content.iter_any():
                    yield part
            finally:
                answer.close()
                await session.close()

        if body.get("stream"):
            return StreamingResponse(relay(), media_type="text/event-stream")
        data = await answer.json()
        await session.close()
        return data
