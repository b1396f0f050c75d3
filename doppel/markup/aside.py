"""What is known when a turn begins, as words of the markup."""

from __future__ import annotations

from typing import TYPE_CHECKING

from doppel.markup.naming import in_one_line
from doppel.types import Segment

if TYPE_CHECKING:
    from doppel.markup.shield import Shield
    from doppel.types import Turn


def aside_line(turn: Turn, shield: Shield) -> tuple[Segment, ...]:
    r"""The end of a header: `[21:40, two days later]\n`, never learnt; nothing for a turn without an aside."""
    if turn.aside is None:
        return ()
    return (Segment(f"[{shield(in_one_line(turn.aside))}]\n", is_learnt=False, is_frame=False),)
