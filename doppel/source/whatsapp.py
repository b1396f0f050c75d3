"""WhatsApp's exported chats: .txt, or .zip as the phone shares them, of every locale, read line by line."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Literal

from doppel.errors import DataError
from doppel.source.files import File, Files, fingerprint
from doppel.source.ledger import Ledger
from doppel.source.local_clock import LocalClock
from doppel.source.whatsapp_chat import ChatReader
from doppel.source.whatsapp_names import OWN_NAME, chat_name, is_called_after_its_place
from doppel.source.whatsapp_survey import ADVICE, orders_of, survey

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from doppel.source.whatsapp_dates import Order
    from doppel.source.whatsapp_survey import Survey
    from doppel.types import ChatKind, Funnel, Message

SHOWN = 3  # files that a note names


class WhatsAppExport:
    """The messages of one or more exported chats, chat after chat, as the files have them.

    A chat has no ids: its messages are numbered, and people are told apart by the names that the phone shows.
    """

    def __init__(
        self,
        *,
        path: str | list[str],
        timezone: str,
        date_order: Literal["day_month", "month_day", "year_month_day"] | None,
    ) -> None:
        self.path = path
        self.clock = LocalClock(timezone)
        self.date_order: Order | None = date_order

    def messages(self, funnel: Funnel) -> Iterator[Message]:
        """Every message, notices of the program too (is_service); each file is read twice. Raises: DataError."""
        ledger = Ledger(ADVICE)
        files = chat_files(self.path)
        surveys = self._surveys(files, funnel)
        skipped = 0
        for name, ordered in self._chats(surveys, funnel).items():
            kind: ChatKind = "group" if any(one.kind == "group" for one, _ in ordered) else "personal"
            reader = ChatReader(name, kind, self.clock, ledger, has_several=len(ordered) > 1)
            for one, order in ordered:
                yield from reader.read(one, order)
            skipped += reader.skipped
        if skipped:
            funnel.note(f"source: {skipped:,} lines above the first message of their file belong to none: left out.")
        ledger.report(funnel, _shown([one.file for one in surveys]))

    def owner_ids(self) -> frozenset[str]:
        """Nobody: an export does not tell whose phone it is from."""
        return frozenset()

    def fingerprint(self) -> Mapping[str, str]:
        """File -> sha256. Raises: DataError."""
        return fingerprint(
            chat_files(self.path), lambda file: file.place if is_called_after_its_place(file) else file.name
        )

    def _surveys(self, files: list[File], funnel: Funnel) -> list[Survey]:
        found = [(file, survey(file)) for file in files]
        surveys = [one for _, one in found if one is not None]
        others = [file for file, one in found if one is None]
        named = {str(self.path)} if isinstance(self.path, str) else {str(one) for one in self.path}
        refused = [file for file in others if not surveys or file.label in named]
        if refused:
            raise _no_chat(refused[0])
        if others:
            funnel.note(f"source: {len(others):,} text files are no chats and were left out: {_shown(others)}.")
        return surveys

    def _chats(self, surveys: list[Survey], funnel: Funnel) -> dict[str, list[tuple[Survey, Order]]]:
        """Name -> its files, each with the order of its dates."""
        chats: dict[str, list[tuple[Survey, Order]]] = {}
        guesses: Counter[tuple[str, str]] = Counter()
        for one, order, how in orders_of(surveys, self.date_order):
            chats.setdefault(chat_name(one.file), []).append((one, order))
            guesses[order, how] += bool(how)
        for (order, how), count in guesses.items():
            if count:
                funnel.note(
                    f"source: in {count:,} files the dates were read as {order}: {how}. "
                    f"If that is wrong, type source.date_order=..."
                )
        for ordered in chats.values():
            if len(ordered) > 1:
                shown = _shown([one.file for one, _ in ordered])
                funnel.note(f"source: {len(ordered):,} files have one chat's name and are taken for one chat: {shown}.")
        return chats


def chat_files(path: str | list[str]) -> list[File]:
    """The files that may be chats: of an iPhone's archive only _chat.txt; archives inside a folder are opened.

    Raises: DataError.
    """
    found = Files(path, ADVICE).matching("*.txt", "*.zip")
    whole = [file for file in found if not _is_archive(file)]
    packed = [str(file.path) for file in found if _is_archive(file)]
    if packed:
        whole += Files(packed, ADVICE).matching("*.txt")
    own = {(file.path if file.member else None, file.folder) for file in whole if file.name == f"{OWN_NAME}.txt"}
    return [
        file
        for file in whole
        if file.name == f"{OWN_NAME}.txt" or (file.path if file.member else None, file.folder) not in own
    ]


def _is_archive(file: File) -> bool:
    if file.member is not None or not file.name.endswith(".zip"):
        return False
    with file.open() as stream:
        return stream.read(2) == b"PK"


def _no_chat(file: File) -> DataError:
    first = next((line for _, line in file.lines() if line.strip()), None)
    if first is None:
        return DataError(f"{file.label} is empty. {ADVICE}")
    begin = first.lstrip()[:1]
    what = {"{": " It looks like JSON.", "[": " It may be JSON.", "<": " It looks like HTML or XML."}.get(begin, "")
    return DataError(
        f"{file.label} is no chat of WhatsApp: none of its first lines begins with a date and a time, as in "
        f"'[18/03/2022, 14:56:01] Anna: ...' or '18.03.22, 14:56 - Anna: ...'.{what} {ADVICE}"
    )


def _shown(files: list[File]) -> str:
    more = f" and {len(files) - SHOWN:,} more" if len(files) > SHOWN else ""
    return ", ".join(file.label for file in files[:SHOWN]) + more
