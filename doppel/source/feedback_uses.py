"""Which judged replies can be learnt from, and how."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from doppel.source.reading import Reading
    from doppel.types import JudgedUse, Turn

DIGEST_BYTES = 8
OVERRULED = "judged again later, with another result or the same"
NOT_IMITATED = "refused, and so nothing to imitate"
ALONE = {1: "approved, with none refused in the same place", -1: "refused, with none approved in the same place"}


@dataclass(frozen=True, slots=True)
class Judged:
    """One reply, and whether it was liked."""

    context: tuple[Turn, ...]  # nothing of it is learnt
    speaker: Turn  # without words
    reply: tuple[str, ...]
    rating: Literal[-1, 1]
    at: datetime  # aware, UTC
    place: str  # file and line

    @property
    def asked(self) -> bytes:
        """The same for replies to the same."""
        return msgspec.msgpack.encode((self.context, self.speaker))

    @property
    def digest(self) -> str:
        """A name for this reply in this place, the same wherever its line stands."""
        return blake2b(self.asked + msgspec.msgpack.encode(self.reply), digest_size=DIGEST_BYTES).hexdigest()


def without_overruled(judged: Sequence[Judged], reading: Reading) -> list[Judged]:
    """The last judgement of each reply, in order of time; earlier ones are counted."""
    last: dict[str, Judged] = {}
    for one in sorted(judged, key=lambda one: one.at):
        before = last.pop(one.digest, None)
        if before is not None:
            reading.drop(OVERRULED, before.place)
        last[one.digest] = one
    return list(last.values())


def of_use(judged: Sequence[Judged], use: JudgedUse, reading: Reading) -> list[Judged]:
    """Those of this use; the others are counted. A note tells how many pairs and single ones there are."""
    ratings: defaultdict[bytes, Counter[int]] = defaultdict(Counter)
    for one in judged:
        ratings[one.asked][one.rating] += 1
    pairs = sum(found[1] * found[-1] for found in ratings.values())
    alone = Counter(one.rating for one in judged if not ratings[one.asked][-one.rating])
    reading.notes.append(
        f"{pairs:,} pairs of a better and a worse reply in the same place, {alone[1]:,} replies approved and "
        f"{alone[-1]:,} refused without such a counterpart"
    )
    kept: list[Judged] = []
    for one in judged:
        if use == "pairs" and not ratings[one.asked][-one.rating]:
            reading.drop(ALONE[one.rating], one.place)
        elif use == "approved" and one.rating < 0:
            reading.drop(NOT_IMITATED, one.place)
        else:
            kept.append(one)
    return kept
