"""Trivial replies: told by their words, capped, and kept as context."""

from typing import Any

import pytest

from doppel.config.build import build
from doppel.config.compose import compose
from doppel.samples.trivial import TrivialCap
from tests.samples.scripted import made, session, words
from tests.samples.test_dialogue import dialogues
from tests.samples.test_window import windows


@pytest.fixture(scope="module")
def shipped() -> TrivialCap:
    return build(compose("train", ["samples/trivial=capped"])[0]["samples"]["trivial"])


@pytest.mark.parametrize(
    "texts",
    [
        ["ok"],
        ["Okkkkk!!"],
        ["haha", "hahahahaha"],
        ["+"],
        [")))"],
        ["\U0001f602"],
        ["Ок.", "ага"],
        ["ахахахах"],
        ["дааа"],
        ["ну да", "понял"],
        ["thank you"],
        [""],
    ],
)
def test_trivial(shipped: TrivialCap, texts: list[str]) -> None:
    assert shipped.is_trivial(texts)


@pytest.mark.parametrize("texts", [["ok boat"], ["17"], ["ok " * 10], ["завтра"], ["ага", "еду"], ["the sea"]])
def test_not_trivial(shipped: TrivialCap, texts: list[str]) -> None:
    assert not shipped.is_trivial(texts)


# Texts are a0, m1, ...: of the persona's, m1 and m11 are trivial here.
def cap(max_fraction: float) -> Any:
    return TrivialCap(max_fraction=max_fraction, max_chars=3, habit_fraction=None, words=["m1", "m11"])


@pytest.mark.parametrize(
    ("max_fraction", "expected"),
    [
        (1.0, "a0 | m1* | a2 | m3* | a4 | m5*"),
        (0.5, "a0 | m1 | a2 | m3* | a4 | m5*"),
        (0.0, "a0 | m1 | a2 | m3* | a4 | m5*"),
    ],
)
def test_beyond_the_cap_a_turn_is_context(max_fraction: float, expected: str) -> None:
    samples, _ = made(dialogues(trivial=cap(max_fraction)), session("amamam"))
    assert [words(sample) for sample in samples] == [expected]


def test_the_share_is_of_what_was_learnt_so_far_and_all_is_counted() -> None:
    talk = [
        session("am", first=1),
        session("aam", first=10),
        session("am", first=20),
        session("a" * 11 + "m", first=30),
    ]
    samples, funnel = made(dialogues(trivial=cap(0.5)), *talk)
    assert [sample.turns[-1].messages[0] for sample in samples] == ["m2", "m1"]
    assert [(line.kept, line.dropped) for line in funnel.counts] == [(5, 14), (2, 2)]
    assert funnel.notes == [
        "samples: 3 of 4 turns to learn are trivial; 2 beyond 50% stay as context only (samples.trivial.max_fraction)."
    ]


def test_what_a_speaker_says_again_and_again_is_a_habit() -> None:
    habits = TrivialCap(max_fraction=0, max_chars=3, habit_fraction=0.5, words=[])
    often = [session("am", first=10 * number) for number in range(1, 15)]  # m1, fourteen times
    samples, funnel = made(dialogues(trivial=habits), *often)
    assert len(samples) == 10
    assert funnel.notes == [
        "samples: 4 of 14 turns to learn are trivial (4 by samples.trivial.habit_fraction); 4 beyond 0% stay as "
        "context only (samples.trivial.max_fraction)."
    ]
    rare = [session("a" * (number % 5 + 1) + "m", first=10 * number) for number in range(1, 60)]
    assert len(made(dialogues(trivial=habits), *rare)[0]) == 59  # each of five is said in a fifth of the turns
    longer = TrivialCap(max_fraction=0, max_chars=1, habit_fraction=0.5, words=[])
    assert len(made(dialogues(trivial=longer), *often)[0]) == 14


def test_where_each_answer_is_a_sample_the_trivial_ones_beyond_the_cap_are_none() -> None:
    samples, _ = made(windows(trivial=cap(0)), session("amam"))
    assert [words(sample) for sample in samples] == ["a0 | m1 | a2 | m3*"]


def test_each_export_is_counted_anew() -> None:
    stage = dialogues(trivial=cap(0.5))
    first, second = (made(stage, session("aam"), session("am", first=9))[0] for _ in range(2))
    assert first == second
