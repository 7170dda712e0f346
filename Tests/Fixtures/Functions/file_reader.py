"""
title: File reader
author: Haneul
"""

from open_webui.models.chats import Chats
from open_webui.models.files import Files
from open_webui.models.models import Models


class Pipe:
    async def pipe(self, body: dict, __files__: list, __chat_id__: str, __metadata__: dict) -> str:
        lines = []
        for item in __files__ or []:
            file = await Files.get_file_by_id(item["id"])
            if file is None:
                lines.append(f"{item['id']}: not yours")
                continue
            with open(file.path, "rb") as content:
                lines.append(f"{file.filename}: {len(content.read())} bytes, {file.data['content']}")
        chat = Chats.get_chat_by_id(__chat_id__)
        lines.append(f"chat: {chat.title if chat else None}")
        model = Models.get_model_by_id("base-model")
        lines.append(f"model: {model.name if model else None}, {__metadata__['features']['web_search']}")
        return "\n".join(lines)
