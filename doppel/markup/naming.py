"""Who is speaking, as words of the markup."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from doppel.markup.shield import Shield
    from doppel.types import Turn

UNPRINTABLE = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")


def written_name(turn: Turn, shield: Shield) -> str:
    """The speaker's name in one line without markers; the stable id where the name is blank."""
    return shield(in_one_line(turn.speaker_name) or turn.speaker_id)


def in_one_line(text: str) -> str:
    """The text without line ends and control characters."""
    return UNPRINTABLE.sub(" ", text).strip()


def name_in_groups(turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """The turns with the names of others emptied as long as only one other person has spoken.

    For markups whose roles tell the persona from the rest alone. Looks back only: at a reply nobody knows who will
    speak later, so training that looked ahead would see other prompts than talking does.
    """
    others: set[str] = set()
    shown: list[Turn] = []
    for turn in turns:
        if turn.is_persona:
            shown.append(turn)
            continue
        others.add(turn.speaker_id)
        name = (turn.speaker_name.strip() or turn.speaker_id) if len(others) > 1 else ""
        shown.append(dataclasses.replace(turn, speaker_name=name))
    return tuple(shown)
