"""Small sound exports of Telegram: one chat, a whole account, pages, what was fetched live."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from html import escape
from typing import Any

from tests.fuzz.script import PEOPLE, Line, iso, script, unix

Fields = dict[str, Any]


def dumped(value: Any, indent: int | None = 1) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=indent).encode()


def said(line: Line, **more: Any) -> Fields:
    date = {"date": iso(line.sent_at), "date_unixtime": str(unix(line.sent_at))}
    sender = {"from": PEOPLE[line.who], "from_id": f"user{line.who + 1}"}
    entities = [{"type": "plain", "text": line.text}]
    return {
        "id": line.number,
        "type": "message",
        **date,
        **sender,
        "text": line.text,
        "text_entities": entities,
        **more,
    }


def varied(lines: Sequence[Line]) -> list[Fields]:
    """Messages of most kinds, one after the other."""
    kinds: list[Fields] = [
        {},
        {"reply_to_message_id": lines[0].number},
        {"text": ["see ", {"type": "link", "text": "https://example.org"}, " zebrafinch"], "text_entities": []},
        {"photo": "photos/1.jpg", "width": 10, "height": 10, "text": ""},
        {"forwarded_from": PEOPLE[2]},
        {"media_type": "sticker", "sticker_emoji": "\U0001f642", "file": "s.webp", "text": ""},
        {"via_bot": "@gif", "media_type": "animation", "file": "a.mp4"},
        {"media_type": "voice_message", "file": "v.ogg", "duration_seconds": 3, "text": ""},
        {"edited": "2023-05-03T12:00:00", "edited_unixtime": "1683115200"},
        {"poll": {"question": "zebrafinch?", "closed": False, "answers": [{"text": "yes", "voters": 1}]}, "text": ""},
    ]
    made = [said(line, **(kinds[at] if at < len(kinds) else {})) for at, line in enumerate(lines)]
    album = {"photo": "photos/2.jpg", "text": "", "text_entities": []}
    last = lines[-1]
    made += [said(last._replace(number=last.number + more), **album) for more in (1, 2)]
    service = said(last._replace(number=last.number + 3), text="", text_entities=[])
    made.append(service | {"type": "service", "action": "pin_message", "actor": PEOPLE[0], "actor_id": "user1"})
    return made


def chat(kind: str, number: int, name: str | None, messages: list[Fields]) -> Fields:
    return {"name": name, "type": kind, "id": number, "messages": messages}


def account() -> Fields:
    group = varied(script(people=3))
    topic = {"type": "service", "action": "topic_created", "title": "Garden", "actor": "Carol", "actor_id": "user3"}
    group[0] = group[0] | topic
    group[4] = group[4] | {"reply_to_message_id": 1}
    return {
        "about": "zebrafinch",
        "personal_information": {"user_id": 1, "first_name": "Anna", "phone_number": "+1 zebrafinch"},
        "contacts": {"list": [{"user_id": 2, "first_name": "Boris", "phone_number": "zebrafinch"}]},
        "chats": {
            "about": "zebrafinch",
            "list": [
                chat("personal_chat", 2, PEOPLE[1], varied(script())),
                chat("private_supergroup", 77, "Garden", group),
                chat("saved_messages", 1, None, [said(line) for line in script()[:3]]),
            ],
        },
        "left_chats": {
            "list": [chat("public_channel", 88, "News", [said(line, **{"from": None}) for line in script()])]
        },
        "sessions": {"list": [{"last_ip": "zebrafinch"}]},
    }


def telegram() -> dict[str, bytes]:
    return {"result.json": dumped(chat("personal_chat", 2, PEOPLE[1], varied(script())))}


def telegram_account() -> dict[str, bytes]:
    return {"result.json": dumped(account(), indent=None)}


def telegram_gz() -> dict[str, bytes]:
    return {"result.json.gz": gzip.compress(telegram()["result.json"], mtime=0)}


def post(line: Line, *, joined: bool, inside: str = "") -> str:
    name = "" if joined else f'<div class="from_name">\n{PEOPLE[line.who]}\n</div>'
    date = line.sent_at.strftime("%d.%m.%Y %H:%M:%S UTC+00:00")
    text = escape(line.text).replace("\n", "<br>")
    return (
        f'<div class="message default clearfix{" joined" * joined}" id="message{line.number}">\n<div class="body">\n'
        f'<div class="pull_right date details" title="{date}">12:00</div>\n{name}{inside}\n'
        f'<div class="text">\n{text}\n</div>\n</div>\n</div>\n'
    )


REPLY = '<div class="reply_to details">In reply to <a href="#go_to_message1">this message</a></div>'
PHOTO = '<div class="media_wrap clearfix"><a class="photo_wrap clearfix pull_left" href="1.jpg"></a></div>'
SERVICE = '<div class="message service" id="message-{}">\n<div class="body details">\n1 May 2023\n</div>\n</div>\n'


def page(name: str, lines: Sequence[Line]) -> bytes:
    hangs = ("", REPLY, PHOTO)
    posts = [SERVICE.format(1)]
    for at, line in enumerate(lines):
        is_joined = at > 0 and lines[at - 1].who == line.who
        posts.append(post(line, joined=is_joined, inside=hangs[at % 3]))
    return (
        '<!DOCTYPE html>\n<html>\n<head><meta charset="utf-8"/><title>Exported Data</title></head>\n<body>\n'
        f'<div class="page_wrap"><div class="page_header"><div class="content"><div class="text bold">\n{name}\n</div>'
        '</div></div>\n<div class="page_body chat_page"><div class="history">\n'
        f"{''.join(posts)}</div></div></div></body></html>\n"
    ).encode()


def telegram_html() -> dict[str, bytes]:
    lines = script()
    return {
        "chats/chat_1/messages.html": page(PEOPLE[1], lines[:12]),
        "chats/chat_1/messages2.html": page(PEOPLE[1], lines[12:]),
        "chats/chat_2/messages.html": page("Garden", script(people=3)),
    }


def telegram_api() -> dict[str, bytes]:
    files = {"account.json": b'{"user_id":1}'}
    for name, kind, number, people in (("2", "personal_chat", 2, 2), ("-10077", "private_supergroup", 77, 3)):
        head = {"id": number, "type": kind, "name": "Garden", "username": None, "shift": 0, "since": None}
        lines = [head, *varied(script(people=people))]
        files[f"{name}.jsonl"] = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    return files
