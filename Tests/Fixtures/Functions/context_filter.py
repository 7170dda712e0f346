"""
title: House style
author: Haneul
version: 0.1
"""

from typing import Optional

from open_webui.utils.misc import add_or_update_system_message, get_last_user_message, pop_system_message
from pydantic import BaseModel, Field


class Filter:
    class Valves(BaseModel):
        priority: int = Field(default=0, description="Order of the filters.")
        style: str = Field(default="Be brief.", description="Added to the system message.")

    def __init__(self):
        self.valves = self.Valves()
        self.toggle = True
        self.icon = "data:image/svg+xml;base64,PHN2Zy8+"

    def inlet(self, body: dict, __user__: Optional[dict] = None) -> dict:
        system, _ = pop_system_message(body["messages"])
        body["messages"] = add_or_update_system_message(self.valves.style, body["messages"], append=system is not None)
        body["last"] = get_last_user_message(body["messages"])
        return body

    def outlet(self, body: dict, __user__: Optional[dict] = None) -> dict:
        for message in body["messages"]:
            if message["role"] == "assistant":
                message["content"] += "\n\n-- the house"
        return body
