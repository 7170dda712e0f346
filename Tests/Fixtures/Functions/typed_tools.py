"""
title: Typed tools
author: Haneul
version: 3.1
"""

import json
from enum import Enum
from typing import Annotated, Any, Awaitable, Callable, Literal, Optional, Union

from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field


class Action(str, Enum):
    create = "create"
    delete = "delete"


class Item(BaseModel):
    name: str = Field(..., description="Its name.")
    size: Optional[int] = None


class Tools:
    class Valves(BaseModel):
        unit: str = Field(default="g", json_schema_extra={"input": {"type": "select", "options": "units"}})

        @classmethod
        def units(cls):
            return [{"value": "g", "label": "Gram"}, {"value": "kg", "label": "Kilogram"}]

    def __init__(self):
        self.valves = self.Valves()
        self.citation = False

    async def store(
        self,
        action: Action,
        items: list[Item],
        how: Literal["fast", "slow"] = "fast",
        note: Union[str, int, None] = None,
        labels: dict[str, Any] = {},
        times: Annotated[int, Field(ge=1, le=9, description="How often.")] = 1,
        __user__: dict = {},
        __event_emitter__: Callable[[dict], Awaitable[None]] = None,
    ) -> dict:
        """
        Stores things.
        In several ways.

        :param action: What to do.
        :param items: The things,
            one or more.
        :return: what was done
        """
        return {"action": action.value, "items": [type(i).__name__ + ":" + i.name for i in items], "how": how, "times": times, "user": __user__["name"]}

    def google_style(self, query: str, limit: int = 5) -> str:
        """Searches.

        Args:
            query (str): What to look for.
            limit: How many,
                at most.

        Returns:
            str: the hits
        """
        return f"{query}:{limit}"

    def page(self, query: str = "") -> HTMLResponse:
        """Shows a page."""
        return HTMLResponse(f"<h1>{query}</h1>", headers={"Content-Disposition": "inline"})

    def page_with_words(self):
        return HTMLResponse("<h1>x</h1>", headers={"Content-Disposition": "inline"}), {"shown": 1}

    def strange(self, callback: Callable = None, anything=None) -> tuple:
        return 1, json.dumps([anything])

    @staticmethod
    def constant() -> int:
        return 42

    def _private(self):
        return "never"
