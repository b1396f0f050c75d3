"""What is known when a turn begins, as words of the markup."""

from __future__ import annotations

from typing import TYPE_CHECKING

from doppel.markup.naming import in_one_line
from doppel.types import Segment

if TYPE_CHECKING:
    from doppel.markup.shield import Shield
    from doppel.types import Turn


def aside_lines(turn: Turn, shield: Shield) -> tuple[Segment, ...]:
    r"""The end of a header, never learnt: `[21:40, two days later]\n` and a line for each thing that is recalled.

    Nothing for a turn without an aside and a briefing.
    """
    asides = () if turn.aside is None else (turn.aside,)
    recalled = turn.briefing.recalled if turn.briefing else ()
    return tuple(
        Segment(f"[{shield(in_one_line(text))}]\n", is_learnt=False, is_frame=False) for text in (*asides, *recalled)
    )


def told_lines(turns: tuple[Turn, ...]) -> str:
    """What the last of the turns is told in the system part, a line each, without a shield; "" for nothing."""
    briefing = turns[-1].briefing if turns else None
    return "\n".join(map(in_one_line, briefing.system)) if briefing else ""
