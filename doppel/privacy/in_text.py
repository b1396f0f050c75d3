"""Where names of people stand: in titles, in texts, in mentions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from doppel.privacy.contacts import CODE, LINK
from doppel.privacy.name_words import is_title
from doppel.privacy.roster import WORD
from doppel.privacy.spans import MENTION, NAME, Found, inside

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from doppel.privacy.roster import Roster
    from doppel.types import Entity, People

BEGINNING = re.compile(r"(?:^|[.!?\u2026\n:])[\s\"'(\u00ab\u2014-]*$")  # of a sentence, before its first word
# Behind a name that a sentence begins with: it is called, is one of two, or says or goes.
CALLED = re.compile(
    r"\s*(?:[,!?.)\n]|$)|\s+(?:(?:and|&|\u0438)\s+)?[A-Z\u0410-\u042f\u0401]|\s+(?:said|says|told|called|texted)\b|"
    r"\s+(?:\u0441\u043a\u0430\u0437\u0430\u043b|\u0433\u043e\u0432\u043e\u0440\u0438\u0442|"
    r"\u043f\u0440\u0438\u0448|\u043d\u0430\u043f\u0438\u0441\u0430\u043b|\u043f\u043e\u0437\u0432\u043e\u043d\u0438\u043b|"
    r"\u0443\u0448|\u043f\u0440\u0438\u0435\u0445\u0430\u043b|\u0443\u0435\u0445\u0430\u043b|\u0441\u043f\u0440\u043e\u0441\u0438\u043b)"
)
JOINED = re.compile(r"[^\S\n]{1,2}")  # between a first name or a title and the surname
ABBREVIATED = ("mr", "mrs", "ms", "dr", "prof")  # titles behind which a full stop ends no sentence


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
    found: list[Found] = []
    before: int | None = None  # where the first name or the title ends that the last word was
    for match in WORD.finditer(text):
        word, (start, end) = match.group(), match.span()
        judged = roster.judge(word)
        is_beside = before is not None and JOINED.fullmatch(text, before, start) is not None
        before = end + (word.lower() in ABBREVIATED and text.startswith(".", end)) if is_title(word) else None
        if judged and (judged.is_clear or is_beside or _is_meant(text, start, end)):
            found.append(Found(start, end, NAME, judged.new))
            before = end
        elif is_beside and (surname := roster.surname(word)):
            found.append(Found(start, end, NAME, surname))
    if found:
        labelled = [(one.start, one.end) for one in entities if one.kind in ("code", "link")]
        spans = [labelled, *([match.span() for match in pattern.finditer(text)] for pattern in (CODE, LINK))]
        yield from (one for one in found if not any(inside(one, ranges) for ranges in spans))


def _is_meant(text: str, start: int, end: int) -> bool:
    """Whether an ordinary word with a capital is somebody: it stands inside a sentence, or is called."""
    return not BEGINNING.search(text, max(0, start - 8), start) or CALLED.match(text, end) is not None
