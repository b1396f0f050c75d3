"""Which contexts are of one conversation: replies in it must not be learnt in part and held out in part."""

from __future__ import annotations

from hashlib import blake2b
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from doppel.types import Turn

DIGEST_BYTES = 8
Said = tuple[str, tuple[str, ...]]  # who, and the messages
Step = tuple[Said, Said]  # what follows what
NOTHING: Said = ("", ())  # before the first turn


def conversations(contexts: Sequence[tuple[Turn, ...]]) -> list[str]:
    """For each context the name of its conversation: a digest of the end of its first one.

    Two are of one conversation where the end of the one, its last two turns, stands in the other: contexts grow at
    their end and are cut at their beginning. Chats that begin alike are then taken for one, which holds out too much
    together and never too little.
    """
    group = list(range(len(contexts)))
    ends: dict[Step, int] = {}  # the end of a context -> the first one that has it

    def root(index: int) -> int:
        while group[index] != index:
            index = group[index]
        return index

    def join(one: int, other: int) -> None:
        first, second = sorted((root(one), root(other)))
        group[second] = first

    steps = [_steps(context) for context in contexts]
    for index, own in enumerate(steps):
        join(ends.setdefault(own[-1], index), index)
    for index, own in enumerate(steps):
        for step in own:
            if step in ends:
                join(ends[step], index)
    return [_digest(steps[root(index)][-1]) for index in range(len(contexts))]


def _steps(context: tuple[Turn, ...]) -> list[Step]:
    said = [NOTHING, *((turn.speaker_id, turn.messages) for turn in context)]
    return list(pairwise(said)) or [(NOTHING, NOTHING)]


def _digest(step: Step) -> str:
    return blake2b(repr(step).encode(errors="surrogatepass"), digest_size=DIGEST_BYTES).hexdigest()
