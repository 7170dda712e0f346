"""
title: Thinking
author: Haneul
description: Reasoning, tool calls and usage in the pieces of a stream.
"""


class Pipe:
    def pipes(self):
        return [{"id": "thinker", "name": "Thinker"}, {"id": "caller", "name": "Caller"}, {"id": "error", "name": "Error"}]

    def pipe(self, body: dict):
        choice = body["model"].split(".", 1)[1]
        if choice == "error":
            return {"error": {"message": "quota exceeded", "type": "insufficient_quota", "code": 429}}
        if choice == "caller":
            return iter([
                {"choices": [{"index": 0, "delta": {"tool_calls": [
                    {"index": 0, "id": "c1", "type": "function", "function": {"name": "look", "arguments": "{\"q\":"}}]}}]},
                {"choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0, "function": {"arguments": "1}"}}]}}]},
                {"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}])
        return self.think()

    def think(self):
        yield {"choices": [{"index": 0, "delta": {"reasoning_content": "hmm"}, "finish_reason": None}]}
        yield "so: "
        yield {"choices": [{"index": 0, "delta": {"content": "yes"}, "finish_reason": None}]}
        yield {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}],
               "usage": {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}}
