# The rows that functions look up: accounts, files, chats and models. Each only as far as the caller of the function may see it.
import base64
import hashlib
import os

from haneul_awaitable import Awaitable, AwaitableDict, AwaitableList, AwaitableText, AwaitableTruth, nothing
from haneul_missing import Missing
from haneul_server import call_in_progress, take

worker = None


class Table:
    """What a table of the original's offers beyond the methods here can be named, and fails when it is called."""

    place = ""

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Missing(f"{self.place}.{name}")


class Users(Table):
    place = "open_webui.models.users.Users"

    def get_user_by_id(self, id, *_, **__):
        row = take("user", id=str(id))
        return UserModel(**row) if row else nothing()

    def get_user_by_email(self, email, *_, **__):
        own = call_in_progress().order.get("user") or {}
        return UserModel(**own) if own.get("email") == email else nothing()

    def get_users_by_user_ids(self, user_ids, *_, **__):
        return AwaitableList(UserModel(**row) for row in (take("user", id=str(id)) for id in user_ids) if row)


class Files(Table):
    place = "open_webui.models.files.Files"

    def get_file_by_id(self, id, *_, **__):
        row = take("file", id=str(id))
        return FileModel(**row) if row else nothing()

    def get_file_by_id_and_user_id(self, id, user_id=None, *_, **__):
        row = take("file", id=str(id))
        return FileModel(**row) if row and row.get("user_id") == user_id else nothing()

    def get_file_metadata_by_id(self, id, *_, **__):
        row = take("file", id=str(id))
        return FileModel(**row) if row else nothing()

    def get_files_by_ids(self, ids, *_, **__):
        return AwaitableList(FileModel(**row) for row in (take("file", id=str(id)) for id in ids) if row)


class Chats(Table):
    place = "open_webui.models.chats.Chats"

    def get_chat_by_id(self, id, *_, **__):
        row = take("chat", id=str(id))
        return ChatModel(**row) if row else nothing()

    def get_chat_by_id_and_user_id(self, id, user_id=None, *_, **__):
        row = take("chat", id=str(id))
        return ChatModel(**row) if row and row.get("user_id") == user_id else nothing()

    def get_chat_title_by_id(self, id, *_, **__):
        row = take("chat", id=str(id))
        return AwaitableText(row.get("title") or "") if row else nothing()

    def get_messages_map_by_chat_id(self, id, *_, **__):
        row = take("chat", id=str(id))
        return AwaitableDict(messages_of(row)) if row else nothing()

    get_messages_by_chat_id = get_messages_map_by_chat_id

    def get_message_by_id_and_message_id(self, id, message_id, *_, **__):
        row = take("chat", id=str(id))
        return AwaitableDict(messages_of(row).get(message_id) or {}) if row else nothing()


def messages_of(chat):
    return ((chat.get("chat") or {}).get("history") or {}).get("messages") or {}


class Knowledges(Table):
    """Knowledge bases that the caller may read; everything else of them is not there."""

    place = "open_webui.models.knowledge.Knowledges"

    def get_knowledge_by_id(self, id, *_, **__):
        row = take("knowledge", id=str(id))
        return KnowledgeModel(**row) if row else nothing()

    def get_knowledge_by_id_and_user_id(self, id, user_id=None, *_, **__):
        row = take("knowledge", id=str(id))
        return KnowledgeModel(**row) if row and row.get("user_id") == user_id else nothing()

    def get_knowledge_bases_by_user_id(self, user_id, permission="write", *_, **__):
        if user_id != (call_in_progress().order.get("user") or {}).get("id"):
            return AwaitableList()
        return AwaitableList(KnowledgeModel(**row) for row in take("knowledge_bases") if permission == "read" or row["write_access"])

    def check_access_by_user_id(self, id, user_id, permission="write", *_, **__):
        row = take("knowledge", id=str(id)) if user_id == (call_in_progress().order.get("user") or {}).get("id") else None
        return AwaitableTruth(bool(row) and (permission == "read" or row["write_access"]))

    def get_files_by_id(self, knowledge_id, *_, **__):
        row = take("knowledge", id=str(knowledge_id))
        return AwaitableList(FileModel(**file) for file in (row or {}).get("files") or [])

    get_file_metadatas_by_id = get_files_by_id


