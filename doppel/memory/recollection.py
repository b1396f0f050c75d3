"""From a conversation to what its speaker said before that has to do with it."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Protocol

import numpy as np

from doppel.memory.passages import words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from doppel.memory.passages import Horizon, Passage
    from doppel.types import Turn

    Scores = npt.NDArray[np.float32]


class Index(Protocol):
    """What compares a question with all passages at once."""

    def scores(self, question: str) -> Scores:
        """How much each passage has to do with the question, (passages,), at best 1."""
        ...


class Recollection:
    """Looks passages up. They are in order of time, as are the index's rows."""

    def __init__(
        self, passages: Sequence[Passage], index: Index, *, number: int, question_turns: int, min_score: float
    ) -> None:
        self.passages = passages
        self.index = index
        self.number = number
        self.question_turns = question_turns
        self.min_score = min_score
        self.ends = [passage.ended_at for passage in passages]
        self.speakers = np.array([passage.speaker_id for passage in passages], dtype=object)

    def __call__(self, turns: Sequence[Turn], speaker_id: str, horizon: Horizon | None) -> list[Passage]:
        """What the speaker said that is nearest to the last turns, the nearest first, nothing twice.

        `horizon`: from where one looks back; None: from today, at everything.
        """
        question = "\n".join(text for turn in turns[-self.question_turns :] for text in turn.messages)
        if not question or not self.passages:
            return []
        stop = len(self.passages) if horizon is None else bisect_left(self.ends, horizon.began_at)
        scores = self.index.scores(question)[:stop]
        scores = np.where(self.speakers[:stop] == speaker_id, scores, -1)
        own_session = None if horizon is None else horizon.session_id
        found: dict[str, Passage] = {}
        for at in _best(scores, self.min_score):
            passage = self.passages[at]
            if passage.session_id != own_session:
                found.setdefault(" ".join(words_of(passage.words)), passage)
            if len(found) == self.number:
                break
        return list(found.values())


def _best(scores: Scores, least: float) -> Iterator[int]:
    """The places of scores of at least `least`, the highest first; of equals the latest."""
    places = np.flatnonzero(scores >= least)[::-1]
    yield from places[np.argsort(-scores[places], kind="stable")].tolist()
