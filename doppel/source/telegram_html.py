"""Telegram Desktop's HTML export: chats of pages that people read, without the ids of who wrote them."""

from __future__ import annotations

import re
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from doppel.source.files import Files, fingerprint
from doppel.source.ledger import Ledger
from doppel.source.local_clock import LocalClock
from doppel.source.telegram_albums import Albums
from doppel.source.telegram_chat import Chat
from doppel.source.telegram_html_chat import HtmlChat
from doppel.source.telegram_owner import OwnerSigns
from doppel.source.telegram_page import Page, number_of_page
from doppel.source.telegram_post import sender_of
from doppel.types import Funnel

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from zoneinfo import ZoneInfo

    from doppel.source.files import File
    from doppel.types import Message

ADVICE = (
    "Accepted: the messages.html, messages2.html, ... of Telegram Desktop's export in the format HTML, the folder or "
    'the zip archive that holds them, or a list of these. The format "Machine-readable JSON" knows more '
    "(source=telegram). Type source.path=FOLDER"
)
FIRST_PAGE = "messages.html"
NUMBERED_CHAT = re.compile(r"chat_\d+")  # the folder of a chat in the export of an account


class TelegramPages:
    """The messages of one HTML export or of several, chat after chat."""

    def __init__(self, *, path: str | list[str], timezone: str) -> None:
        self.path, self.timezone = path, timezone
        self.owners: frozenset[str] = frozenset()

    def messages(self, funnel: Funnel) -> Iterator[Message]:
        """Every message, service messages too; each call reads the files anew, a page at a time. Raises: DataError."""
        files = self._files()
        ledger, signs = Ledger(ADVICE), OwnerSigns()
        chats, albums = _Chats(ledger, LocalClock(self.timezone).zone), Albums(ledger)
        for folder, pages in groupby(files, key=_folder):
            for message in albums.whole(chats.messages(folder, pages)):
                yield ledger.keep(message)
        for reader in chats.readers.values():
            signs.add(reader.chat, {f"name:{name}" for name in reader.speakers})
        owner = signs.owner(None)
        self.owners = frozenset(() if owner is None else (owner,))
        ledger.report(funnel, self.path if isinstance(self.path, str) else ", ".join(self.path))

    def owner_ids(self) -> frozenset[str]:
        """Who speaks to the other one in all chats of two, once `messages` was read; empty where nothing tells."""
        return self.owners

    def fingerprint(self) -> Mapping[str, str]:
        """Name -> sha256 of each file as it lies on disk or in its archive. Raises: DataError."""
        return fingerprint(self._files())

    def _files(self) -> list[File]:
        paths = [self.path] if isinstance(self.path, str) else self.path
        files = Files([_with_its_neighbours(path) for path in paths], ADVICE).matching("messages*.html")
        return sorted(files, key=lambda file: (_folder(file), number_of_page(file)))


def _with_its_neighbours(path: str) -> str:
    """The folder, for the first page of a chat: the others lie beside it."""
    file = Path(path).expanduser()
    return str(file.parent) if file.name == FIRST_PAGE and file.exists() else path


def _folder(file: File) -> str:
    return f"{file.path}/{file.folder}" if file.member else file.folder


class _Chats:
    """The chats by their names, as HTML has no ids: the same in every export."""

    def __init__(self, ledger: Ledger, zone: ZoneInfo) -> None:
        self.ledger, self.zone = ledger, zone
        self.readers: dict[str, HtmlChat] = {}
        self.folders: dict[tuple[str, str], str] = {}  # (folder of an account, name) -> folder of the chat that has it

    def messages(self, folder: str, files: Iterable[File]) -> Iterator[Message]:
        """Those of the pages of one chat. Raises: DataError."""
        reader: HtmlChat | None = None
        for file in files:
            page = Page(file, self.ledger)
            if reader is None:
                chat = self._chat(folder, page)
                reader = self.readers.setdefault(chat.chat_id, HtmlChat(chat, self.ledger, self.zone))
            yield from reader.messages(page)

    def _chat(self, folder: str, page: Page) -> Chat:
        above, _, last = folder.rpartition("/")
        name, number = page.name, 1
        # In one account, two chats may have one name.
        while NUMBERED_CHAT.fullmatch(last) and self.folders.setdefault((above, name), folder) != folder:
            number += 1
            name = f"{page.name} #{number}"
        speakers = {sender for sender in map(sender_of, page.blocks) if sender}
        is_pair = page.name in speakers and len(speakers) == 2
        return Chat(
            chat_id=f"telegram_html:{name}",
            name=name,
            kind="personal" if is_pair else "unknown",  # HTML does not say
            peer=f"name:{page.name}",
        )