class Models(Table):
    place = "open_webui.models.models.Models"

    def get_model_by_id(self, id, *_, **__):
        row = next((m for m in take("models") if m.get("id") == id), None)
        return ModelModel(**{**row, **(row.get("info") or {})}) if row else nothing()

    def get_all_models(self, *_, **__):
        """Those of the workspace, as the original: a base model has no row of its own."""
        return AwaitableList(ModelModel(**{**row, **row["info"]}) for row in take("models") if row.get("info"))

    get_models = get_all_models


class Functions(Table):
    """The function's own valves; those of others are nobody else's."""

    place = "open_webui.models.functions.Functions"

    def get_function_valves_by_id(self, id, *_, **__):
        if id != worker.orders["id"]:
            return nothing()
        return AwaitableDict(call_in_progress().order.get("valves") or {})

    def get_user_valves_by_id_and_user_id(self, id, user_id, *_, **__):
        order = call_in_progress().order
        if id != worker.orders["id"] or user_id != (order.get("user") or {}).get("id"):
            return nothing()
        return AwaitableDict(order.get("userValves") or {})


class Tools(Functions):
    place = "open_webui.models.tools.Tools"

    def get_tool_valves_by_id(self, id, *_, **__):
        return self.get_function_valves_by_id(id) if id == worker.orders["id"] else nothing()


class Storage(Table):
    place = "open_webui.storage.provider.Storage"

    def get_file(self, path):
        """Paths come from a file's `path`, which has brought the file here."""
        if not os.path.exists(path):
            raise FileNotFoundError(path)
        return path


def fetch_file(id, name):
    content = take("content", id=id)
    if content is None:
        raise FileNotFoundError(id)
    folder = os.path.join(os.environ["TMPDIR"], "files", hashlib.sha256(id.encode()).hexdigest()[:16])
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, os.path.basename(name or "") or "file")
    with open(path, "wb") as file:
        file.write(base64.b64decode(content))
    return path


UserModel = FileModel = FileMeta = ChatModel = ModelModel = KnowledgeModel = None


def make_models():
    """Once the function's packages are in reach, pydantic among them."""
    from typing import Any, Optional

    from pydantic import BaseModel, ConfigDict

    class Row(Awaitable, BaseModel):
        model_config = ConfigDict(extra="allow", protected_namespaces=(), arbitrary_types_allowed=True)
        id: str
        created_at: Optional[int] = None
        updated_at: Optional[int] = None

    class UserModel(Row):
        name: str = ""
        email: str = ""
        role: str = "user"
        username: Optional[str] = None
        profile_image_url: Optional[str] = None
        last_active_at: Optional[int] = None
        settings: Any = None
        info: Optional[dict] = None

    class FileMeta(BaseModel):
        model_config = ConfigDict(extra="allow")
        name: Optional[str] = None
        content_type: Optional[str] = None
        size: Optional[int] = None

    class FileModel(Row):
        user_id: str = ""
        filename: str = ""
        hash: Optional[str] = None
        data: Optional[dict] = None
        meta: Optional[dict] = None

        @property
        def path(self):
            return fetch_file(self.id, self.filename)

    class ChatModel(Row):
        user_id: str = ""
        title: str = ""
        chat: dict = {}
        share_id: Optional[str] = None
        archived: bool = False
        pinned: Optional[bool] = False
        meta: Optional[dict] = None
        folder_id: Optional[str] = None

    class KnowledgeModel(Row):
        user_id: str = ""
        name: str = ""
        description: str = ""
        data: Optional[dict] = None
        meta: Optional[dict] = None
        access_grants: list = []
        files: Optional[list] = None

    class ModelModel(Row):
        name: str = ""
        user_id: Optional[str] = None
        base_model_id: Optional[str] = None
        params: Any = None
        meta: Any = None

    for found in (UserModel, FileMeta, FileModel, ChatModel, ModelModel, KnowledgeModel):
        globals()[found.__name__] = found
