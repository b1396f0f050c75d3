from typing import Any

import pytest

from doppel.source.reading import Reading
from doppel.source.table_ids import FREE, NO_NUMBER, REPEATED, TWICE, UNFOUND, TableIds, whole


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (7, 7),
        ("7", 7),
        (" -7 ", -7),
        (7.0, 7),
        (7.5, None),
        ("7.0", None),
        (2**62, None),
        ("9" * 5000, None),
        ("\u00b2", None),
        (None, None),
        (float("nan"), None),
        ([], None),
    ],
)
def test_whole_numbers(value: Any, number: int | None) -> None:
    assert whole(value) == number


def test_numbers_are_kept_and_others_left_out() -> None:
    reading = Reading()
    ids = TableIds(reading, may_overlap=False)
    ids.begin_file(has_column=True)
    assert ids.place("a", "10", "9") == (10, 9, 0, 1)
    assert ids.place("b", "10", "") == (10, None, 1, 1)
    assert ids.place("a", "x", None) == NO_NUMBER
    assert ids.place("a", "7", 0) == (7, None, 0, 2)
    assert reading.guessed == {}


def test_an_id_that_comes_twice_in_one_file_is_of_the_nearest_message() -> None:
    reading = Reading()
    ids = TableIds(reading, may_overlap=False)
    ids.begin_file(has_column=True)
    rows = ((10, None), (11, 10), (10, 10), (11, 10), (12, 11), (13, 12))
    assert [ids.place("a", number, answered)[:2] for number, answered in rows] == [
        (10, None),
        (11, 10),
        (FREE + 3, 10),
        (FREE + 4, FREE + 3),
        (12, FREE + 4),
        (13, 12),
    ]
    assert reading.guessed == {TWICE: 2}


def test_files_that_overlap_give_each_id_once() -> None:
    ids = TableIds(Reading(), may_overlap=True)
    ids.begin_file(has_column=True)
    assert ids.place("a", 10, None) == (10, None, 0, 1)
    ids.begin_file(has_column=True)
    assert ids.place("a", 10, None) == REPEATED
    assert ids.place("b", 10, None) == (10, None, 1, 1)


def test_words_are_numbered_and_answers_found_again() -> None:
    reading = Reading()
    ids = TableIds(reading, may_overlap=False)
    ids.begin_file(has_column=True)
    assert ids.place("a", "u-1", None) == (1, None, 0, 1)
    assert ids.place("b", "u-2", "u-1") == (1, None, 1, 1)
    assert ids.place("a", "u-3", "u-1") == (2, 1, 0, 2)
    assert reading.guessed == {UNFOUND: 1}


def test_without_a_column_messages_are_numbered() -> None:
    ids = TableIds(Reading(), may_overlap=False)
    ids.begin_file(has_column=False)
    assert [ids.place(chat, None, None) for chat in ("a", "b", "a")] == [
        (1, None, 0, 1),
        (1, None, 1, 1),
        (2, None, 0, 2),
    ]
