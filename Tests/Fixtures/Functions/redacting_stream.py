"""
title: Redaction
author: Haneul
"""

from pydantic import BaseModel, Field


class Filter:
    class Valves(BaseModel):
        words: list[str] = Field(default=["secret"])

    def __init__(self):
        self.valves = self.Valves()

    def stream(self, event: dict) -> dict:
        for choice in event.get("choices", []):
            content = choice.get("delta", {}).get("content")
            if content == "(drop)":
                return None
            if content:
                for word in self.valves.words:
                    content = content.replace(word, "*" * len(word))
                choice["delta"]["content"] = content
        return event
