"""
title: Mixture of models
author: Haneul
description: Asks several models at the same time and has one of them put it together.
"""

import asyncio
import json

from open_webui.constants import TASKS
from open_webui.main import generate_chat_completions
from open_webui.models.users import User
from open_webui.utils.misc import get_last_user_message
from pydantic import BaseModel, Field


class Pipe:
    class Valves(BaseModel):
        MODELS: str = Field(default="echo-1,echo-context", description="Comma separated.")

    def __init__(self):
        self.name = "Mixture"
        self.valves = self.Valves()

    async def ask(self, request, user, model, text, stream=False):
        return await generate_chat_completions(
            request=request, form_data={"model": model, "messages": [{"role": "user", "content": text}], "stream": stream}, user=user,
            bypass_filter=True)

    async def pipe(self, body: dict, __user__: dict, __request__=None, __task__=None):
        if __task__ == TASKS.TITLE_GENERATION:
            return '{"title": "Mixed"}'
        user = User(**__user__)
        text = get_last_user_message(body["messages"])
        models = self.valves.MODELS.split(",")
        answers = await asyncio.gather(*(self.ask(__request__, user, model, f"{text} ({i})") for i, model in enumerate(models)))
        texts = [answer["choices"][0]["message"]["content"] for answer in answers]
        final = await self.ask(__request__, user, models[0], " | ".join(texts), stream=True)

        async def words():
            async for line in final.body_iterator:
                for part in line.decode().split("\n"):
                    if part.startswith("data: ") and "[DONE]" not in part:
                        delta = (json.loads(part[6:]).get("choices") or [{}])[0].get("delta") or {}
                        if delta.get("content"):
                            yield delta["content"]

        if body.get("stream"):
            return words()
        return "".join([word async for word in words()])
