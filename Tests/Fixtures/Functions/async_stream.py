"""
title: Counts pieces
author: Haneul
"""

import asyncio


class Filter:
    def __init__(self):
        self.seen = 0

    async def stream(self, event: dict, __event_emitter__=None, __metadata__: dict = None) -> dict:
        self.seen += 1
        await asyncio.sleep(0)
        event["seen"] = self.seen
        event["chat"] = __metadata__["chat_id"]
        if self.seen == 2:
            await __event_emitter__({"type": "status", "data": {"description": "two"}})
        return event
