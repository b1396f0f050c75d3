"""Keys of messages and of words in a row."""

import numpy as np
import pytest

from doppel.split import keys
from doppel.split.keys import MessageKeys, WordRuns
from doppel.split.lookup import Kept, Lookup, distinct
from tests.split.made import sample


class Taken:
    """Takes keys with their owners."""

    def __init__(self) -> None:
        self.keys: list[int] = []
        self.owners: list[int] = []

    def __call__(self, keys, owners) -> None:
        self.keys += keys.tolist()
        self.owners += owners.tolist()


def runs(length: int | None, *texts: str) -> list[list[int]]:
    """The keys of each text."""
    taken = Taken()
    gathered = WordRuns(length, taken)
    for position, text in enumerate(texts):
        gathered.add([text], position)
    gathered.finish()
    pairs = list(zip(taken.keys, taken.owners, strict=True))
    return [[key for key, owner in pairs if owner == position] for position in range(len(texts))]


def test_every_run_of_words_has_a_key() -> None:
    whole, part, other, short = runs(3, "a b c d e", "B, c\nD!", "b c a", "a b")
    assert (len(whole), len(part), len(other), len(short)) == (3, 1, 1, 0)
    assert part[0] == whole[1]
    assert not set(other) & {*whole, *part}


def test_no_run_reaches_from_text_to_text() -> None:
    taken = Taken()
    gathered = WordRuns(2, taken)
    gathered.add(["a b", "c d"], 0)
    gathered.add(["b c"], 1)
    gathered.finish()
    assert taken.owners == [0, 0, 1]
    assert len(set(taken.keys)) == 3


def test_letters_of_chinese_are_words_though_the_text_is_short() -> None:
    assert [len(found) for found in runs(3, "漢字か", "абв", "😀😀😀")] == [1, 0, 0]


def test_one_word_is_a_run_of_one_and_none_is_none() -> None:
    assert [len(found) for found in runs(1, "a", "", "a a")] == [1, 0, 2]
    assert runs(None, "a b c d e f g h i j") == [[]]


@pytest.mark.parametrize("at_once", [1, 3, 1 << 17])
def test_what_is_gathered_does_not_depend_on_how_much_at_once(monkeypatch, at_once: int) -> None:
    monkeypatch.setattr(keys, "AT_ONCE", at_once)
    expected = runs(2, *["a b c d", "x y", "b c"] * 3)
    assert expected[:3] == expected[3:6] == expected[6:]
    assert expected[0][1] == expected[2][0]
    taken = Taken()
    messages = MessageKeys(taken)
    for position in range(3):
        messages.add(sample(0, ids=(1, 2, position + 3)), position)
    messages.finish()
    assert taken.owners == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert taken.keys[:2] == taken.keys[3:5]
    assert len(set(taken.keys)) == 5


def test_a_message_is_its_chat_and_its_id_however_large() -> None:
    taken = Taken()
    messages = MessageKeys(taken)
    for chat in ("p:1", "p:2", "p:1"):
        messages.add(sample(0, chat=chat, ids=(7, -1_000_000_007, 10**30)), 0)
    messages.finish()
    assert taken.keys[:3] == taken.keys[6:]
    assert len(set(taken.keys)) == 6


def test_only_what_is_wanted_is_found() -> None:
    rng = np.random.default_rng(0)
    wanted, others = np.split(rng.permutation(np.arange(-50_000, 50_000)), 2)
    taken = Taken()
    asked = rng.permutation(np.concatenate([wanted, others, wanted]))
    Lookup(distinct(np.concatenate([wanted, wanted[:99]])), taken)(asked, asked * 2)
    assert sorted(taken.keys) == sorted(wanted.tolist() * 2)
    assert taken.owners == [2 * key for key in taken.keys]


def test_nothing_is_found_among_nothing() -> None:
    taken = Taken()
    Lookup(distinct(np.empty(0, dtype=np.int64)), taken)(np.arange(9), np.arange(9))
    assert not taken.keys


def test_what_is_kept_is_given_by_owner() -> None:
    kept = Kept()
    kept(np.array([5, 6, 7]), np.array([0, 1, 2]))
    kept(np.array([5]), np.array([1]))
    assert kept.of(np.array([False, True, True])).tolist() == [6, 7, 5]
    assert Kept().of(np.array([True])).tolist() == []
