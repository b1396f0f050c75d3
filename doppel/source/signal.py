"""Signal: its own export, and those of sigtop, signal-export and signalbackup-tools, told apart by their content."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from doppel.errors import DataError
from doppel.source.files import File, Files, fingerprint
from doppel.source.ledger import Ledger
from doppel.source.local_clock import LocalClock
from doppel.source.loose_values import object_of
from doppel.source.signal_blocks import BEGIN, SignalBlocks
from doppel.source.signal_chat import ADVICE, ME, Chats, is_called_after_its_place
from doppel.source.signal_frames import SignalFrames
from doppel.source.signal_lines import PATTERNS, SignalLines
from doppel.source.signal_records import DesktopRows, ExportLines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from doppel.types import Funnel, Message

HEAD_BYTES = 4096
OWN_EXPORT = "main.jsonl"
WITH_IDS = ("frames", "rows")
FRAMES = frozenset(("version", "account", "recipient", "chat", "chatItem"))
LINES = frozenset(("date", "sender", "body"))
OTHERS = {  # how files begin that people have of Signal, and that are read by no one here
    b"SQLite format 3": "is the database of Signal itself: export it with sigtop",
    b"<?xml": "is XML, as signalbackup-tools --exportxml and old versions of Signal write",
    b"<": "is HTML: export text or JSON",
    b"_id,": "is CSV, as signalbackup-tools --exportcsv writes",
    b"PK": "is an archive inside the folder: unpack it",
}


class SignalExport:
    """The messages of one or more exports, file after file. The owner of the account is always signal:me."""

    def __init__(self, *, path: str | list[str], timezone: str) -> None:
        self.path = path
        self.clock = LocalClock(timezone)
        self.owners: frozenset[str] = frozenset()

    def messages(self, funnel: Funnel) -> Iterator[Message]:
        """Every message, what happened in a chat too (is_service). Raises: DataError."""
        ledger = Ledger(ADVICE)
        files = export_files(self.path)
        forms = [(file, form_of(file)) for file in files]
        read = [(file, form) for file, form in forms if form is not None]
        others = [file for file, form in forms if form is None]
        if others and (not read or any(file.label == str(self.path) for file in others)):
            raise DataError(f"{others[0].label} {_what(others[0])}. {ADVICE}")
        chats = Chats(ledger)
        rows = DesktopRows(chats, has_several=len(read) > 1)
        readers = {
            "frames": SignalFrames(chats, has_several=len(read) > 1),
            "rows": rows,
            "lines": ExportLines(chats, self.clock),
            "blocks": SignalBlocks(chats),
            **{form: SignalLines(form, chats, self.clock) for form in PATTERNS},
        }
        for file, form in read:
            ledger.place = file.label
            yield from readers[form].read(file)
        if others:
            funnel.note(f"source: {len(others):,} files are no export of Signal's messages, as {others[0].label}.")
        if any(form not in WITH_IDS for _, form in read) and max(chats.files.values(), default=0) > 1:
            funnel.note("source: some chats are in several files, without ids: what two files have counts twice.")
        ledger.report(funnel, read[0][0].label)
        self.owners = frozenset((ME,)) & ledger.speakers
        if not rows.texts and all(form == "rows" for _, form in read):
            raise DataError(
                f"{read[0][0].label}: no message has a text. Signal Desktop moved the texts in 2025: export again with "
                f"a newer sigtop, or with sigtop export-messages -f text. {ADVICE}"
            )

    def owner_ids(self) -> frozenset[str]:
        """signal:me, after `messages` was read; nobody where only signalbackup-tools told, whose .txt has names."""
        return self.owners

    def fingerprint(self) -> Mapping[str, str]:
        """File -> sha256. Raises: DataError."""
        return fingerprint(
            export_files(self.path), lambda file: file.place if is_called_after_its_place(file) else file.name
        )


def export_files(path: str | list[str]) -> list[File]:
    """The files that may hold messages: of Signal's own export main.jsonl alone, of signal-export the JSON of a chat
    rather than its Markdown, and never the media. Raises: DataError."""
    found = Files(path, ADVICE).matching(OWN_EXPORT, "*.json", "*.txt", "*.md")
    own = [file for file in found if file.name == OWN_EXPORT]
    if own:
        return own
    whole = [file for file in found if not file.folder.endswith("media")]
    told = {(file.path if file.member else None, file.folder) for file in whole if file.name == "data.json"}
    return [
        file
        for file in whole
        if file.name not in ("chat.md", "index.md") or (file.path if file.member else None, file.folder) not in told
    ] or found


def form_of(file: File) -> str | None:
    """Which of the formats a file has, by its first line; None for none of them."""
    text = _head(file).decode("utf-8", "replace").removeprefix("\ufeff").lstrip()
    line = text.partition("\n")[0]
    if line.startswith(BEGIN):
        return "blocks"
    if line.startswith("{"):
        return _form_of_object(line, is_cut=len(text) == len(line))
    for form, pattern in PATTERNS.items():
        if pattern.match(line):
            return form
    return "rows" if text.startswith("[") and text[1:].lstrip()[:1] in ("{", "]", "") else None


def _form_of_object(line: str, *, is_cut: bool) -> str | None:
    try:
        keys = set(object_of(json.loads(line)))
    except (ValueError, RecursionError):
        # A first line that is longer than what was looked at: its first key tells enough.
        keys = {line[1:40].strip().lstrip('"').partition('"')[0]} if is_cut else set()
        return "lines" if keys == {"date"} else "frames" if keys & FRAMES else None
    return "lines" if keys >= LINES else "frames" if keys & FRAMES else None


def _head(file: File) -> bytes:
    with file.open() as stream:
        return stream.read(HEAD_BYTES)


def _what(file: File) -> str:
    head = _head(file).lstrip()
    if not head:
        return "is empty"
    told = next((told for begin, told in OTHERS.items() if head.startswith(begin)), None)
    return told or "is no export of Signal's messages, or an encrypted backup"
