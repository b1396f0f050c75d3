"""Which files of a folder or archive are the texts of DailyDialog, and what stands beside each."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from doppel.errors import DataError
from doppel.source.files import File

if TYPE_CHECKING:
    from collections.abc import Sequence

    from doppel.source.files import Files
    from doppel.source.reading import Reading

BEGIN = "dialogues_"
BESIDE = ("emotion", "act", "action", "topic")
PARTS = {"train": "train", "validation": "validation", "valid": "validation", "dev": "validation", "test": "test"}
WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class Part:
    """One text, a dialogue a line."""

    name: str  # train, validation, test; whole where the name of the file says none of them
    title: str  # of its chats
    text: File
    emotions: File | None
    acts: File | None
    topics: File | None

    def files(self) -> list[File]:
        """All that are there."""
        return [file for file in (self.text, self.emotions, self.acts, self.topics) if file is not None]


def parts_of(files: Files, wanted: Sequence[str] | None, reading: Reading) -> list[Part]:
    """The wanted parts, or all; a text that repeats the parts beside it is left out, with a note. Raises: DataError."""
    found = [_part(file) for file in files.matching(f"{BEGIN}*.txt") if _is_text(file)]
    seen = {part.name for part in found}
    if not found:
        raise DataError(f"{files.roots[0]} has no text of dialogues, only what stands beside one. {files.advice}")
    if wanted is None and seen > {WHOLE}:
        reading.notes.append("dialogues_text.txt repeats the parts in files of their own, and was left out")
        found = [part for part in found if part.name != WHOLE]
    if wanted is not None:
        absent = [name for name in wanted if name not in seen]
        if absent or not wanted:
            said = f"source.parts=[{','.join(wanted)}]"
            raise DataError(
                f"{files.roots[0]} has no part {absent[0] if absent else ''} ({said}). It has: "
                f"{', '.join(sorted(seen))}. Type source.parts=[{sorted(seen)[0]}], or source.parts=null for all"
            )
        found = [part for part in found if part.name in wanted]
    names = [part.title for part in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        labels = " and ".join(part.text.label for part in found if part.title == twice)
        raise DataError(f"The part {twice} is there twice: {labels}. Name one of them. {files.advice}")
    return found


def _is_text(file: File) -> bool:
    words = file.name.removeprefix(BEGIN).removesuffix(".txt").split("_")
    return words[0] not in BESIDE


def _part(text: File) -> Part:
    suffix = text.name.removesuffix(".txt").removeprefix(BEGIN)
    found = {kind: _beside(text, f"{BEGIN}{kind}_{suffix}.txt", f"{BEGIN}{kind}.txt") for kind in BESIDE}
    return Part(
        name=PARTS.get(suffix, WHOLE),
        title=suffix,
        text=text,
        emotions=found["emotion"],
        acts=found["act"] or found["action"],
        topics=found["topic"],
    )


def _beside(text: File, *names: str) -> File | None:
    """The first of the names that is in the same folder, on the disk or in the archive."""
    for name in names:
        if text.member is not None:
            with zipfile.ZipFile(text.path) as archive:
                member = str(PurePosixPath(text.member).with_name(name))
                if member in archive.namelist():
                    return File(text.path, member, text.advice)
        elif (path := text.path.with_name(name)).is_file():
            return File(path, None, text.advice)
    return None
