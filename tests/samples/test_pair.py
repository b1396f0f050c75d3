"""One question, one answer."""

from typing import Any, Literal

import pytest

from doppel.samples.pair import Pairs
from doppel.types import Count
from tests.samples.scripted import made, session, words

Question = Literal["previous", "quoted", "quoted_or_previous"]
# message_id  1 2 3 4  5 6 7  8 9
TALK = "a b a m1 m m2 b m9 m"


def pairs(**changed: Any) -> Pairs:
    settings: dict[str, Any] = {"learn": "persona", "question": "previous", "whole_answers": True}
    return Pairs(**settings | {"trivial": None, "situation": None, "recency": None} | changed)


@pytest.mark.parametrize(
    ("question", "whole_answers", "expected"),
    [
        ("previous", True, ["a2 | m3 m4 m5*", "b6 | m7 m8*"]),
        ("quoted", True, ["a0 | m3 m4*", "b1 | m5*"]),
        ("quoted", False, ["a0 | m3*", "b1 | m5*"]),
        ("quoted_or_previous", True, ["a0 | m3 m4*", "b1 | m5*", "b6 | m7 m8*"]),  # 9 is itself: no quote
    ],
)
def test_what_is_the_question(question: Question, whole_answers: bool, expected: list[str]) -> None:
    samples, _ = made(pairs(question=question, whole_answers=whole_answers), session(TALK))
    assert [words(sample) for sample in samples] == expected


def test_replies_of_anyone_to_anyone_as_devops_dude_learns_them() -> None:
    everyone = pairs(learn="everyone", question="quoted", whole_answers=False)
    samples, funnel = made(everyone, session("a b1 c b a2 a5 c1."))
    assert [words(sample) for sample in samples] == ["a0 | b1*", "b1 | a4*", "a0 | c6*"]
    assert [sample.sample_id for sample in samples] == ["p:1/2", "p:1/5", "p:1/7"]
    assert [sample.message_ids for sample in samples] == [(1, 2), (2, 5), (1, 7)]
    assert samples[1].replies_to == (1,)  # what the question itself replied to
    assert funnel.counts == [
        Count("samples", 4, 4, "messages", "3 neither a question nor a learnt answer; 1 without words"),
        Count("samples", 1, 0, "sessions", ""),
    ]


def test_a_reply_to_what_has_no_words_is_none() -> None:
    samples, _ = made(pairs(question="quoted_or_previous"), session(".am1"))
    assert [(words(sample), sample.replies_to) for sample in samples] == [("a1 | m2*", (1,))]


def test_a_session_without_an_answer_is_left_out() -> None:
    _, funnel = made(pairs(question="quoted"), session("am"), session("am10", first=10))
    assert funnel.counts[1] == Count("samples", 1, 1, "sessions", "1 in which nothing is learnt")
