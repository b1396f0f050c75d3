import threading

import pytest

from doppel.batches.ahead import BATCHES_AHEAD, ahead


def test_all_come_in_order_and_a_few_are_made_ahead_in_another_thread() -> None:
    made, threads = [], set()

    def make(number: int) -> int:
        made.append(number)
        threads.add(threading.current_thread())
        return number * number

    given = ahead(make, range(6))
    assert next(given) == (0, 0)
    rest = list(given)
    assert rest == [(number, number * number) for number in range(1, 6)]
    assert made == list(range(6))
    assert threading.current_thread() not in threads


def test_no_more_are_made_than_will_soon_be_needed() -> None:
    made = []
    given = ahead(made.append, range(100))
    next(given)
    given.close()
    assert made == list(range(1 + BATCHES_AHEAD))[: len(made)]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("batches")]


def test_a_fault_is_raised_where_its_turn_comes() -> None:
    given = ahead(lambda number: 1 // (2 - number), range(4))
    assert [next(given), next(given)] == [(0, 0), (1, 1)]
    with pytest.raises(ZeroDivisionError):
        next(given)


def test_nothing_is_made_of_nothing() -> None:
    assert list(ahead(str, [])) == []
