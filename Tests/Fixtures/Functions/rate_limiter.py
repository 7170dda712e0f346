"""
title: Rate limiter
author: Haneul
version: 0.2.1
"""

import time
from typing import Optional

from pydantic import BaseModel, Field


class Filter:
    class Valves(BaseModel):
        priority: int = 0
        requests_per_minute: Optional[int] = Field(default=3, description="Requests of a user in a minute.")

    class UserValves(BaseModel):
        vip: bool = Field(default=False, description="No limit for this person.")

    def __init__(self):
        self.valves = self.Valves()
        self.requests: dict[str, list[float]] = {}

    async def inlet(self, body: dict, __user__: Optional[dict] = None) -> dict:
        if __user__["valves"].vip:
            return body
        now = time.time()
        recent = [t for t in self.requests.get(__user__["id"], []) if now - t < 60]
        if len(recent) >= self.valves.requests_per_minute:
            raise Exception(f"Rate limit exceeded: {self.valves.requests_per_minute} requests per minute.")
        self.requests[__user__["id"]] = recent + [now]
        return body
