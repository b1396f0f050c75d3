"""Made-up Telegram exports, and how they are read."""

from __future__ import annotations

import json
from pathlib import Path

from doppel.source.telegram import TelegramExport
from doppel.types import Funnel, Message


def exported(*paths: Path, timezone: str = "UTC") -> TelegramExport:
    return TelegramExport(path=[str(path) for path in paths] if len(paths) > 1 else str(paths[0]), timezone=timezone)


def read(*paths: Path, timezone: str = "UTC") -> tuple[list[Message], Funnel]:
    funnel = Funnel()
    return list(exported(*paths, timezone=timezone).messages(funnel)), funnel


def write(folder: Path, content: object, name: str = "result.json", indent: int | None = None) -> Path:
    file = folder / name
    file.write_text(content if isinstance(content, str) else json.dumps(content, indent=indent), "utf-8")
    return file


def said(number: int, sender: object = "user2", text: object = "hi", **more: object) -> dict:
    date = {"date": "2024-01-15T12:30:00", "date_unixtime": "1705315800"}
    return {"id": number, "type": "message", **date, "from": "Ann", "from_id": sender, "text": text, **more}


def chat(*messages: dict, kind: str = "personal_chat", number: int = 7, **more: object) -> dict:
    return {"name": "Ann", "type": kind, "id": number, **more, "messages": list(messages)}
