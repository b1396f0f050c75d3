"""Made-up Telegram exports of every shape that the line must count right, drawn by hypothesis as bytes."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

START = 1_680_000_000  # seconds since 1970
GAPS = (5, 5, 30, 200, 2_000, 5_000, 90_000, 400_000)  # seconds since the message before
TEXTS = (
    "ok", "yes", "no way", "later then", "привет", "а ты?", "really?",
    "at noon", "good", "хорошо", "hm", "tell me", "not yet", "да",
    "\U0001f44d\U0001f3fd", "how are you today?",
    "как дела, что нового?",
    "one two three four five six seven eight", "And One, Two Three... four five six seven eight! nine",
    "мы с тобой сегодня едем на дачу к бабушке",
    "see https://example.org/a", "https://example.org/b", "call +7 921 123-45-67", "a.b@example.org",
    "Ваш код: 1234", "", " ", "<Media omitted>", "x" * 300,
)  # fmt: skip
KINDS: tuple[dict[str, Any], ...] = (
    {}, {}, {}, {}, {}, {}, {}, {}, {"forwarded_from": "User 3"}, {"forwarded_from": None},
    {"media_type": "sticker", "sticker_emoji": "\U0001f642", "text": ""}, {"photo": "1.jpg", "text": ""},
    {"via_bot": "@gif"}, {"type": "service", "action": "pin_message", "text": ""}, {"type": "unsupported", "date": ""},
    {"from": None, "from_id": None},
)  # fmt: skip
CHATS = ("personal_chat", "personal_chat", "private_group", "private_supergroup", "saved_messages", "bot_chat")
EVENT_BYTES = 4
OWNER, EXCLUDED, EXCLUDED_NAME = "user1", "user4", "User 4"


@dataclass(frozen=True)
class Export:
    """An account's export, as Telegram Desktop writes it."""

    chats: tuple[dict[str, Any], ...]

    def written(self, file: Path, *, is_reversed: bool = False) -> Path:
        """The file, chats in this order or the other way round."""
        chats = list(reversed(self.chats)) if is_reversed else list(self.chats)
        account = {"personal_information": {"user_id": 1, "first_name": "Owner"}, "chats": {"list": chats}}
        file.write_text(json.dumps(account), encoding="utf-8")
        return file


@st.composite
def exports(draw: st.DrawFn) -> Export:
    """A group, in which the excluded person speaks first, and up to four more chats, of 20 to 100 messages each."""
    kinds = ["private_group", *draw(st.lists(st.sampled_from(CHATS), min_size=1, max_size=4))]
    chats = []
    for number, kind in enumerate(kinds, 1):
        chance = random.Random(draw(st.integers(0, 2**32)))  # bytes drawn by hypothesis itself are mostly zeros
        chats.append(_chat(kind, number, chance.randbytes(draw(st.integers(20, 100)) * EVENT_BYTES)))
    return Export(tuple(chats))


def _chat(kind: str, number: int, drawn: bytes) -> dict[str, Any]:
    messages: list[dict[str, Any]] = []
    now = START + number * 1_000_000  # chats overlap in time
    for at in range(0, len(drawn) - EVENT_BYTES + 1, EVENT_BYTES):
        gap, who, text, how = drawn[at : at + EVENT_BYTES]
        now += GAPS[gap % len(GAPS)]
        who = (who % 5 if messages else 4) if "group" in kind else who % 2
        messages.append(_message(len(messages) + 1, now, who, text, how, number))
        if how % 37 == 0:  # the second item of an album, in the same second
            messages.append(messages[-1] | {"id": len(messages) + 1, "photo": "2.jpg", "text": "", "type": "message"})
        if how % 41 == 0:  # an export that holds a message twice
            messages.append(dict(messages[-1]))
    if messages and drawn[0] % 5 == 0:  # the clock was wrong
        messages[0]["date_unixtime"] = str(now)
    chat_id = number if "group" in kind else 10 + number
    return {"name": f"Chat {number}", "type": kind, "id": chat_id, "messages": messages}


def _message(number: int, now: int, who: int, text: int, how: int, chat: int) -> dict[str, Any]:
    sender = 1 if who == 0 else who + (0 if who > 1 else 9 + chat)  # the other one of a chat of two is somebody new
    fields: dict[str, Any] = {"id": number, "type": "message", "date": "2023-04-01T00:00:00", "date_unixtime": str(now)}
    fields |= {"from": f"User {sender}", "from_id": f"user{sender}", "text": TEXTS[text % len(TEXTS)]}
    if text % 3:  # mostly something that nobody said before
        fields["text"] += f" {chat}.{number}"
    if how >= 128:
        fields["reply_to_message_id"] = max(1, number - (1, 1, 2, 3, 4, 25)[how % 6])
    return {key: value for key, value in (fields | KINDS[how % len(KINDS)]).items() if (key, value) != ("date", "")}
