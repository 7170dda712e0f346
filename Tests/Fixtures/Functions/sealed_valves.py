"""
title: Sealed valves
author: Haneul
description: A type of its own among the values, as functions that keep keys encrypted have it.
"""

import base64
from typing import Any

from pydantic import BaseModel, Field, GetCoreSchemaHandler
from pydantic_core import core_schema


class SealedStr(str):
    @classmethod
    def seal(cls, value: str) -> str:
        return value if not value or value.startswith("sealed:") else "sealed:" + base64.b64encode(value.encode()).decode()

    def open(self) -> str:
        return base64.b64decode(self[7:]).decode() if self.startswith("sealed:") else str(self)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.union_schema(
            [
                core_schema.is_instance_schema(cls),
                core_schema.chain_schema(
                    [core_schema.str_schema(), core_schema.no_info_plain_validator_function(lambda value: cls(cls.seal(value)))]),
            ],
            serialization=core_schema.plain_serializer_function_ser_schema(lambda instance: str(instance)))


class Pipe:
    class Valves(BaseModel):
        API_KEY: SealedStr = Field(default="", description="Key.", json_schema_extra={"input": {"type": "password"}})

    def __init__(self):
        self.valves = self.Valves()

    def pipe(self, body: dict) -> str:
        return f"{type(self.valves.API_KEY).__name__} {SealedStr(self.valves.API_KEY).open()}"
