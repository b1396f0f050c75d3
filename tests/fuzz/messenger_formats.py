"""Small sound exports of the other messengers."""

from __future__ import annotations

import base64
import io
import json
import uuid
import zipfile
from collections.abc import Mapping
from html import escape
from typing import Any

from tests.fuzz.script import PEOPLE, Line, script, unix
from tests.fuzz.telegram_formats import dumped

Fields = dict[str, Any]
NOTICE = "Messages and calls are end-to-end encrypted."
ACI = base64.b64encode(uuid.UUID(int=7).bytes).decode()


def packed(files: Mapping[str, bytes]) -> bytes:
    """A zip archive, the same bytes each time."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return target.getvalue()


def whatsapp_ios() -> dict[str, bytes]:
    text = f"\u200e[12/05/2023, 11:59:00] Garden: \u200e{NOTICE}\r\n"
    for line in script(people=3):
        said = "\u200e<attached: 0001-PHOTO.jpg>" if line.number % 7 == 0 else line.text
        mark = "\u200e" if line.number % 7 == 0 else ""
        text += f"{mark}[{line.sent_at:%d/%m/%Y, %H:%M:%S}] {PEOPLE[line.who]}: {said}\r\n"
    return {"WhatsApp Chat - Garden/_chat.txt": text.encode()}


def whatsapp_android() -> dict[str, bytes]:
    text = f"5/12/23, 11:59\u202fAM - {NOTICE}\n"
    for line in script():
        said = "<Media omitted>" if line.number % 7 == 0 else line.text
        text += f"{line.sent_at:%-m/%-d/%y, %-I:%M}\u202f{line.sent_at:%p} - {PEOPLE[line.who]}: {said}\n"
    return {"WhatsApp Chat with Boris.txt": text.encode()}


def whatsapp_zip() -> dict[str, bytes]:
    (chat,) = whatsapp_ios().values()
    return {"WhatsApp Chat - Garden.zip": packed({"_chat.txt": chat, "0001-PHOTO.jpg": b"\xff\xd8\xff"})}


def signal_frame(line: Line, chat: str, author: str, **more: Any) -> Fields:
    body = {"text": {"body": line.text}, **more}
    sent = str(unix(line.sent_at) * 1000)
    return {"chatItem": {"chatId": chat, "authorId": author, "dateSent": sent, "standardMessage": body}}


def signal() -> dict[str, bytes]:
    first = str(unix(script()[0].sent_at) * 1000)
    frames: list[Fields] = [
        {"version": "1", "backupTimeMs": first, "mediaRootBackupKey": "zebrafinch"},
        {"account": {"givenName": "Anna", "familyName": "K"}},
        {"recipient": {"id": "1", "self": {}}},
        {"recipient": {"id": "2", "contact": {"aci": ACI, "profileGivenName": PEOPLE[1]}}},
        {"recipient": {"id": "3", "contact": {"e164": "491700000000", "systemGivenName": "Carol"}}},
        {"recipient": {"id": "4", "group": {"masterKey": "zebrafinch", "snapshot": {"title": {"title": "Team"}}}}},
        {"chat": {"id": "100", "recipientId": "2"}},
        {"chat": {"id": "200", "recipientId": "4"}},
    ]
    hangs: list[Fields] = [
        {},
        {"quote": {"targetSentTimestamp": first, "authorId": "2"}},
        {"attachments": [{"pointer": {"contentType": "image/jpeg"}}]},
        {"reactions": [{"emoji": "\U0001f44d", "authorId": "2"}]},
    ]
    for line in script():
        frames.append(signal_frame(line, "100", str(line.who + 1), **hangs[line.number % 4]))
    frames += [signal_frame(line, "200", str(line.who + 1)) for line in script(people=3)]
    sticker = {
        "chatId": "100",
        "authorId": "2",
        "dateSent": first,
        "stickerMessage": {"sticker": {"emoji": "\U0001f44d"}},
    }
    frames += [{"chatItem": sticker}, {"chatItem": sticker | {"updateMessage": {"simpleUpdate": {"type": "JOINED"}}}}]
    return {"main.jsonl": b"".join(dumped(frame, None) + b"\n" for frame in frames)}


def signal_desktop() -> dict[str, bytes]:
    """What sigtop, signal-export and signalbackup-tools write, side by side."""
    names = ("You", "Boris", "Carol")
    blocks = ["Conversation: Team (group)\n"]
    rows, markdown, tools = list[Fields](), "", ""
    for line in script(people=3):
        name, at = names[line.who], line.sent_at
        blocks.append(f"From: {name}\nType: incoming\nSent: {at:%a, %d %b %Y %H:%M:%S} +0000\n\n{line.text}\n")
        markdown += f"[{at:%Y-%m-%d %H:%M:%S}] {name}: {line.text}\n(- Carol: \U0001f44d -)\n\n"
        tools += f"[{at:%b %d, %Y %H:%M:%S}] <{name}> {line.text}\n"
    for line in script():
        kind = {"type": "outgoing"} if line.who == 0 else {"type": "incoming", "sourceServiceId": "aci-2"}
        sent = unix(line.sent_at) * 1000
        rows.append({"id": f"m{line.number}", "conversationId": "c1", "sent_at": sent, "body": line.text, **kind})
    return {
        "Team (group).txt": "\n".join(blocks).encode(),
        "Boris/chat.md": markdown.encode(),
        "Carol.json": dumped(rows),
        "Dan (_id12).txt": tools.encode(),
    }


PHOTO = "Фотография"
HANGING = f'<div class="attachment"><div class="attachment__description">{PHOTO}</div></div>'


def vk_page(lines: list[Line], people: bool) -> bytes:
    months = (
        "янв",
        "фев",
        "мар",
        "апр",
        "мая",
    )
    items = []
    for line in reversed(lines):
        at, number = line.sent_at, line.who + 1
        date = f"{at.day} {months[at.month - 1]} {at.year} в {at:%H:%M:%S}"
        link = f'<a href="https://vk.com/id{number}">{PEOPLE[line.who]}</a>' if line.who or people else "Вы"
        text = escape(line.text).replace("\n", "<br>")
        items.append(
            f'<div class="item">\n<div class="item__main"><div class="message" data-id="{line.number}">\n'
            f'<div class="message__header">{link}, {date}</div>\n'
            f'<div>{text}<div class="kludges">{HANGING * (line.number % 5 == 0)}</div></div>\n</div></div></div>\n'
        )
    owner = base64.b64encode(b'{"user_id": 1}').decode()
    head = f'<head><meta charset="windows-1251"><meta name="jd" content="{owner}"></head>'
    body = "".join(items)
    return f"<!DOCTYPE html>\n<html>{head}<body>\n{body}</body></html>".encode("cp1251", "xmlcharrefreplace")


def vk() -> dict[str, bytes]:
    lines = script()
    index = '<div class="message-peer"><div class="message-peer--id">\n<a href="2/messages0.html">Boris</a></div></div>'
    return {
        "Archive/messages/index-messages.html": f"<html><body>{index}</body></html>".encode(),
        "Archive/messages/2/messages0.html": vk_page(lines[12:], people=False),
        "Archive/messages/2/messages50.html": vk_page(lines[:12], people=False),
        "Archive/messages/2000000001/messages0.html": vk_page(script(people=3), people=True),
    }


def vk_json() -> dict[str, bytes]:
    items: list[Fields] = [
        {
            "id": line.number,
            "date": unix(line.sent_at),
            "peer_id": 2,
            "from_id": line.who + 1,
            "out": int(line.who == 0),
            "text": line.text,
            "attachments": [{"type": "photo", "photo": {"id": 1}}] * (line.number % 5 == 0),
            "fwd_messages": [],
        }
        for line in script()
    ]
    items[3]["reply_message"] = {"id": 2, "text": "zebrafinch"}
    items.append({"id": 99, "date": items[0]["date"], "peer_id": 2, "from_id": 1, "action": {"type": "chat_create"}})
    names = [{"id": at + 1, "first_name": name, "last_name": "X"} for at, name in enumerate(PEOPLE)]
    return {"history.json": dumped({"response": {"count": len(items), "items": items, "profiles": names}})}


def meta(line: Line, **more: Any) -> Fields:
    words = {"sender_name": PEOPLE[line.who], "timestamp_ms": unix(line.sent_at) * 1000, "content": line.text}
    return {key: broken(value) if isinstance(value, str) else value for key, value in words.items()} | more


def broken(text: str) -> str:
    return text.encode().decode("latin-1")


def thread(people: int, name: str) -> bytes:
    hangs: list[Fields] = [{}, {"photos": [{"uri": "a.jpg"}]}, {"reactions": [{"reaction": "x", "actor": "y"}]}]
    messages = [meta(line, **hangs[line.number % 3]) for line in reversed(script(people))]
    messages.append(meta(script()[0], content="Anna joined the call.", call_duration=0))
    content = {
        "participants": [{"name": broken(one)} for one in PEOPLE[:people]],
        "messages": messages,
        "title": broken(PEOPLE[1]),
        "is_still_participant": True,
        "thread_path": f"inbox/{name}",
    }
    return json.dumps(content, indent=1).encode()


def messenger() -> dict[str, bytes]:
    top = "your_facebook_activity/messages/inbox"
    return {
        f"{top}/boris_1/message_1.json": thread(2, "boris_1"),
        f"{top}/garden_2/message_1.json": thread(3, "garden_2"),
    }


def instagram() -> dict[str, bytes]:
    values = {"Name": {"value": "Anna K"}, "Email": {"value": "zebrafinch@example.org"}}
    profile = {"profile_user": [{"string_map_data": values}]}
    return {
        "your_instagram_activity/messages/inbox/boris_1/message_1.json": thread(2, "boris_1"),
        "personal_information/personal_information.json": dumped(profile),
    }
