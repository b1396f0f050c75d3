import pytest

from doppel.arena.order import BLOCK, order_of


@pytest.mark.parametrize("number", [1, 2, 5, 6, 7, 30, 31])
def test_each_moment_comes_once_and_the_sides_are_balanced(number: int) -> None:
    for judge in ("Ann", "Бен", "x"):
        order = order_of(judge, number, 0)
        assert sorted(place for place, _ in order) == list(range(number))
        sides = [is_left for _, is_left in order]
        assert abs(2 * sum(sides) - number) <= 1
        for first in range(0, number - BLOCK + 1, BLOCK):
            assert sum(sides[first : first + BLOCK]) == BLOCK // 2


def test_an_order_is_one_judge_s_own_and_stays() -> None:
    assert order_of("Ann", 30, 0) == order_of("ANN", 30, 0)
    assert order_of("Ann", 30, 0) != order_of("Ben", 30, 0)
    assert order_of("Ann", 30, 0) != order_of("Ann", 30, 1)


def test_a_side_tells_nothing_of_the_next_block() -> None:
    """Over many judges the run's reply begins on either side, and on either of any two sides in a row."""
    firsts = [order_of(f"judge {number}", 12, 0) for number in range(400)]
    for at in range(12):
        assert 150 < sum(order[at][1] for order in firsts) < 250
