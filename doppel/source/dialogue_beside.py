"""Whether what stands beside an exported sample still says the same: people edit the shape that they know."""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from doppel.source.dialogue_shape import ROLES, SPEAKERS, WORDS, first_of, text_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from doppel.types import Sample

FAINT = 1e-30  # a sample of less weight: its turns have a weight of 0 beside it, learnt or not


class _Said(NamedTuple):
    text: str
    is_persona: bool
    is_learnt: bool


def is_as_exported(turns: Sequence[Any], sample: Sample) -> bool:
    """Whether the turns of a record are those of its sample, one by one or joined as `joins_bursts` joins them."""
    is_faint = sample.weight < FAINT
    return any(
        len(turns) == len(said)
        and all(_is(turn, one, is_faint=is_faint) for turn, one in zip(turns, said, strict=True))
        for said in (_one_by_one(sample), _joined(sample))
    )


def _is(turn: Any, said: _Said, *, is_faint: bool) -> bool:
    if not isinstance(turn, dict) or text_of(first_of(turn, WORDS)) != said.text:
        return False
    role, weight = first_of(turn, SPEAKERS), turn.get("weight")
    is_persona = isinstance(role, str) and ROLES.get(role.lower()) == "assistant"
    is_marked = is_faint or not isinstance(weight, int | float) or bool(weight) == said.is_learnt
    return is_persona == said.is_persona and is_marked


def _one_by_one(sample: Sample) -> list[_Said]:
    return [_Said(text, turn.is_persona, turn.is_learnt) for turn in sample.turns for text in turn.messages]


def _joined(sample: Sample) -> list[_Said]:
    """What a side says in a row as one content, from the others' first to the persona's last."""
    sides = [(is_persona, list(turns)) for is_persona, turns in groupby(sample.turns, key=attrgetter("is_persona"))]
    kept = sides[sides[0][0] : len(sides) - (not sides[-1][0])]
    return [
        _Said("\n".join(text for turn in side for text in turn.messages), is_persona, all(t.is_learnt for t in side))
        for is_persona, side in kept
    ]
