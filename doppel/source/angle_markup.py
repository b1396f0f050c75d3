"""What messengers write between angle brackets, as a reader sees it, and what they say it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from doppel.types import Entity, EntityKind

if TYPE_CHECKING:
    import re
    from collections.abc import Callable

Shown = tuple[str, EntityKind | None]


def rewrite(
    text: str, mark: re.Pattern[str], show: Callable[[re.Match[str]], Shown], plain: Callable[[str], str]
) -> tuple[str, tuple[Entity, ...]]:
    """The text with each mark as `show` gives it and the rest as `plain` does, and what is known of the marks."""
    pieces: list[str] = []
    entities: list[Entity] = []
    length = end = 0
    for match in mark.finditer(text):
        before = plain(text[end : match.start()])
        shown, kind = show(match)
        start = length + len(before)
        length = start + len(shown)
        if kind is not None and shown:
            entities.append(Entity(kind, start, length))
        pieces += before, shown
        end = match.end()
    pieces.append(plain(text[end:]))
    return "".join(pieces), tuple(entities)
