"""In which order a judge sees the moments, and on which side the run's reply stands."""

from __future__ import annotations

import random

BLOCK = 6  # so small that whoever stops early has seen both sides equally often, too large to count along


def order_of(judge: str, number: int, seed: int) -> list[tuple[int, bool]]:
    """(place of the moment, whether the run's reply is on the left), each moment once, the same at every call.

    The sides are balanced over all moments, and over every six in a row.
    """
    draw = random.Random(f"{seed}/{judge.casefold()}")
    places = draw.sample(range(number), number)
    sides: list[bool] = []
    while len(sides) < number:
        size = min(BLOCK, number - len(sides))
        extra = [draw.random() < 0.5] * (size % 2)
        block = [True, False] * (size // 2) + extra
        draw.shuffle(block)
        sides += block
    return list(zip(places, sides, strict=True))
