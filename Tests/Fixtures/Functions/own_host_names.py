"""
title: What functions import
author: Haneul
description: Takes much from its host at import, uses what there is, and fails by name with the rest.
"""

import logging
from pathlib import Path

import open_webui
from fastapi import APIRouter, Depends, HTTPException, Request, UploadFile, status
from open_webui.config import CACHE_DIR, UPLOAD_DIR
from open_webui.constants import ERROR_MESSAGES, TASKS
from open_webui.env import AIOHTTP_CLIENT_TIMEOUT, DATA_DIR, SRC_LOG_LEVELS, WEBUI_SECRET_KEY
from open_webui.internal.db import Base, get_db
from open_webui.models.chats import Chats
from open_webui.models.files import FileForm, Files
from open_webui.models.functions import Functions
from open_webui.models.knowledge import Knowledges
from open_webui.models.memories import Memories
from open_webui.models.models import Models
from open_webui.models.tools import Tools as ToolTable
from open_webui.models.users import UserModel, Users
from open_webui.retrieval.utils import get_sources_from_items, query_collection
from open_webui.retrieval.vector.connector import VECTOR_DB_CLIENT
from open_webui.routers.images import CreateImageForm, image_generations
from open_webui.routers.memories import AddMemoryForm, add_memory
from open_webui.socket.main import get_event_emitter, sio
from open_webui.utils.auth import create_token, get_verified_user
from open_webui.utils.chat import generate_chat_completion
from open_webui.utils.middleware import process_chat_payload
from open_webui.utils.misc import deep_update, get_message_list, get_system_message, openai_chat_chunk_message_template
from open_webui.utils.plugin import load_function_module_by_id
from open_webui.utils.task import get_task_model_id, rag_template
from open_webui.utils.webhook import post_webhook
from pydantic import BaseModel
from starlette.responses import JSONResponse

log = logging.getLogger(__name__)
log.setLevel(SRC_LOG_LEVELS["MAIN"])


class Row(Base):
    __tablename__ = "rows"


class Pipe:
    class Valves(BaseModel):
        secret: str = "unset"

    def __init__(self):
        self.valves = self.Valves()

    async def pipe(self, body: dict, __user__: dict, __request__: Request, __id__: str):
        what = body["messages"][-1]["content"]
        user = await Users.get_user_by_id(__user__["id"])
        things = {
            "row": lambda: Row(), "users": lambda: Users.get_users(), "knowledge": lambda: Knowledges.get_knowledge_bases(),
            "memories": lambda: Memories.get_memories_by_user_id(user.id), "insert": lambda: Files.insert_new_file(user.id, None),
            "update": lambda: Chats.update_chat_by_id("c", {}), "vector": lambda: VECTOR_DB_CLIENT.search("x"),
            "image": lambda: image_generations(__request__, CreateImageForm(prompt="x"), user), "token": lambda: create_token({"id": user.id}),
            "key": lambda: WEBUI_SECRET_KEY.encode(), "emit": lambda: sio.emit("x"), "payload": lambda: process_chat_payload(),
            "load": lambda: load_function_module_by_id("x"), "webhook": lambda: post_webhook("http://x"),
            "config": lambda: __request__.app.state.config.OPENAI_API_KEYS[0], "token_of_request": lambda: __request__.headers["authorization"],
            "other": lambda: Users.get_user_by_id("somebody-else"), "valves_of_others": lambda: Functions.get_function_valves_by_id("other"),
        }
        if what in things:
            return f"{what}: {things[what]()}"
        path = DATA_DIR / "notes.txt"
        path.write_text("kept")
        return JSONResponse({
            "user": user.name, "data": Path(path).read_text(), "joined": DATA_DIR + "/notes.txt", "cache": str(CACHE_DIR).startswith(str(DATA_DIR)),
            "task": str(TASKS.TITLE_GENERATION), "error": ERROR_MESSAGES.DEFAULT("x"), "timeout": AIOHTTP_CLIENT_TIMEOUT,
            "status": status.HTTP_404_NOT_FOUND, "model": get_task_model_id("m", None, None, {}),
            "valves": (Functions.get_function_valves_by_id(__id__) or {}).get("secret"), "models": "echo-1" in __request__.app.state.MODELS,
            "chunk": openai_chat_chunk_message_template("m", "hi")["choices"][0]["delta"]["content"]})
