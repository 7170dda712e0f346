"""
title: OpenAI proxy (requests)
author: Haneul
version: 1.2.0
license: MIT
"""

from typing import Generator, Iterator, Union

import requests
from pydantic import BaseModel, Field


class Pipe:
    class Valves(BaseModel):
        NAME_PREFIX: str = Field(default="OPENAI/", description="Put before the names of the models.")
        API_BASE_URL: str = Field(default="https://api.openai.com/v1", description="Base address of the API.")
        API_KEY: str = Field(default="", description="Key of the API.", json_schema_extra={"input": {"type": "password"}})

    def __init__(self):
        self.type = "manifold"
        self.valves = self.Valves()

    def pipes(self):
        if not self.valves.API_KEY:
            return [{"id": "error", "name": "API key not provided."}]
        try:
            answer = requests.get(f"{self.valves.API_BASE_URL}/models", headers={"Authorization": f"Bearer {self.valves.API_KEY}"}, timeout=10)
            answer.raise_for_status()
            return [
                {"id": model["id"], "name": f"{self.valves.NAME_PREFIX}{model.get('name', model['id'])}"} for model in answer.json()["data"]
            ]
        except requests.RequestException:
            return [{"id": "error", "name": "Error fetching models. Please check your API key."}]

    def pipe(self, body: dict, __user__: dict) -> Union[str, Generator, Iterator]:
        model_id = body["model"][body["model"].find(".") + 1 :]
        payload = {**body, "model": model_id}
        try:
            answer = requests.post(
                url=f"{self.valves.API_BASE_URL}/chat/completions", json=payload,
                headers={"Authorization": f"Bearer {self.valves.API_KEY}"}, stream=True, timeout=60)
            answer.raise_for_status()
            if body.get("stream", False):
                return answer.iter_lines()
            return answer.json()
        except requests.RequestException as e:
            return f"Error: {e}"
