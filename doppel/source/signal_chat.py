"""What the readers of Signal's exports share: one chat, whose messages are made and counted here."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import PurePath
from typing import TYPE_CHECKING

from doppel.types import Message

if TYPE_CHECKING:
    from doppel.source.files import File
    from doppel.source.ledger import Ledger
    from doppel.types import ChatKind

ADVICE = (
    "Accepted: Signal's own export (Settings > Chats > Export chat history: the folder with main.jsonl), a folder of "
    "sigtop export-messages (JSON, text or text-short), of signal-export (chat.md or data.json), or the .txt files of "
    "signalbackup-tools --exporttxt. Type source.path=FOLDER"
)
ME = "signal:me"
OWN_NAMES = frozenset(("Me", "You"))  # as signal-export and sigtop call the owner
DETAIL = re.compile(r"^(?P<name>.+?) \((?P<detail>\+?\d{5,}|group|_id\d+|[0-9a-f-]{36}|[\w.]+\.\d{2,})\)$")
SAME_NAMES = ("chat", "data", "index")  # of files, for every chat


class SignalChat:
    """One chat. Messages without an id are numbered from 1."""

    def __init__(self, chat_id: str, name: str, kind: ChatKind, ledger: Ledger) -> None:
        self.chat_id = ledger.name(f"signal:{chat_id}")
        self.name = ledger.name(name)
        self.kind: ChatKind = kind
        self.ledger = ledger
        self.number = 0

    def message(
        self,
        seconds: float | None,
        sender: tuple[str, str],
        text: str,
        media: str | None = None,
        *,
        sticker_emoji: str | None = None,
        message_id: int | None = None,
        reply_to: int | None = None,
        is_service: bool = False,
    ) -> Message | None:
        """The message, counted; None where it has no date. `sender`: (sender_id, sender_name)."""
        sent_at = self.ledger.moment(float("nan") if seconds is None else seconds)
        if sent_at is None:
            return None
        self.number += 1
        return self.ledger.keep(
            Message(
                chat_id=self.chat_id,
                chat_name=self.name,
                chat_kind=self.kind,
                message_id=self.number if message_id is None else message_id,
                sent_at=sent_at,
                sender_id=self.ledger.name(sender[0]) or f"unknown:{self.chat_id}",
                sender_name=self.ledger.name(sender[1]),
                text="" if is_service else self.ledger.clean(text),
                sticker_emoji=sticker_emoji,
                media=None if is_service else media,
                reply_to=reply_to,
                is_service=is_service,
            )
        )


def by_name(name: str) -> tuple[str, str]:
    """(sender_id, sender_name) of someone whom an export only names."""
    return (ME if name in OWN_NAMES else f"signal:{name}"), name


class Chats:
    """The chats of all files: what several files have of one chat is numbered on."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.by_id: dict[str, SignalChat] = {}
        self.files: Counter[str] = Counter()  # chat -> how many files have it

    def chat(self, chat_id: str, name: str, kind: ChatKind) -> SignalChat:
        """The chat of this id."""
        if chat_id not in self.by_id:
            self.by_id[chat_id] = SignalChat(chat_id, name, kind, self.ledger)
        return self.by_id[chat_id]

    def named(self, title: str) -> SignalChat:
        """The chat called so: sigtop writes "Anna (+4915112345678)", "Team (group)"."""
        self.files[title] += 1
        found = DETAIL.match(title)
        if found is None:
            return self.chat(title, title, "unknown")
        return self.chat(title, found["name"], "group" if found["detail"] == "group" else "personal")

    def of_file(self, file: File) -> SignalChat:
        """The chat that a file is called after, or its folder: "Anna (+4915112345678).txt", "Anna/chat.md"."""
        stem = PurePath(file.name).stem
        return self.named((PurePath(file.folder).name or stem) if is_called_after_its_place(file) else stem)


def is_called_after_its_place(file: File) -> bool:
    """Whether the file has a name that those of all chats have, so that its folder tells whose it is."""
    return PurePath(file.name).stem.casefold() in SAME_NAMES
