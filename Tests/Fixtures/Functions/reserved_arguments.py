"""
title: Reserved arguments
author: Haneul
description: Says what it was given.
"""

import json
from typing import Any, Awaitable, Callable, Optional

from fastapi import Request
from pydantic import BaseModel, Field


class Pipe:
    class Valves(BaseModel):
        LANGUAGE: str = Field(default="ko")

    class UserValves(BaseModel):
        nickname: str = Field(default="nobody")
        tries: int = 3

    def __init__(self):
        self.type = "pipe"
        self.valves = self.Valves()

    async def pipe(
        self,
        body: dict[str, Any],
        __user__: dict[str, Any],
        __request__: Request,
        __metadata__: dict[str, Any],
        __files__: list[dict[str, Any]],
        __tools__: dict[str, Any],
        __model__: dict,
        __messages__: list,
        __id__: str,
        __oauth_token__: dict,
        __model_knowledge__: list,
        __not_a_thing_yet__: Any,
        __chat_id__: Optional[str] = None,
        __message_id__: Optional[str] = None,
        __session_id__: Optional[str] = None,
        __task__: Optional[str] = None,
        __task_body__: Optional[dict] = None,
        __event_emitter__: Callable[[dict], Awaitable[None]] = None,
        __event_call__: Callable[[dict], Awaitable[Any]] = None,
    ) -> str:
        return json.dumps({
            "user": {k: v for k, v in __user__.items() if k != "valves"}, "nickname": __user__["valves"].nickname,
            "tries": __user__["valves"].tries, "language": self.valves.LANGUAGE, "model": __model__["id"], "id": __id__,
            "chat_id": __chat_id__, "message_id": __message_id__, "session_id": __session_id__, "task": __task__, "task_body": __task_body__,
            "oauth": __oauth_token__, "knowledge": __model_knowledge__, "future": __not_a_thing_yet__,
            "files": [file.get("id") for file in __files__ or []], "tools": sorted(__tools__ or {}), "messages": len(__messages__),
            "metadata": {k: __metadata__.get(k) for k in ("chat_id", "message_id", "session_id", "user_id", "variables")},
            "headers": dict(__request__.headers), "state_user": __request__.state.user.id, "emits": callable(__event_emitter__),
            "asks": callable(__event_call__), "body": sorted(body)})
