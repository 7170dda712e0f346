"""
title: Router
author: Haneul
description: Sends short questions to another model, and keeps long ones from a model at all.
"""

from typing import Optional

from open_webui.utils.misc import add_or_update_system_message, get_last_user_message
from pydantic import BaseModel, Field


class Filter:
    class Valves(BaseModel):
        priority: int = Field(default=-5)
        small: str = Field(default="echo-body")
        longest: int = 40

    def __init__(self):
        self.valves = self.Valves()
        self.toggle = False
        self.icon = "data:image/svg+xml;base64,PHN2Zy8+"

    async def inlet(self, body: dict, __user__: Optional[dict] = None, __metadata__: dict = None, __id__: str = "") -> dict:
        text = get_last_user_message(body["messages"])
        if len(text) > self.valves.longest:
            raise Exception(f"{__id__}: too long, {__user__['role']}")
        if len(text) < 5:
            body["model"] = self.valves.small
        body["messages"] = add_or_update_system_message("Routed.", body["messages"])
        body["temperature"] = 0.1
        return body
