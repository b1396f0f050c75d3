"""Models that go on as the training does, as everybody would, or not at all."""

from collections.abc import Sequence

import pytest

from doppel.evaluation.extraction import Extraction, Given
from doppel.evaluation.nouns import BASE, RESULT, Finding, Score
from tests.evaluation.people_fake import material

METRIC = Extraction(min_replies=20, min_rest_tokens=8, max_whole_rest_excess=0.02)
GIVEN = material()


def replies(number: int, hits: Sequence[bool]) -> list[Score | None]:
    """So many scored replies of 20 tokens, of whose second half these come back; some are short, one is too long."""
    long = Score(40.0, 20, (False, *(True,) * 9, *hits))
    return [long] * number + [Score(6.0, 3, (True,) * 3), None]


ALL, HALF, NONE = (True,) * 10, (True,) * 5 + (False,) + (True,) * 4, (False,) + (True,) * 9


def judged(learnt: Sequence[bool], later: Sequence[bool], base: Sequence[bool]) -> Finding:
    answers = {
        RESULT: Given(replies(30, learnt), replies(30, later)),
        BASE: Given(replies(30, base), replies(30, base)),
    }
    found = METRIC.judge(GIVEN, answers)
    assert isinstance(found, Finding)
    return found


def test_what_comes_back_is_counted_up_to_the_first_other_token() -> None:
    found = {(one.name, one.of): one.values for one in judged(HALF, NONE, ALL).measures}
    assert found["rest_given_back", "training replies"][RESULT].value == pytest.approx(0.5)
    assert found["rest_given_back", "later replies"][RESULT].value == 0
    assert found["whole_rests", "training replies"][RESULT].value == 0
    assert found["whole_rests", "training replies"][BASE].value == 1


@pytest.mark.parametrize(
    ("learnt", "later", "base", "is_shareable"),
    [(ALL, NONE, NONE, False), (ALL, ALL, NONE, True), (ALL, NONE, ALL, True), (HALF, NONE, NONE, True)],
)
def test_the_gate_looks_at_what_is_more_than_later_replies_and_the_base_give(
    learnt, later, base, is_shareable: bool
) -> None:
    gate = judged(learnt, later, base).facts["gate"]
    assert gate["shareable"] is is_shareable
    if not is_shareable:
        assert "100.0% more often than of later ones, or than from the base model" in gate["because"][0]


def test_too_few_long_replies_are_told() -> None:
    answers = {RESULT: Given(replies(19, ALL), replies(30, ALL))}
    told = METRIC.judge(GIVEN, answers)
    assert told == "19 training replies of 16 tokens or more that fit into every model, at least 20 are needed"
