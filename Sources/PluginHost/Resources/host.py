# Stands in for what functions import from their host (`open_webui.*`). Whatever needs the server goes over the channel, as the user of
# the call that is in progress. What is not here can be imported and fails, with its name, when it is used.
import enum
import logging
import os
import pathlib
import re
import sys

import haneul_messages as messages
import haneul_rows as rows
import haneul_server as server
from haneul_log import Log
from haneul_missing import Finder
from haneul_parameters import emitter, event_call
from haneul_web import web_modules

# Old names that published functions still use.
OLD_IMPORTS = (
    (r"from utils\b", "from open_webui.utils"), (r"from apps\b", "from open_webui.apps"), (r"from main\b", "from open_webui.main"),
    (r"from config\b", "from open_webui.config"), (r"from constants\b", "from open_webui.constants"), (r"from env\b", "from open_webui.env"),
)


def rewrite_imports(content):
    for old, new in OLD_IMPORTS:
        content = re.sub(r"(?m)^(\s*)" + old, lambda found: found.group(1) + new, content)
    return content


def get_event_emitter(*_, **__):
    return emitter(server.call_in_progress())


def get_event_call(*_, **__):
    return event_call(server.call_in_progress())


class TASKS(str, enum.Enum):
    DEFAULT = "default"
    TITLE_GENERATION = "title_generation"
    FOLLOW_UP_GENERATION = "follow_up_generation"
    TAGS_GENERATION = "tags_generation"
    EMOJI_GENERATION = "emoji_generation"
    QUERY_GENERATION = "query_generation"
    IMAGE_PROMPT_GENERATION = "image_prompt_generation"
    AUTOCOMPLETE_GENERATION = "autocomplete_generation"
    FUNCTION_CALLING = "function_calling"
    MOA_RESPONSE_GENERATION = "moa_response_generation"

    def __str__(self):
        return self.value


class ErrorMessages(type):
    """`ERROR_MESSAGES.NOT_FOUND` is a text, `ERROR_MESSAGES.DEFAULT(error)` as well."""

    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Words(name.replace("_", " ").capitalize())


class Words(str):
    def __call__(self, detail="", *_, **__):
        return f"{self}: {detail}" if detail else str(self)


class ERROR_MESSAGES(metaclass=ErrorMessages):
    @staticmethod
    def DEFAULT(err=""):
        return f"[ERROR: {err}]" if err else "Something went wrong :/"


class Levels(dict):
    def __missing__(self, key):
        return "INFO"


class Folder(type(pathlib.Path())):
    """Folders were texts in older versions and are paths now: both `folder + "/x"` and `folder / "x"` are written."""

    def __add__(self, text):
        return str(self) + text

    def __radd__(self, text):
        return text + str(self)


def folder(name=""):
    path = Folder(os.environ["TMPDIR"], name)
    path.mkdir(exist_ok=True)
    return path


def get_task_model_id(default_model_id, *_, **__):
    return default_model_id


def rag_template(template, context, query):
    """The template with the context and the question in their places."""
    for mark in ("[context]", "{{CONTEXT}}"):
        template = template.replace(mark, context)
    for mark in ("[query]", "{{QUERY}}"):
        template = template.replace(mark, query)
    return template


def chat_names():
    return {"generate_chat_completion": server.generate_chat_completion, "generate_chat_completions": server.generate_chat_completion}


def user_names():
    return {"Users": rows.Users(), "UserModel": rows.UserModel, "User": rows.UserModel, "UserResponse": rows.UserModel}


def file_names():
    return {"Files": rows.Files(), "FileModel": rows.FileModel, "File": rows.FileModel, "FileMeta": rows.FileMeta}


def knowledge_names():
    return {
        "Knowledges": rows.Knowledges(), "KnowledgeModel": rows.KnowledgeModel, "Knowledge": rows.KnowledgeModel,
        "KnowledgeResponse": rows.KnowledgeModel, "KnowledgeUserResponse": rows.KnowledgeModel}


def chat_row_names():
    return {"Chats": rows.Chats(), "ChatModel": rows.ChatModel, "Chat": rows.ChatModel}


def environment_names():
    return {
        "SRC_LOG_LEVELS": Levels(), "GLOBAL_LOG_LEVEL": "INFO", "VERSION": "0.12.4", "WEBUI_NAME": "Haneul", "ENV": "prod",
        "DATA_DIR": folder(), "AIOHTTP_CLIENT_TIMEOUT": 300, "AIOHTTP_CLIENT_SESSION_SSL": True, "WEBUI_AUTH": True,
        "BYPASS_MODEL_ACCESS_CONTROL": False, "ENABLE_FORWARD_USER_INFO_HEADERS": False, "DEVICE_TYPE": "cpu", "DOCKER": False,
        "OFFLINE_MODE": False}


def search_names():
    return {
        "query_collection": server.query_collection, "get_sources_from_items": server.get_sources_from_items,
        "get_sources_from_files": server.get_sources_from_items}


MODULES = {
    "open_webui.utils.misc": messages.names,
    "open_webui.utils.chat": chat_names,
    "open_webui.utils.task": lambda: {"get_task_model_id": get_task_model_id, "rag_template": rag_template},
    "open_webui.main": lambda: {**chat_names(), "get_all_models": server.get_all_models},
    "open_webui.functions": lambda: {"generate_function_chat_completion": server.generate_chat_completion},
    "open_webui.routers.openai": lambda: {"generate_chat_completion": server.generate_chat_completion},
    "open_webui.utils.models": lambda: {"get_all_models": server.get_all_models, "get_all_base_models": server.get_all_models},
    "open_webui.models.users": user_names,
    "open_webui.models.files": file_names,
    "open_webui.models.chats": chat_row_names,
    "open_webui.models.knowledge": knowledge_names,
    "open_webui.models.functions": lambda: {"Functions": rows.Functions()},
    "open_webui.models.tools": lambda: {"Tools": rows.Tools()},
    "open_webui.models.models": lambda: {"Models": rows.Models(), "ModelModel": rows.ModelModel, "Model": rows.ModelModel},
    "open_webui.storage.provider": lambda: {"Storage": rows.Storage()},
    "open_webui.retrieval.utils": search_names,
    "open_webui.socket.main": lambda: {
        "get_event_emitter": get_event_emitter, "get_event_call": get_event_call, "__event_emitter__": get_event_emitter},
    "open_webui.constants": lambda: {"TASKS": TASKS, "ERROR_MESSAGES": ERROR_MESSAGES},
    "open_webui.env": environment_names,
    "open_webui.config": lambda: {
        "UPLOAD_DIR": folder("uploads"), "CACHE_DIR": folder("cache"), "DATA_DIR": folder(), "WEBUI_URL": "http://localhost"},
    "open_webui.apps.webui.models.users": user_names,
    "open_webui.apps.webui.models.files": file_names,
    "open_webui.apps.webui.models.chats": chat_row_names,
}


def install(worker):
    """Before any of the function's code is loaded."""
    server.worker = rows.worker = worker
    sys.stdout = Log(1)
    sys.stderr = Log(2)
    sys.argv = ["function"]
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    if worker.orders.get("probe"):
        return
    rows.make_models()
    server.make_errors()
    web_modules(server.HTTPException)
    sys.meta_path.insert(0, Finder(MODULES))
