"""The messages of VK's own archive, page by page."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from doppel.errors import DataError
from doppel.source.phrases import phrases
from doppel.source.vk_dates import seconds_of
from doppel.source.vk_page import Page
from doppel.types import Message

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from doppel.source.files import File
    from doppel.source.ledger import Ledger
    from doppel.source.local_clock import LocalClock
    from doppel.source.vk_page import Entry
    from doppel.types import ChatKind

ADVICE = (
    "Accepted: the archive that vk.com/data_protection makes (Archive.zip with messages/<chat>/messages0.html, "
    "unpacked or not), or the answers of VK's messages.getHistory saved as JSON. Type source.path=FILE"
)
FIRST_GROUP = 2_000_000_000  # numbers of chats with several people begin here
WORDS = phrases("vk_words.txt")
OTHER = ("months", "self", "forwards", "deleted")
KINDS = {one.casefold(): kind for kind, found in WORDS.items() if kind not in OTHER for one in found}
SELF = frozenset(WORDS["self"])
DELETED = frozenset(one.casefold() for one in WORDS["deleted"])
FORWARDS = tuple(WORDS["forwards"])
PROFILE = re.compile(r"(?:https?://)?(?:[\w.]*\.)?vk\.(?:com|ru)/(?:(id|club|public|event)(\d{1,18})|([\w.]+))/?$")
PAGE_NUMBER = re.compile(r"\d+")
UNKNOWN = "hold an attachment of a kind that is not known here: kept as media 'media'"


def kind_of(peer: str, owner: str | None) -> ChatKind:
    """What a chat with this number is."""
    if peer == owner:
        return "saved"
    try:
        number = int(peer)
    except ValueError:
        return "group"  # a chat with an address of its own
    return "bot" if number < 0 else "group" if number > FIRST_GROUP else "personal"


class VkArchive:
    """Reads the pages of an archive. `owner`: the sender_id of its own messages."""

    def __init__(self, pages: Sequence[File], lists: Sequence[File], clock: LocalClock, ledger: Ledger) -> None:
        self.pages = sorted(pages, key=_place)
        self.clock, self.ledger = clock, ledger
        self.names = {peer: name for file in lists for peer, name in Page(file, ADVICE).chats().items()}
        found = (Page(file, ADVICE).owner() for file in (*lists, *self.pages[:1]))
        self.number = next((number for number in found if number is not None), None)
        self.owner = f"vk:{self.number or 'me'}"
        self.unnumbered = 0

    def messages(self) -> Iterator[Message]:
        """Every message, newest first within a chat. Raises: DataError where the files are pages of something else."""
        entries, cut = 0, list[str]()
        for file in self.pages:
            self.ledger.place = file.label
            peer = PurePosixPath(file.folder).name
            page = Page(file, ADVICE)
            if not page.is_whole:
                cut.append(file.label)
            for entry in page.entries():
                entries += 1
                message = self._message(entry, peer)
                if message is not None:
                    yield self.ledger.keep(message)
        if not entries:
            raise DataError(
                f"{self.pages[0].label} and all {len(self.pages):,} pages have no messages of VK. Pages of "
                f"Telegram are read by source=telegram_html. {ADVICE}"
            )

        if cut:  # a parser of HTML mends what it can, and says nothing of what is not there
            fault = "break off before </html>: messages may be missing. Unpack the archive again"
            self.ledger.reading.notes.append(f"{len(cut):,} pages {fault} (first: {cut[0]})")

    def _message(self, entry: Entry, peer: str) -> Message | None:
        chat_id = f"vk:{peer}"
        seconds = seconds_of(entry.date, self.clock)
        sent_at = self.ledger.moment(float("nan") if seconds is None else seconds)
        if sent_at is None or not self.ledger.is_new(chat_id, number := self._number(entry)):
            return None
        media, is_forwarded, is_service = self._attached(entry)
        sender_id = self._sender(entry)
        return Message(
            chat_id=chat_id,
            chat_name=self.names.get(peer) or peer,
            chat_kind=kind_of(peer, self.number),
            message_id=number,
            sent_at=sent_at,
            sender_id=sender_id,
            sender_name=self.ledger.name(entry.name),
            text="" if is_service else self.ledger.clean(entry.text),
            media=None if is_service else media,
            is_service=is_service,
            is_forwarded=is_forwarded and not entry.text,  # with words of its own it answers what hangs on it
            is_bot=sender_id.startswith("vk:-"),
        )

    def _number(self, entry: Entry) -> int:
        if entry.message_id.isdecimal() and len(entry.message_id) < 19:
            return int(entry.message_id)
        self.unnumbered += 1
        return -self.unnumbered

    def _sender(self, entry: Entry) -> str:
        if not entry.link:
            return self.owner if entry.name in SELF else self.ledger.name(f"vk:{entry.name}")
        found = PROFILE.match(entry.link)
        if found is None:
            return self.ledger.name(f"vk:{entry.link}")
        if found[2] is None:
            return f"vk:{found[3]}"
        number = int(found[2])
        if found[1] == "id":
            return f"vk:{number}" if number else self.owner  # id0 stands for the own account
        return f"vk:-{number}"

    def _attached(self, entry: Entry) -> tuple[str | None, bool, bool]:
        """(media, is_forwarded, is_service)."""
        media, is_forwarded = None, False
        for written in entry.attachments:
            folded = written.casefold()
            if folded in DELETED:
                return None, False, True
            if folded[:1].isdecimal() and any(word in folded for word in FORWARDS):
                is_forwarded = True
                continue
            kind = KINDS.get(folded)
            if kind is None:
                self.ledger.guessed[UNKNOWN] += 1
            media = media or kind or "media"
        return media, is_forwarded, entry.is_event or media == "call"


def _place(page: File) -> tuple[str, int]:
    """Pages of one chat side by side, from the newest messages on: so their ids only go down."""
    number = PAGE_NUMBER.search(page.name)
    return f"{page.path if page.member else ''}/{page.folder}", int(number[0]) if number else 0
