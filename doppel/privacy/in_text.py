"""Where names of people stand: in titles, in texts, in mentions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from doppel.privacy.contacts import CODE, LINK
from doppel.privacy.roster import WORD
from doppel.privacy.spans import MENTION, NAME, Found, inside

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from doppel.privacy.roster import Roster
    from doppel.types import Entity, People

BEGINNING = re.compile(r"(?:^|[.!?\u2026\n:])[\s\"'(\u00ab\u2014-]*$")  # of a sentence, before its first word
CALLED = re.compile(r"\s*(?:[,!?.)\n]|$)|\s+[A-Z\u0410-\u042f\u0401]")  # behind a name that a sentence begins with


def display_names(people: People) -> list[str]:
    """The names that people show, the most talkative first; those of channels are not of people."""
    names = [
        name
        for speaker in people.by_id.values()
        if not speaker.speaker_id.startswith("channel")
        for name in (speaker.name, *sorted(speaker.names))
    ]
    return list(dict.fromkeys([*names, *(chat.name for chat in people.by_chat.values() if chat.kind == "personal")]))


def find_names(text: str, entities: Sequence[Entity], roster: Roster) -> Iterator[Found]:
    """Names with what replaces them, and mentions of user names; not in links and code."""
    for one in entities:
        if one.kind == "mention" and text.startswith("@", one.start):
            yield Found(one.start, one.end, MENTION)
    if roster.is_nameless(text):
        return
    found = []
    for match in WORD.finditer(text):
        judged = roster.judge(match.group())
        if judged and (judged.is_clear or _is_meant(text, *match.span())):
            found.append(Found(*match.span(), NAME, judged.new))
    if found:
        labelled = [(one.start, one.end) for one in entities if one.kind in ("code", "link")]
        spans = [labelled, *([match.span() for match in pattern.finditer(text)] for pattern in (CODE, LINK))]
        yield from (one for one in found if not any(inside(one, ranges) for ranges in spans))


def _is_meant(text: str, start: int, end: int) -> bool:
    """Whether an ordinary word with a capital is somebody: it stands inside a sentence, or is called."""
    return not BEGINNING.search(text, max(0, start - 8), start) or CALLED.match(text, end) is not None
