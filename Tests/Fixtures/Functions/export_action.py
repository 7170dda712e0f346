"""
title: Export
author: Haneul
icon_url: data:image/svg+xml;base64,PHN2Zy8+
"""

from pydantic import BaseModel


class Action:
    class Valves(BaseModel):
        pass

    actions = [
        {"id": "upper", "name": "In capitals"},
        {"id": "length", "name": "Length"},
    ]

    def __init__(self):
        self.valves = self.Valves()

    async def action(self, body: dict, __id__: str = None, __user__=None, __event_emitter__=None, __event_call__=None):
        content = body["messages"][-1]["content"]
        if __id__ == "length":
            await __event_emitter__({"type": "message", "data": {"content": str(len(content))}})
            return None
        answer = await __event_call__({"type": "input", "data": {"title": "Ending?", "message": "", "placeholder": "!"}})
        return {"content": content.upper() + answer}
