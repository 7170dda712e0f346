"""
title: Agent
author: Haneul
"""


class Pipe:
    async def pipe(self, body: dict, __tools__: dict, __event_emitter__, __task__=None) -> str:
        if __task__ == "title_generation":
            return "A title"
        results = []
        for name, tool in __tools__.items():
            results.append(f"{name}({tool['spec']['name']}) = {await tool['callable'](a=1, b=2)}")
        await __event_emitter__({"type": "citation", "data": {"document": results, "metadata": [{"source": "tools"}], "source": {"name": "t"}}})
        return "; ".join(results)
