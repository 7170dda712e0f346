"""
title: Raw bytes
author: Haneul
description: Hands on what another API sends as it comes, cut anywhere.
"""

import json
import urllib.request

from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field
from starlette.background import BackgroundTask


class Pipe:
    class Valves(BaseModel):
        BASE_URL: str = Field(default="")
        PIECE: int = Field(default=7, gt=0)
        WRAPPED: bool = False

    def __init__(self):
        self.valves = self.Valves()
        self.closed = 0

    def pipe(self, body: dict):
        if body["messages"][-1]["content"] == "closed?":
            return str(self.closed)
        request = urllib.request.Request(
            self.valves.BASE_URL + "/chat/completions", json.dumps({**body, "model": "echo-1"}).encode(),
            {"Content-Type": "application/json", "Authorization": "Bearer sk-up"})
        answer = urllib.request.urlopen(request)
        if not body.get("stream"):
            return json.loads(answer.read())

        def pieces():
            while data := answer.read(self.valves.PIECE):
                yield data

        def close():
            answer.close()
            self.closed += 1

        if self.valves.WRAPPED:
            return StreamingResponse(pieces(), media_type="text/event-stream", background=BackgroundTask(close))
        return pieces()
