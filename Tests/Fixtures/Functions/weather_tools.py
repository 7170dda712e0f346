"""
title: Weather tools
author: Haneul
version: 0.4
"""

from datetime import date
from typing import Annotated, Literal, Optional

from pydantic import BaseModel, Field


class Tools:
    class Valves(BaseModel):
        unit: Literal["celsius", "fahrenheit"] = Field(default="celsius")

    class UserValves(BaseModel):
        city: str = Field(default="Seoul", description="Where the person lives.")

    def __init__(self):
        self.valves = self.Valves()
        self.citation = False

    async def get_weather(
        self, day: date, city: Optional[str] = None, hours: list[int] = [], __user__: dict = {}, __event_emitter__=None
    ) -> dict:
        """
        Tells the weather of a day.
        :param day: The day, as YYYY-MM-DD.
        :param city: The city; the person's own when it is left out.
        :param hours: Hours of the day
            that are of interest.
        """
        await __event_emitter__({"type": "status", "data": {"description": "Looking out of the window", "done": True}})
        return {"city": city or __user__["valves"].city, "weekday": day.strftime("%A"), "unit": self.valves.unit, "hours": sum(hours)}

    def add(self, a: Annotated[float, Field(description="First summand.")], b: float = 1) -> str:
        """
        Adds two numbers.
        """
        return str(a + b)

    def _not_a_tool(self):
        raise NotImplementedError
