"""
title: Chunks with usage
author: Haneul
"""

from pydantic import BaseModel


class Delta(BaseModel):
    content: str


class Chunk(BaseModel):
    choices: list[dict]


class Pipe:
    async def pipe(self, body: dict):
        if not body.get("stream"):
            return {
                "id": "1", "object": "chat.completion", "choices": [{"index": 0, "message": {"role": "assistant", "content": "whole"}}],
                "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}}

        async def pieces():
            yield {"event": {"type": "status", "data": {"description": "streaming"}}}
            yield Chunk(choices=[{"index": 0, "delta": {"content": "model "}}])
            yield {"choices": [{"index": 0, "delta": {"content": "dict "}}]}
            yield 'data: {"choices": [{"index": 0, "delta": {"content": "line"}}]}\n\n'
            yield b"bytes"
            yield {"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}}
            yield "data: [DONE]\n\n"

        return pieces()
