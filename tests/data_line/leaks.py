"""An independent look at written parts: is there any way from a training sample to an answer that is held out?

By brute force, over every message that the source gives, and over whole answers.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import combinations
from unicodedata import category, normalize

from doppel.types import Message, Sample

Parts = Sequence[Sequence[Sample]]  # train, validation, test
Place = tuple[str, int]  # chat, message
Node = str | Place  # a session, or a message
RUN = 8  # words
LONG = 2 * RUN  # words of an answer of which some may be others
NEARLY = 7 / 8  # of the words of two texts are the same, in one order
WORD = re.compile(r"\w+")


def check_no_way(
    parts: Parts, everything: Sequence[Sample], messages: Iterable[Message], *, is_by_time: bool, is_by_chat: bool
) -> None:
    """Fails where there is one. `everything`: the samples before the split, those that it left out among them;
    `messages`: all of the export, those that are in no sample among them.
    """
    for earlier, later in combinations(parts, 2):
        sessions = {one.session_id for one in earlier}
        assert sessions.isdisjoint(one.session_id for one in later), "a session is in two parts"
        shared = said(earlier) & said(later)
        assert shared.isdisjoint(answers(later)), f"a held-out answer is in an earlier part too: {shared}"
        held, told = [words(text) for text in learnt(later)], [words(text) for text in turns(earlier)]
        assert not runs_of(held) & runs_of(told), "words of a held-out answer stand in an earlier part"
        copies = nearly_told(held, told)
        assert not copies, f"nearly told in an earlier part: {copies}"
        if is_by_time and earlier and later:
            ends, begins = max(one.ended_at for one in earlier), min(one.started_at for one in later)
            assert ends < begins, "a part begins before an earlier one ends"
        if is_by_chat:
            assert {one.chat_id for one in earlier}.isdisjoint(one.chat_id for one in later)
    _check_chains(parts, everything, messages)


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


def learnt(samples: Iterable[Sample]) -> Iterator[str]:
    """Each learnt turn as one text."""
    return (" ".join(turn.messages) for one in samples for turn in one.turns if turn.is_learnt)


def turns(samples: Iterable[Sample]) -> Iterator[str]:
    """Each turn as one text, and each aside."""
    return (text for one in samples for turn in one.turns for text in (" ".join(turn.messages), turn.aside or ""))


def words(text: str) -> tuple[str, ...]:
    """Words whose case, accents, ways of writing in Unicode and unseen signs are not told apart."""
    apart = normalize("NFKD", normalize("NFKC", text).casefold())
    kept = "".join(sign for sign in apart if category(sign) not in ("Mn", "Cf"))
    return tuple(WORD.findall(kept.replace("_", " ")))


def runs_of(texts: Iterable[tuple[str, ...]]) -> set[tuple[str, ...]]:
    """Every eight words in a row."""
    return {text[at : at + RUN] for text in texts for at in range(len(text) - RUN + 1)}


def nearly_told(answers: Iterable[Sequence[str]], told: Iterable[Sequence[str]]) -> list[Sequence[str]]:
    """The long answers that are nearly one of the texts: of both, seven of eight words are in both, in one order."""
    of_length = defaultdict[int, list[tuple[Sequence[str], frozenset[str]]]](list)
    for text in told:
        of_length[len(text)].append((text, frozenset(text)))
    return [answer for answer in answers if len(answer) >= LONG and _is_near_any(answer, of_length)]


def _is_near_any(answer: Sequence[str], of_length: Mapping[int, list[tuple[Sequence[str], frozenset[str]]]]) -> bool:
    for length, texts in of_length.items():
        least = NEARLY * (len(answer) + length) / 2  # words that must be in both
        if least > min(length, len(answer)):
            continue
        for text, known in texts:
            is_known = sum(map(known.__contains__, answer)) >= least
            if is_known and SequenceMatcher(None, answer, text, autojunk=False).ratio() >= NEARLY:
                return True
    return False


def _check_chains(parts: Parts, everything: Sequence[Sample], messages: Iterable[Message]) -> None:
    """Over no number of replies does a held-out session answer an earlier part, or an earlier part a held-out one."""
    links = _links(everything, messages)
    part_of = {one.session_id: place for place, part in enumerate(parts) for one in part}
    for start, part in part_of.items():
        for session in (node for node in _reached(start, links) if isinstance(node, str)):
            assert part_of.get(session, part) == part, f"{start} leads to {session} over replies"


def _links(everything: Sequence[Sample], messages: Iterable[Message]) -> Mapping[Node, set[Node]]:
    """A session -> what its messages answer; a message -> the sessions that hold it, or else what it answers."""
    answered, holders = defaultdict[Node, set[Node]](set), defaultdict[Node, set[Node]](set)
    for message in messages:
        if message.reply_to is not None:
            answered[message.chat_id, message.message_id].add((message.chat_id, message.reply_to))
    for one in everything:
        for place in said([one]):
            holders[place].add(one.session_id)
            holders[one.session_id] |= answered[place]
    return {**answered, **holders}


def _reached(start: Node, links: Mapping[Node, set[Node]]) -> set[Node]:
    reached = set[Node]()
    waiting: list[Node] = [start]
    while waiting:
        for further in links.get(waiting.pop(), set[Node]()):
            if further not in reached:
                reached.add(further)
                waiting.append(further)
    return reached - {start}
