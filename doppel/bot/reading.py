"""What of a Telegram message matters here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from aiogram.types import Message, User

GROUPS = ("group", "supergroup")
COMMAND = re.compile(r"/(\w+)(?:@(\w+))?(?:\s+(.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Note:
    """A message of a person."""

    chat_id: int
    is_group: bool
    user_id: int
    name: str
    message_id: int
    text: str  # "" where there are no words
    at: datetime  # aware
    is_addressed: bool  # to the bot: in private, by mention, or as an answer to it
    answers: int | None  # the message that it answers
    command: str | None  # "start" of /start
    rest: str  # what follows the command


def note(message: Message, me: User, persona: str) -> Note | None:
    """What a person has said; None for channels, programs and what is another bot's.

    A mention of the bot is left out, as nobody the model has read wrote so; `persona`: what stands for it alone.
    """
    user, is_group = message.from_user, message.chat.type in GROUPS
    if user is None or user.is_bot or message.sender_chat or not (is_group or message.chat.type == "private"):
        return None
    text = message.text or message.caption or (message.sticker.emoji if message.sticker else None) or ""
    command, rest = None, ""
    if message.text and (found := COMMAND.fullmatch(text)):
        if (found[2] or me.username or "").lower() != (me.username or "").lower():
            return None
        command, rest = found[1].lower(), (found[3] or "").strip()
    answered = message.reply_to_message
    answers_me = answered is not None and answered.from_user is not None and answered.from_user.id == me.id
    words, is_mentioned = _without_mention(text, me)
    return Note(
        chat_id=message.chat.id,
        is_group=is_group,
        user_id=user.id,
        name=user.full_name,
        message_id=message.message_id,
        text=words or (persona if is_mentioned else ""),
        at=message.date,
        is_addressed=not is_group or answers_me or is_mentioned,
        answers=answered.message_id if answered else None,
        command=command,
        rest=rest,
    )


def _without_mention(text: str, me: User) -> tuple[str, bool]:
    """The text without @NAME of the bot, and whether that was in it."""
    if not me.username:
        return text.strip(), False
    words, mentions = re.subn(rf"@{re.escape(me.username)}\b[,:]?\s*", "", text, flags=re.IGNORECASE)
    return words.strip(), mentions > 0
