"""
title: Packaged
author: Haneul
requirements: haneul-fixture-package>=1.0,<2
version: 1
"""

import haneul_fixture_package


class Pipe:
    def pipe(self, body: dict) -> str:
        return haneul_fixture_package.greet(body["messages"][-1]["content"])
