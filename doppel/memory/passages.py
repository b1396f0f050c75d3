"""What can be recalled: everything that the personas have said in the samples a run learnt from."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from doppel.types import CANARIES, JUDGED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from doppel.types import Sample

WORD = re.compile(r"\w+")


class Passage(Struct, frozen=True, gc=False):
    """A burst of a persona."""

    speaker_id: str
    session_id: str
    ended_at: datetime  # of the conversation that it is from
    words: str  # its messages, parted by " / "
    question: str  # what it answered; "" where nothing was said before


class Horizon(Struct, frozen=True):
    """From where one looks back: only what had ended before is seen, and nothing of one's own conversation."""

    began_at: datetime
    session_id: str


def passages_of(samples: Iterable[Sample], *, min_words: int) -> list[Passage]:
    """Every burst of at least so many words once, oldest first; what was planted or judged is none."""
    seen: set[tuple[str, str, str]] = set()
    found: list[Passage] = []
    for sample in samples:
        if sample.chat_id == CANARIES or sample.label in JUDGED:
            continue
        for passage in _of_sample(sample):
            name = (passage.session_id, passage.speaker_id, passage.words)
            if name not in seen and len(words_of(passage.words)) >= min_words:
                seen.add(name)
                found.append(passage)
    return sorted(found, key=lambda passage: passage.ended_at)


def words_of(text: str) -> list[str]:
    """The words of a text in small letters."""
    return WORD.findall(text.casefold())


def _of_sample(sample: Sample) -> Iterator[Passage]:
    question = ""
    for turn in sample.turns:
        words = " / ".join(turn.messages)
        if turn.is_persona:
            yield Passage(turn.speaker_id, sample.session_id, sample.ended_at, words, question)
        question = words
