"""The valley between two kinds of silences."""

import math
import random

import pytest

from doppel.sessions.valley import valley


def silences(*clusters: tuple[float, float, int]) -> list[float]:
    """Each cluster: the middle in seconds, the width in natural logarithms, how many."""
    draw = random.Random(7)
    return [math.exp(draw.gauss(math.log(middle), width)) for middle, width, size in clusters for _ in range(size)]


def test_it_lies_where_both_kinds_are_equally_likely() -> None:
    # Two clusters of one width and one size: half way between them, in logarithms.
    found = valley(silences((60, 1, 2000), (86_400, 1, 2000)))
    assert found == pytest.approx(math.sqrt(60 * 86_400), rel=0.1)


def test_it_moves_with_the_pace_of_the_chat() -> None:
    quick = valley(silences((20, 1.2, 900), (40_000, 1, 100)))
    slow = valley(silences((600, 1.2, 900), (400_000, 1, 100)))
    assert (quick, slow) == (pytest.approx(1560, rel=0.2), pytest.approx(29_100, rel=0.2))


@pytest.mark.parametrize(
    "of",
    [
        [],
        [5.0],
        [30.0] * 500,
        [0.0] * 500,
        silences((60, 1, 500)),
        silences((60, 1, 500), (90_000, 1, 2)),
    ],
)
def test_one_kind_of_silence_has_no_valley(of: list[float]) -> None:
    assert valley(of) is None
