"""A burst while it is being said, as one text: a message a line, and what of it may be told already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from doppel.engine.ending import begun

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LONGEST_PREFIX = 8  # characters; a line this long is words, not the beginning of what a markup puts before a message
LONGEST_MARKER = 16  # characters; an opening bracket further back than this was not the beginning of a marker


def settled(text: str, parse: Callable[[str], tuple[str, ...]]) -> tuple[str, ...]:
    """The messages of as much of a generated body as no marker can turn out to be part of."""
    if (opened := max(text.rfind("<"), text.rfind("["))) >= max(0, len(text) - LONGEST_MARKER):
        text = text[:opened]
    above, _, last = text.rpartition("\n")
    if len(last) < LONGEST_PREFIX:
        text = above
    messages = parse(text)
    # Of white space nobody knows yet whether it parts two messages.
    return (*messages[:-1], messages[-1].rstrip()) if messages else ()


class Saying:
    """Gives the new part of a reply each time its text has grown, up to the first of some stop strings."""

    def __init__(self, parse: Callable[[str], tuple[str, ...]], stops: Sequence[str]) -> None:
        self.parse = parse
        self.stops = tuple(stops)
        self.told = ""
        self.is_stopped = False

    def hear(self, text: str, *, is_whole: bool) -> str:
        """What may be told now and was not told before; `text`: the body so far, `is_whole`: nothing follows it."""
        if self.is_stopped:
            return ""
        words = "\n".join(self.parse(text)) if is_whole else "\n".join(settled(text, self.parse)).rstrip()
        found = [at for stop in self.stops if (at := words.find(stop)) >= 0]
        if found:
            words, self.is_stopped = words[: min(found)], True
        elif not is_whole:
            words = words[: len(words) - max((begun(words, stop) for stop in self.stops), default=0)]
        if not words.startswith(self.told):
            return ""  # of what was told, some is held back again: an end or a stop may have begun
        new, self.told = words[len(self.told) :], words
        return new
