"""
title: Echo
author: Haneul
version: 1.0.0
description: Says the last message again.
"""


class Pipe:
    def __init__(self):
        self.name = "Echo"

    def pipe(self, body: dict) -> str:
        content = body["messages"][-1]["content"]
        if isinstance(content, list):
            content = " ".join(part["text"] for part in content if part["type"] == "text")
        return f"echo: {content}"
