"""
title: Every event
author: Haneul
description: Emits the event types that published functions use.
"""


class Pipe:
    EVENTS = [
        {"type": "status", "data": {"description": "Looking", "done": False, "hidden": False}},
        {"type": "status", "data": {"action": "web_search", "description": "Searched {{count}} sites", "urls": ["https://example.com"], "done": True}},
        {"type": "chat:message:files", "data": {"files": [{"type": "image", "url": "/cache/a.png"}]}},
        {"type": "files", "data": {"files": []}},
        {"type": "embeds", "data": {"embeds": ["<b>hi</b>"]}},
        {"type": "chat:title", "data": "A title"},
        {"type": "chat:tags", "data": ["one", "two"]},
        {"type": "chat:message:follow_ups", "data": {"follow_ups": ["And then?"]}},
        {"type": "chat:message:error", "data": {"error": {"content": "something"}}},
        {"type": "notification", "data": {"type": "success", "content": "Saved"}},
        {"type": "chat:completion", "data": {"done": False}},
        {"type": "my-own", "data": 7},
    ]

    async def pipe(self, body: dict, __event_emitter__=None):
        for event in self.EVENTS:
            await __event_emitter__(event)
        await __event_emitter__({"type": "citation", "data": {
            "document": ["the text"], "metadata": [{"source": "https://example.com", "date_accessed": "2026-01-01"}],
            "source": {"name": "Example", "url": "https://example.com"}}})
        await __event_emitter__({"type": "message", "data": {"content": "from an event, "}})
        await __event_emitter__({"type": "chat:message:delta", "data": {"content": "from another, "}})
        return "returned"
