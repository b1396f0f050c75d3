"""Small sound exports of Discord and Slack."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from tests.fuzz.messenger_formats import packed
from tests.fuzz.script import PEOPLE, iso, script, unix
from tests.fuzz.telegram_formats import dumped

Fields = dict[str, Any]


def table(rows: Sequence[Sequence[object]], separator: str = ",") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def discord() -> dict[str, bytes]:
    hangs: list[Fields] = [
        {},
        {"type": "Reply", "reference": {"messageId": "1", "channelId": "500"}},
        {"attachments": [{"fileName": "cat.png", "url": "x"}]},
        {"content": "<@2> and <:blob:123>", "mentions": [{"id": "2", "name": "boris", "nickname": "Boris"}]},
        {"type": "Call", "content": "Started a call."},
        {"forwardedMessage": {"content": "zebrafinch", "attachments": []}, "content": ""},
        {"stickers": [{"id": "1", "name": "Wave"}], "content": ""},
    ]
    messages = [
        {
            "id": str(line.number),
            "type": "Default",
            "timestamp": f"{iso(line.sent_at)}.5+00:00",
            "content": line.text,
            "author": {"id": str(line.who + 1), "name": PEOPLE[line.who], "nickname": None, "isBot": False},
            "attachments": [],
            "stickers": [],
            "mentions": [],
            **(hangs[line.number - 1] if line.number <= len(hangs) else {}),
        }
        for line in script(people=3)
    ]
    head = {
        "guild": {"id": "1", "name": "Garden"},
        "channel": {"id": "500", "type": "GuildTextChat", "name": "weeds", "topic": None},
        "dateRange": {"after": None, "before": None},
    }
    return {"weeds [500].json": dumped({**head, "messages": messages, "messageCount": len(messages)})}


def discord_csv() -> dict[str, bytes]:
    rows: list[Sequence[object]] = [("AuthorID", "Author", "Date", "Content", "Attachments", "Reactions")]
    rows += [
        (line.who + 1, PEOPLE[line.who], f"{iso(line.sent_at)}.0000000+00:00", line.text, "", "")
        for line in script(people=3)
    ]
    return {"Garden - plants - weeds [500].csv": table(rows)}


def discord_package() -> dict[str, bytes]:
    lines = script()
    rows = [
        {"ID": line.number, "Timestamp": f"{line.sent_at:%Y-%m-%d %H:%M:%S}", "Contents": line.text, "Attachments": ""}
        for line in lines
    ]
    own: list[Sequence[object]] = [tuple(rows[0])]
    own += [tuple(row.values()) for row in rows]
    channel = {"id": "12", "type": 0, "name": "weeds", "guild": {"id": "1", "name": "Garden"}}
    files = {
        "account/user.json": dumped({"id": "1", "username": "anna", "global_name": "Anna"}),
        "messages/index.json": dumped({"11": "Direct Message with boris#0", "12": None}),
        "messages/c11/channel.json": dumped({"id": "11", "type": "DM", "recipients": ["1", "2"]}),
        "messages/c11/messages.json": dumped(rows),
        "messages/c12/channel.json": dumped(channel),
        "messages/c12/messages.csv": table(own),
    }
    return {"package.zip": packed(files)}


def slack() -> dict[str, bytes]:
    users = [
        {"id": f"U{at}", "name": name.lower(), "profile": {"display_name": name, "email": "zebrafinch@example.org"}}
        for at, name in enumerate(PEOPLE)
    ]
    lines = script(people=3)
    first = f"{unix(lines[0].sent_at)}.000200"
    hangs: list[Fields] = [
        {"thread_ts": first},
        {"thread_ts": first},
        {"subtype": "channel_join"},
        {"subtype": "file_share", "files": [{"mimetype": "image/png", "name": "a.png"}]},
        {"text": "<@U1> &amp; <https://example.org|zebrafinch> <!here>"},
        {"attachments": [{"is_share": True, "author_name": "Carol", "text": "zebrafinch"}]},
        {"subtype": "bot_message", "bot_id": "B1", "username": "ci"},
        {"reactions": [{"name": "+1", "users": ["U1"], "count": 1}]},
    ]
    said = [
        {"type": "message", "user": f"U{line.who}", "text": line.text, "ts": f"{unix(line.sent_at)}.000200"}
        | (hangs[line.number - 1] if line.number <= len(hangs) else {})
        for line in lines
    ]
    return {
        "users.json": dumped(users),
        "channels.json": dumped([{"id": "C1", "name": "general", "members": ["U0", "U1"]}]),
        "dms.json": dumped([{"id": "D7", "members": ["U0", "U1"]}]),
        "general/2023-05-01.json": dumped(said[:8]),
        "general/2023-05-02.json": dumped(said[8:]),
        "D7/2023-05-01.json": dumped([one for one in said if one["user"] != "U2"]),
    }


def slack_zip() -> dict[str, bytes]:
    return {"Team Slack export.zip": packed(slack())}
