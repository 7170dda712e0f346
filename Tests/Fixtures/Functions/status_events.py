"""
title: Worker with status events
author: Haneul
version: 2.0
"""

import asyncio
from typing import Awaitable, Callable, Optional

from pydantic import BaseModel, Field


class Pipe:
    class Valves(BaseModel):
        emit_interval: float = Field(default=0.0, description="Seconds between two status events.")
        enable_status_indicator: bool = Field(default=True)

    def __init__(self):
        self.name = "Status"
        self.valves = self.Valves()

    async def emit_status(self, emitter: Optional[Callable[[dict], Awaitable[None]]], message: str, done: bool):
        if emitter and self.valves.enable_status_indicator:
            await emitter({"type": "status", "data": {"description": message, "done": done}})

    async def pipe(
        self,
        body: dict,
        __user__: Optional[dict] = None,
        __event_emitter__: Callable[[dict], Awaitable[None]] = None,
        __event_call__: Callable[[dict], Awaitable[dict]] = None,
    ) -> str:
        await self.emit_status(__event_emitter__, "Thinking", False)
        await asyncio.sleep(self.valves.emit_interval)
        confirmed = await __event_call__({"type": "confirmation", "data": {"title": "Sure?", "message": "Go on?"}})
        await self.emit_status(__event_emitter__, "Done", True)
        return f"{__user__['name']} said {confirmed}"
