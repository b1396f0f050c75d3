"""The threads of a Meta archive: found, put in order, read one after the other."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from doppel.errors import DataError
from doppel.source.files import Files, fingerprint
from doppel.source.json_stream import JsonStream
from doppel.source.ledger import Ledger
from doppel.source.loose_values import elements_of, place_of, value_of
from doppel.source.messenger_owner import OwnerSearch, is_profile
from doppel.source.messenger_thread import HEAD_KEYS, Head, ThreadReader

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from doppel.source.files import File
    from doppel.types import Funnel, Message

PART = re.compile(r"message_(\d{1,6})\.json")
BY_NAME = "source: Meta's archives have names and no ids, so people of one name are taken for one person."


class Archive:
    """One or more archives of one messenger, "messenger" or "instagram"."""

    def __init__(self, path: str | list[str], messenger: str, advice: str) -> None:
        self.path, self.messenger, self.advice = path, messenger, advice
        self.search = OwnerSearch()

    def messages(self, funnel: Funnel) -> Iterator[Message]:
        """Every message, service messages too; each call reads the files anew. Raises: DataError."""
        ledger = Ledger(self.advice)
        threads, profiles = self._files()
        self.search = OwnerSearch()
        for file in profiles:
            self.search.profile(value_of(file))
        for parts in threads:
            reader = ThreadReader(self.messenger, _head(parts[0]), ledger)
            for file in parts:
                ledger.place = file.label
                yield from _messages(file, reader)
            self.search.thread(reader.people)
        ledger.report(funnel, str(self.path))
        funnel.note(BY_NAME)

    def owner_ids(self) -> frozenset[str]:
        """Who the profile beside the messages names; else the one name that all threads have; else empty."""
        return frozenset(f"{self.messenger}:{name}" for name in self.search.names())

    def fingerprint(self) -> Mapping[str, str]:
        """File name -> sha256 of each input file. Raises: DataError."""
        threads, profiles = self._files()
        # The folder of a part names the thread where nothing else does.
        return fingerprint(
            [*profiles, *(file for parts in threads for file in parts)],
            lambda file: file.place if PART.fullmatch(file.name) else file.name,
        )

    def _files(self) -> tuple[list[list[File]], list[File]]:
        """The parts of each thread, newest first; and the files that tell whose archive it is."""
        threads: defaultdict[str, list[File]] = defaultdict(list)
        files = Files(self.path, self.advice).matching("*.json")
        for file in files:
            if PART.fullmatch(file.name):
                threads[place_of(file)].append(file)
            elif not is_profile(file) and _first_key(file) in HEAD_KEYS:
                threads[file.label].append(file)
        if not threads:
            seen = ", ".join(file.name for file in files[:5])
            raise DataError(f"{self.path} holds no chats of {self.messenger.title()}, only {seen}. {self.advice}")
        parts = [sorted(each, key=_part_number) for each in threads.values()]
        return parts, [file for file in files if is_profile(file)]


def _part_number(file: File) -> int:
    match = PART.fullmatch(file.name)
    return int(match[1]) if match else 0


def _first_key(file: File) -> str:
    with file.open() as raw:
        stream = JsonStream(raw, file.label, file.advice)
        return next(stream.members(), "") if stream.peek() == "{" else ""


def _head(file: File) -> Head:
    """What a file says of its thread: partly after the messages, so they are passed over once."""
    found: dict[str, Any] = {}
    with file.open() as raw:
        stream = JsonStream(raw, file.label, file.advice)
        for key in stream.members():
            if key == "messages" and stream.peek() == "[":
                for _ in stream.places():
                    pass
            elif key in HEAD_KEYS:
                found[key] = stream.value()
    folder = PurePosixPath(file.folder).name
    return Head.of(found, folder if PART.fullmatch(file.name) else PurePosixPath(file.name).stem)


def _messages(file: File, reader: ThreadReader) -> Iterator[Message]:
    with file.open() as raw:
        stream = JsonStream(raw, file.label, file.advice)
        for key in stream.members():
            if key == "messages" and stream.peek() == "[":
                for fields in elements_of(stream):
                    message = reader.message(fields)
                    if message is not None:
                        yield reader.ledger.keep(message)
