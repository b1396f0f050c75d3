"""Sets of ids: exact in any order, small in the usual one."""

import random
import sys

import pytest

from doppel.source.id_set import IdSet

LARGEST = (1 << 63) - 1


@pytest.mark.parametrize("order", ["up", "down", "shuffled", "two runs", "few"])
def test_every_number_is_new_once(order: str) -> None:
    chance = random.Random(0)
    numbers = [number * 3 - 20_000 for number in range(30_000)]
    if order == "down":
        numbers.reverse()
    elif order == "shuffled":
        chance.shuffle(numbers)
    elif order == "two runs":
        numbers = numbers[::2] + numbers[1::2]
    elif order == "few":
        numbers = chance.choices(range(-50, 50), k=30_000)
    ids, seen = IdSet(), set()
    for number in numbers:
        assert ids.add(number) == (number not in seen)
        seen.add(number)
    assert not any(ids.add(number) for number in numbers)
    assert all(ids.add(number + 1) for number in range(100, 10_000, 3) if number + 1 not in seen)


def test_the_ends_of_the_line() -> None:
    ids = IdSet()
    assert [ids.add(number) for number in (0, LARGEST, -LARGEST, LARGEST, -LARGEST, 0)] == [True] * 3 + [False] * 3


def test_ascending_ids_take_eight_bytes_each() -> None:
    ids = IdSet()
    for number in range(100_000):
        ids.add(number)
    assert sys.getsizeof(ids.ordered) < 10 * 100_000
    assert not ids.late


def test_what_has_settled_is_still_there() -> None:
    ids = IdSet()
    assert all(ids.add(number) for number in (5, 3, 9, 1))
    assert ids.late == {3, 1}
    assert [number in ids for number in (1, 2, 3, 5, 9, 10)] == [True, False, True, True, True, False]
    ids.settle()
    assert (list(ids.ordered), ids.late) == ([1, 3, 5, 9], set())
    assert [ids.add(number) for number in (1, 3, 5, 9, 4)] == [False] * 4 + [True]
