"""Messages as Telegram Desktop's JSON writer has them: field order, date strings, text entities."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from people import GROUPS, OWNER, PEOPLE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

NOT_INCLUDED = "(File not included. Change data exporting settings to download.)"
ENTITY = re.compile(r"(?P<link>https://\S+)|(?P<bot_command>(?<!\S)/[a-z]+)|\*(?P<bold>[^*]+)\*")


def stamp(key: str, moment: datetime) -> dict[str, str]:
    """Return the local date string of the zone and the unix time string, as Telegram writes every moment."""
    return {key: moment.strftime("%Y-%m-%dT%H:%M:%S"), f"{key}_unixtime": str(int(moment.timestamp()))}


def regular(message_id: int, sent_at: datetime, who: str, **fields: Any) -> dict[str, Any]:
    """Return the head of an ordinary message; `edited_at` and what else a message may have come before the text."""
    edited_at = fields.pop("edited_at", None)
    edited = stamp("edited", edited_at) if edited_at else {}
    head = {"id": message_id, "type": "message"} | stamp("date", sent_at) | edited
    return head | {"from": PEOPLE[who].full_name, "from_id": f"user{PEOPLE[who].user_id}"} | fields


def service(message_id: int, sent_at: datetime, who: str, action: str, **fields: Any) -> dict[str, Any]:
    """Return a service message: a call, a new group."""
    actor = {"actor": PEOPLE[who].full_name, "actor_id": f"user{PEOPLE[who].user_id}", "action": action}
    head = {"id": message_id, "type": "service"} | stamp("date", sent_at)
    return head | actor | fields | {"text": "", "text_entities": []}


def with_text(text: str) -> dict[str, Any]:
    """Return `text` and `text_entities`: a string when all is plain, a list of strings and objects otherwise."""
    entities: list[dict[str, str]] = []
    place = 0
    for found in ENTITY.finditer(text):
        if found.start() > place:
            entities.append({"type": "plain", "text": text[place : found.start()]})
        kind = found.lastgroup or "plain"
        entities.append({"type": kind, "text": found[kind]})
        place = found.end()
    if place < len(text):
        entities.append({"type": "plain", "text": text[place:]})
    if all(entity["type"] == "plain" for entity in entities):
        return {"text": text, "text_entities": entities}
    mixed = [entity["text"] if entity["type"] == "plain" else entity for entity in entities]
    return {"text": mixed, "text_entities": entities}


def photo(size: int) -> dict[str, Any]:
    """Return the fields of a photo whose file was left out of the export; `size` in bytes."""
    return {"photo": NOT_INCLUDED, "photo_file_size": size, "width": 960, "height": 1280}


def document(media_type: str, name: str, mime_type: str, size: int, **fields: Any) -> dict[str, Any]:
    """Return the fields of a sticker, a voice message or an animation; `size` in bytes."""
    head = {
        "file": NOT_INCLUDED,
        "file_name": name,
        "file_size": size,
        "media_type": media_type,
        "mime_type": mime_type,
    }
    return {key: value for key, value in (head | fields).items() if value != ""}


def reaction(emoji: str, who: str, moment: datetime) -> dict[str, Any]:
    """Return one emoji reaction of one person."""
    recent = {"from": PEOPLE[who].full_name, "from_id": f"user{PEOPLE[who].user_id}"}
    return {"type": "emoji", "count": 1, "emoji": emoji, "recent": [recent | {"date": stamp("date", moment)["date"]}]}


def chat(key: str, messages: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return one chat of the list; Saved Messages has no name, and a person's is the first name alone."""
    owner = PEOPLE[OWNER]
    if key == "saved":
        return {"type": "saved_messages", "id": owner.user_id, "messages": messages}
    if key in GROUPS:
        return {"name": GROUPS[key].title, "type": "private_group", "id": GROUPS[key].chat_id, "messages": messages}
    kind = "bot_chat" if key == "bot" else "personal_chat"
    return {"name": PEOPLE[key].first_name, "type": kind, "id": PEOPLE[key].user_id, "messages": messages}


def account(chats: Sequence[Mapping[str, Any]]) -> str:
    """Return the whole file. The phone number is of the range that Ofcom keeps free for fiction."""
    owner = PEOPLE[OWNER]
    personal = {
        "user_id": owner.user_id,
        "first_name": owner.first_name,
        "last_name": owner.last_name,
        "phone_number": "+44 7700 900142",
        "username": "@nell_keeps_the_light",
        "bio": "night shift at skerrow point, 142 steps, one gull",
    }
    content = {
        "about": "The demo export of doppel, in the format of Telegram Desktop. Everybody in it is invented.",
        "personal_information": personal,
        "chats": {"about": "This page lists all chats from this export.", "list": chats},
    }
    return json.dumps(content, ensure_ascii=False, indent=1)
