"""
title: Uses what is not here
author: Haneul
"""

from open_webui.internal.db import get_db
from open_webui.models.knowledge import Knowledges
from utils.misc import get_last_user_message


class Pipe:
    def pipe(self, body: dict) -> str:
        text = get_last_user_message(body["messages"])
        if text == "knowledge":
            return Knowledges.get_knowledge_bases()
        if text == "database":
            with get_db() as db:
                return str(db)
        return "fine"
