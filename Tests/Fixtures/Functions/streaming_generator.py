"""
title: Countdown
author: Haneul
"""

import time
from typing import Iterator


class Pipe:
    def pipe(self, body: dict) -> Iterator[str]:
        for number in range(int(body["messages"][-1]["content"]), 0, -1):
            yield f"{number} "
            time.sleep(0.001)
        yield "lift-off"
