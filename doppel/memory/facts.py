"""What the user says of the persona: a file, one fact a line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from doppel.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from doppel.types import NonNegativeInt

MARKS = ("- ", "* ", "+ ")  # of lists in Markdown; a line that begins with # is no fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Facts and notes in the system part of every prompt, and nothing that is recalled. Lengths in tokens."""

    facts: str | None
    facts_tokens: NonNegativeInt
    notes_tokens: NonNegativeInt


def read_facts(file: Path) -> tuple[str, ...]:
    """The lines of a text or Markdown file, without headings and the marks of lists. Raises: ConfigError."""
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        raise ConfigError(
            f"memory.facts={file} cannot be read: {reason}. Type memory.facts=FILE, a text with one fact a line, or "
            "memory.facts=null"
        ) from error
    found = (line.strip() for line in lines)
    return tuple(_plain(line) for line in found if line and not line.startswith("#"))


def fitting(lines: Iterable[str], length: Callable[[str], int], most: int) -> Iterator[str]:
    """The first of the lines that have at most so many tokens together."""
    used = 0
    for line in lines:
        used += length(f"{line}\n")
        if used > most:
            return
        yield line


def _plain(line: str) -> str:
    mark = next((mark for mark in MARKS if line.startswith(mark)), "")
    return line.removeprefix(mark).strip()
