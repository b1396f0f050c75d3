"""What becomes of messages when samples are left out: another sample of their session may have them still."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from doppel.split.facts import SCATTERED

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from doppel.split.facts import Facts
    from doppel.types import Sample


def messages_of(samples: Sequence[Sample], facts: Facts, reason: npt.NDArray[np.int8], reasons: int) -> list[int]:
    """Messages in samples of each reason, from 0; one that several samples of a session have counts for the first.

    Only sessions of which samples go different ways are read again.
    """
    number = len(facts.starts)
    least, most = np.full(number, reasons, dtype=np.int64), np.zeros(number, dtype=np.int64)
    np.minimum.at(least, facts.sessions, reason)
    np.maximum.at(most, facts.sessions, reason)
    is_one = (least == most) & (facts.messages != SCATTERED)
    found = np.zeros(reasons, dtype=np.int64)
    np.add.at(found, least[is_one], facts.messages[is_one])
    apart = np.flatnonzero(~is_one[facts.sessions])
    session, seen = -1, set[int]()
    for position in apart[np.lexsort((reason[apart], facts.sessions[apart]))].tolist():
        if facts.sessions[position] != session:
            session, seen = facts.sessions[position], set[int]()
        before = len(seen)
        seen.update(samples[position].message_ids)
        found[reason[position]] += len(seen) - before
    return found.tolist()
