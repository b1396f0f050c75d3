"""An independent look at written parts: is there any way from a training sample to an answer that is held out?"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from doppel.types import Sample

Parts = Sequence[Sequence[Sample]]  # train, validation, test
RUN = 8  # words
WORD = re.compile(r"\w+")


def check_no_way(parts: Parts, everything: Sequence[Sample], *, is_by_time: bool, is_by_chat: bool) -> None:
    """Fails where there is one. `everything`: the samples before the split, those that it left out among them."""
    for earlier, later in combinations(parts, 2):
        sessions = {one.session_id for one in earlier}
        assert sessions.isdisjoint(one.session_id for one in later), "a session is in two parts"
        shared = said(earlier) & said(later)
        assert shared.isdisjoint(answers(later)), f"a held-out answer is in an earlier part too: {shared}"
        runs = runs_of(text for one in later for turn in one.turns if turn.is_learnt for text in turn.messages)
        told = (text for one in earlier for turn in one.turns for text in (*turn.messages, turn.aside or ""))
        assert not runs & runs_of(told), "words of a held-out answer stand in an earlier part"
        if is_by_time and earlier and later:
            ends, begins = max(one.ended_at for one in earlier), min(one.started_at for one in later)
            assert ends < begins, "a part begins before an earlier one ends"
        if is_by_chat:
            assert {one.chat_id for one in earlier}.isdisjoint(one.chat_id for one in later)
    _check_chains(parts, everything)


def said(samples: Iterable[Sample]) -> set[tuple[str, int]]:
    """(chat, message) of everything in the samples."""
    return {(one.chat_id, number) for one in samples for number in one.message_ids}


def answers(samples: Iterable[Sample]) -> set[tuple[str, int]]:
    """(chat, message) of what is learnt, or measured, of the samples."""
    return {place for one in samples for place in _learnt(one)}


def _learnt(sample: Sample) -> Iterator[tuple[str, int]]:
    at = 0
    for turn in sample.turns:
        for number in sample.message_ids[at : at + len(turn.messages)]:
            if turn.is_learnt:
                yield sample.chat_id, number
        at += len(turn.messages)


def runs_of(texts: Iterable[str]) -> set[tuple[str, ...]]:
    """Every eight words in a row."""
    found = set[tuple[str, ...]]()
    for text in texts:
        words = WORD.findall(text.casefold().replace("_", " "))
        found.update(tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1))
    return found


def _check_chains(parts: Parts, everything: Sequence[Sample]) -> None:
    """Over no number of replies does a held-out session answer an earlier part, or an earlier part a held-out one."""
    holders = defaultdict[tuple[str, int], set[str]](set)
    for one in everything:
        for number in one.message_ids:
            holders[one.chat_id, number].add(one.session_id)
    answered = defaultdict[str, set[str]](set)  # session -> those that it answers
    for one in everything:
        for number in one.replies_to:
            answered[one.session_id] |= holders.get((one.chat_id, number), set()) - {one.session_id}
    part_of = {one.session_id: place for place, part in enumerate(parts) for one in part}
    for start, part in part_of.items():
        for session in _reached(start, answered):
            assert part_of.get(session, part) == part, f"{start} leads to {session} over replies"


def _reached(start: str, links: dict[str, set[str]]) -> set[str]:
    reached, waiting = set[str](), [start]
    while waiting:
        for session in links.get(waiting.pop(), ()):
            if session not in reached:
                reached.add(session)
                waiting.append(session)
    return reached - {start}
