"""Telegram Desktop's JSON export: one chat or a whole account, every vintage since 2020, read as a stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

from doppel.errors import DataError
from doppel.source.copies import Copies
from doppel.source.files import fingerprint
from doppel.source.ledger import Ledger
from doppel.source.local_clock import LocalClock
from doppel.source.telegram_accounts import Accounts
from doppel.source.telegram_albums import Albums
from doppel.source.telegram_chat import Chats
from doppel.source.telegram_file import open_export
from doppel.source.telegram_folder import export_files
from doppel.source.telegram_json import Walk
from doppel.source.telegram_message import MessageReader
from doppel.source.telegram_owner import OwnerSigns
from doppel.source.telegram_text import shown
from doppel.types import Funnel

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from zoneinfo import ZoneInfo

    from doppel.source.files import File
    from doppel.types import Message

MAX_NAMES = 6  # told of files that are left out
ADVICE = (
    "Accepted: the result.json of Telegram Desktop (Settings > Advanced > Export Telegram data, format "
    '"Machine-readable JSON"), plain, gzipped or zipped, a folder that holds one or several, or a list of these. '
    "Type source.path=FILE"
)


class TelegramExport:
    """The messages of one export or of several, in the order of the files: chat after chat."""

    def __init__(self, *, path: str | list[str], timezone: str) -> None:
        self.path, self.timezone = path, timezone
        self.owners: frozenset[str] | None = None  # None: not looked for yet

    def messages(self, funnel: Funnel) -> Iterator[Message]:
        """Every message, service messages too; each call reads the files anew. Raises: DataError.

        Held meanwhile: the ids of all messages, eight bytes each; of several files 32 bytes, as these may overlap; and
        in chats with topics the topic of each message.
        """
        files, others, elsewhere = export_files(self.path, ADVICE)
        ledger = Ledger(ADVICE)
        exports = _Exports(ledger, LocalClock(self.timezone).zone, are_several=len(files) > 1)
        for file in files:
            yield from exports.messages(file, funnel)
        self.owners = frozenset(exports.owners)
        if exports.accounts is not None:
            exports.accounts.report(funnel)
        if others:
            funnel.note(f"source: {len(others):,} JSON files are no Telegram exports: left out ({_names(others)}).")
        if elsewhere:
            funnel.note(
                f"source: {len(elsewhere):,} JSON files begin as Telegram exports, but lie in folders without a "
                f"result.json, as what people have sent does: left out ({_names(elsewhere)}). Name them too to read "
                "them: source.path=[FOLDER,FILE]"
            )
        ledger.report(funnel, self.path if isinstance(self.path, str) else ", ".join(self.path))

    def owner_ids(self) -> frozenset[str]:
        """The accounts that made the exports, empty where these do not tell. Raises: DataError.

        Costs one reading of the files, none after `messages` has been read.
        """
        if self.owners is None:
            for _ in self.messages(Funnel()):
                pass
        return self.owners or frozenset()

    def fingerprint(self) -> Mapping[str, str]:
        """Name -> sha256 of each file as it lies on disk or in its archive. Raises: DataError."""
        return fingerprint(export_files(self.path, ADVICE).exports)


class _Exports:
    """The files of one reading, one after the other: what is known of the earlier ones goes for the later ones."""

    def __init__(self, ledger: Ledger, zone: ZoneInfo, *, are_several: bool) -> None:
        self.ledger = ledger
        self.chats, self.albums = Chats(ledger), Albums(ledger)
        self.reader = MessageReader(ledger, zone)
        self.accounts = Accounts(zone) if are_several else None
        self.copies = Copies() if are_several else None
        self.owners: set[str] = set()

    def messages(self, file: File, funnel: Funnel) -> Iterator[Message]:
        """Those of the next file that are new. Raises: DataError."""
        if self.copies is None:
            yield from self._of_file(file)
            return
        before = self.reader.read
        yield from self.copies.without(file.label, self._of_file(file))
        if self.reader.read == before:
            funnel.note(f"source: {file.label} holds no messages.")
        for earlier, count in self.copies.dropped.items():
            self.ledger.reading.kept -= count
            self.ledger.reading.drop(f"already in {earlier}, under other ids", file.label, count)

    def _of_file(self, file: File) -> Iterator[Message]:
        signs, ledger = OwnerSigns(), self.ledger
        with open_export(file) as stream:
            walk = Walk(stream, self.chats)
            for chat, found in walk.chats_found():
                if self.accounts is not None:
                    chat, found = self.accounts.chat(file.label, chat, found, walk.user_id)
                messages = self.reader.messages(file.label, chat, found)
                for message in self.albums.whole(messages if self.accounts is None else self.accounts.noted(messages)):
                    yield ledger.keep(message)
                signs.add(chat, {sender_id for sender_id, _ in self.reader.senders.values()})
        _check_is_export(file, walk)
        owner = signs.owner(walk.user_id)
        self.owners |= set() if owner is None else {owner}


def _names(files: list[File]) -> str:
    told = ", ".join(file.name for file in files[:MAX_NAMES])
    return f"{told}, ..." if len(files) > MAX_NAMES else told


def _check_is_export(file: File, walk: Walk) -> None:
    if not walk.has_chats:
        raise DataError(
            f"{file.label} is JSON, but no Telegram export: it has no list of messages. "
            f"Keys seen: {shown(walk.keys)}. {ADVICE}"
        )
