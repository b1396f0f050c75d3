"""Telegram Desktop's JSON export: one chat or a whole account, every vintage since 2020, read as a stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

from doppel.errors import DataError
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

        Held meanwhile: the ids of all messages, eight bytes each, of several files their times too, as exports may
        overlap; and in chats with topics the topic of each message.
        """
        files, others = export_files(self.path, ADVICE)
        ledger, owners = Ledger(ADVICE), set()
        chats, albums = Chats(ledger), Albums(ledger)
        reader = MessageReader(ledger, LocalClock(self.timezone).zone)
        accounts = Accounts(reader.zone) if len(files) > 1 else None
        for file in files:
            signs, before = OwnerSigns(), reader.read
            with open_export(file) as stream:
                walk = Walk(stream, chats)
                for chat, found in walk.chats_found():
                    if accounts is not None:
                        chat, found = accounts.chat(file.label, chat, found, walk.user_id)
                    messages = reader.messages(file.label, chat, found)
                    for message in albums.whole(messages if accounts is None else accounts.noted(messages)):
                        yield ledger.keep(message)
                    signs.add(chat, {sender_id for sender_id, _ in reader.senders.values()})
            _check_is_export(file, walk)
            if reader.read == before and len(files) > 1:
                funnel.note(f"source: {file.label} holds no messages.")
            owners.add(signs.owner(walk.user_id))
        self.owners = frozenset(owners - {None})
        if accounts is not None:
            accounts.report(funnel)
        if others:
            funnel.note(f"source: {len(others):,} JSON files are no Telegram exports: left out ({_names(others)}).")
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
        return fingerprint(export_files(self.path, ADVICE)[0])


def _names(files: list[File]) -> str:
    told = ", ".join(file.name for file in files[:MAX_NAMES])
    return f"{told}, ..." if len(files) > MAX_NAMES else told


def _check_is_export(file: File, walk: Walk) -> None:
    if not walk.has_chats:
        raise DataError(
            f"{file.label} is JSON, but no Telegram export: it has no list of messages. "
            f"Keys seen: {shown(walk.keys)}. {ADVICE}"
        )
