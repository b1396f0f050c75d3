"""One sample an answer, with what was said before it."""

from typing import Any

import pytest

from doppel.samples.window import Windows
from doppel.types import Count
from tests.samples.scripted import made, session, words


def windows(**changed: Any) -> Windows:
    settings: dict[str, Any] = {"learn": "persona", "learn_openings": False, "min_turns": 2, "overflow": "trim"}
    settings |= {"max_context_turns": None, "max_context_chars": None, "turn_chars": 0, "message_chars": 0}
    return Windows(**settings | {"trivial": None, "situation": None, "recency": None} | changed)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, ["a0 | m1*", "a0 | m1 | a2 a3 | M4*", "a0 | m1 | a2 a3 | M4 | b5 | m6*"]),
        ({"max_context_turns": 1}, ["a0 | m1*", "a2 a3 | M4*", "b5 | m6*"]),
        ({"max_context_turns": 2}, ["a0 | m1*", "m1 | a2 a3 | M4*", "M4 | b5 | m6*"]),
        ({"max_context_chars": 6}, ["a0 | m1*", "m1 | a2 a3 | M4*", "M4 | b5 | m6*"]),
        ({"max_context_chars": 1}, ["a0 | m1*", "a2 a3 | M4*", "b5 | m6*"]),
        (  # 13 | 13 | 16 | 13 | 13 | 13
            {"max_context_chars": 29, "turn_chars": 10, "message_chars": 1},
            ["a0 | m1*", "m1 | a2 a3 | M4*", "M4 | b5 | m6*"],
        ),
        ({"max_context_chars": 7, "overflow": "empty"}, ["a0 | m1*", "a0 | m1 | a2 a3 | M4*", "b5 | m6*"]),
        ({"max_context_chars": 3, "overflow": "empty"}, ["a0 | m1*", "a2 a3 | M4*", "b5 | m6*"]),
        ({"max_context_turns": 3, "overflow": "empty"}, ["a0 | m1*", "a0 | m1 | a2 a3 | M4*", "b5 | m6*"]),
        (
            {"learn": "everyone", "max_context_turns": 1},
            ["a0 | m1*", "m1 | a2 a3*", "a2 a3 | M4*", "M4 | b5*", "b5 | m6*", "m6 | a7*"],
        ),
        (
            {"learn": "everyone", "max_context_turns": 2, "overflow": "empty"},
            ["a0 | m1*", "a0 | m1 | a2 a3*", "a2 a3 | M4*", "M4 | b5*", "M4 | b5 | m6*", "m6 | a7*"],
        ),
    ],
)
def test_the_context_of_each_answer(changed: dict[str, Any], expected: list[str]) -> None:
    samples, _ = made(windows(**changed), session("amaaMbma"))
    assert [words(sample) for sample in samples] == expected


def test_a_sample_is_known_by_its_answer_and_belongs_to_its_session() -> None:
    samples, _ = made(windows(max_context_turns=1), session("amam5"))
    assert [(one.sample_id, one.session_id, one.message_ids) for one in samples] == [
        ("p:1/2", "p:1/1", (1, 2)),
        ("p:1/4", "p:1/1", (3, 4)),
    ]
    assert samples[1].replies_to == (5,)


def test_a_message_in_several_samples_is_counted_once() -> None:
    samples, funnel = made(windows(max_context_turns=2), session("bamam.a"), session("ab", first=20))
    assert [words(sample) for sample in samples] == ["b0 | a1 | m2*", "m2 | a3 | m4*"]
    assert funnel.counts == [
        Count("samples", 5, 4, "messages", "2 in sessions left out; 1 neither learnt nor context; 1 without words"),
        Count("samples", 1, 1, "sessions", "1 in which nothing is learnt"),
    ]


def test_openings_and_short_samples() -> None:
    samples, _ = made(windows(learn_openings=True, min_turns=1), session("mam"))
    assert [words(sample) for sample in samples] == ["m0*", "m0 | a1 | m2*"]
    samples, funnel = made(windows(min_turns=3), session("am"), session("amam", first=10))
    assert [words(sample) for sample in samples] == ["a0 | m1 | a2 | m3*"]
    assert funnel.counts[1] == Count("samples", 1, 1, "sessions", "1 of fewer than 3 turns")
