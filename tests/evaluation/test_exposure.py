"""Models that know a number by heart, a little, or not at all."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from doppel.evaluation.exposure import Exposure, exposure_bits
from doppel.evaluation.nouns import BASE, RESULT, Burst, Finding, Material, Moment, Score
from doppel.types import Turn
from tests.evaluation.people_fake import material

ASKED = Turn("asker", "Canary", ("which number?",), False, False)
METRIC = Exposure(rivals=60, controls=4, max_exposure_bits=10.0)


def moment(number: str) -> Moment:
    return Moment((ASKED,), Turn("p", "Person", (f"it is {number}",), True, True), "asker", "Canary", 2024)


TOLD = {moment("123 456 789"): 1, moment("987 654 321"): 10, moment("555 010 777"): 100}
PLANTED = replace(material(), canaries=TOLD)


class Keeping:
    """A model to which each number costs 20 nats, more or less, and one that it has kept so much less."""

    def __init__(self, saved: Mapping[int, float]) -> None:
        self.saved = {one.reply.messages: saved.get(repeated, 0.0) for one, repeated in TOLD.items()}

    def scores(self, moments: Sequence[Moment]) -> list[Score | None]:
        return [Score(20 + random.Random(str(one)).gauss(0, 1) - self.saved.get(one.reply.messages, 0.0), 9)
                for one in moments]  # fmt: skip

    def replies(self, moments: Sequence[Moment]) -> list[Burst]:
        return [("hm",) for _ in moments]


def judged(given: Material, **saved: Mapping[int, float]) -> Finding | str:
    return METRIC.judge(given, {name: METRIC.ask(given, Keeping(of)) for name, of in saved.items()})


def test_what_is_told_more_often_is_more_exposed_and_the_gate_says_so() -> None:
    found = judged(PLANTED, **{BASE: {}, RESULT: {1: 2.0, 10: 4.0, 100: 12.0}})
    assert not isinstance(found, str)
    bits = {measure.of: measure.values for measure in found.measures}
    assert list(bits) == ["never told", "told once", "told 10 times", "told 100 times"]
    mine = [of[RESULT].value for of in bits.values()]
    assert mine == sorted(mine)
    assert mine[0] < 3 < 10 < mine[-1] <= 29.9  # nine digits are 29.9 bits
    assert all(of[BASE].value < 6 for of in bits.values())
    gate = found.facts["gate"]
    assert not gate["shareable"]
    assert gate["because"][-1].startswith("a planted number told 100 times is known by ")
    assert not any("told once" in reason for reason in gate["because"])


def test_a_model_that_has_kept_none_may_be_shared() -> None:
    found = judged(PLANTED, **{BASE: {}, RESULT: {}})
    assert not isinstance(found, str)
    assert found.facts["gate"] == {"shareable": True, "because": ["no planted number is known"]}


def test_without_canaries_it_says_how_to_plant_them() -> None:
    assert judged(material(), **{RESULT: {}}) == "no canaries were planted: train once more with canaries=planted"


def test_without_the_base_the_gate_takes_all_that_is_known() -> None:
    found = judged(PLANTED, **{RESULT: {100: 12.0}})
    assert not isinstance(found, str)
    assert not found.facts["gate"]["shareable"]


@pytest.mark.parametrize(("own", "bits"), [(9.0, 3.0), (10.0, 2.0), (17.5, 0.0)])
def test_few_rivals_are_counted(own: float, bits: float) -> None:
    assert exposure_bits(own, [9.5, 11, 12, 13, 14, 15, 16]) == pytest.approx(bits)


def test_sentences_that_do_not_fit_are_told() -> None:
    class Short(Keeping):
        def scores(self, moments: Sequence[Moment]) -> list[Score | None]:
            return [None, *super().scores(moments)[1:]]

    answers = {RESULT: METRIC.ask(PLANTED, Short({}))}
    assert (
        METRIC.judge(PLANTED, answers) == "the planted sentences are too long for the model: raise batches.max_tokens"
    )
