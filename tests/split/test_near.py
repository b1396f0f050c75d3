"""Texts that are nearly an answer are found, among many and in any pieces."""

import numpy as np
import pytest

from doppel.split import keys, near
from doppel.split.keys import WordNumbers
from doppel.split.near import LongAnswers, Near

RNG = np.random.default_rng(0)
EARLIER, LATER = 0, 1


def said(number: int) -> str:
    return " ".join(f"w{word}" for word in RNG.integers(0, 10**6, number))


def with_changes(text: str, every: int) -> str:
    return " ".join("other" if at % every == every - 1 else word for at, word in enumerate(text.split()))


def found(answers: list[str], texts: list[str], parts: list[int] | None = None, least_words: int = 8) -> set[int]:
    """Which of the texts are nearly one of the answers; each is a sample, answers behind texts."""
    part = np.array([EARLIER] * len(texts) + (parts or [LATER] * len(answers)), dtype=np.int8)
    long, places = LongAnswers(least_words), set[int]()
    gathered = WordNumbers(long.keep)
    for number, answer in enumerate(answers):
        gathered.add([answer], len(texts) + number)
    gathered.finish()
    compared = Near(long, part, lambda positions: places.update(positions.tolist()), np.zeros(len(part), dtype=bool))
    looked = WordNumbers(compared.look)
    for number, text in enumerate(texts):
        looked.add([text], number)
    looked.finish()
    return places


@pytest.mark.parametrize("at_once", [200, 1 << 17])
def test_every_changed_copy_is_found_and_nothing_else(monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    monkeypatch.setattr(keys, "PIECE", at_once)
    answers = [said(number) for number in range(14, 60)]
    texts = [said(30) for _ in answers] + [with_changes(answer, 8) for answer in answers]
    assert found(answers, texts) == set(range(len(answers), 2 * len(answers)))
    assert found(answers, [with_changes(answer, 3) for answer in answers]) == set()


def test_the_same_words_said_again_and_again_are_one_piece() -> None:
    assert found(["ha " * 30], ["ha " * 30]) == set()
    assert found(["ha " * 30 + said(9)], ["ha " * 30]) == set()


def test_of_many_answers_that_begin_alike_the_first_are_compared() -> None:
    start = said(6)
    answers = [f"{start} {said(9)}" for _ in range(near.MOST_ALIKE + 5)]
    assert found(answers, [with_changes(answers[9], 12)]) == {0}
    assert found(answers, [f"{start} {said(9)}"]) == set()


def test_answers_of_the_same_part_or_of_none_do_not_count() -> None:
    answer = said(20)
    assert found([answer], [with_changes(answer, 8)], [EARLIER]) == set()
    assert found([answer], [with_changes(answer, 8)], [-1]) == set()


def test_nothing_is_near_to_nothing() -> None:
    assert found([], [said(20)]) == set()
    assert found(["ok", ""], ["ok", "", said(7)]) == set()
