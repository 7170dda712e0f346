"""
title: Translator
author: Haneul
version: 1.0
description: Has another model translate the question, then the answer.
"""

from typing import Literal

from fastapi import Request
from open_webui.models.users import Users
from open_webui.utils.chat import generate_chat_completion
from pydantic import BaseModel, Field


class Pipe:
    class Valves(BaseModel):
        model: str = Field(default="base-model")
        language: Literal["en", "ko", "de"] = Field(default="en", description="Language of the model.")

    def __init__(self):
        self.valves = self.Valves()

    async def pipe(self, body: dict, __user__: dict, __request__: Request):
        user = Users.get_user_by_id(__user__["id"])
        question = body["messages"][-1]["content"]
        translated = await generate_chat_completion(
            __request__,
            {"model": self.valves.model, "messages": [{"role": "user", "content": f"to {self.valves.language}: {question}"}], "stream": False},
            user,
        )
        text = translated["choices"][0]["message"]["content"]
        if not body.get("stream"):
            return text
        return await generate_chat_completion(
            __request__, {"model": self.valves.model, "messages": [{"role": "user", "content": text}], "stream": True}, user)
