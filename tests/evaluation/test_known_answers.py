"""The person against themself is a clone; a model with one fault is found out by the metrics that should find it."""

from collections.abc import Mapping

import pytest

from doppel.config.build import build_all
from doppel.config.compose import compose
from doppel.evaluation.memorisation import Kept
from doppel.evaluation.nouns import REAL, RESULT, Burst, Finding, Material, Measure
from tests.evaluation.people_fake import ScriptedSystem, material, models

OVERRIDES = ["evaluation.style.resamples=40", "evaluation.relevance.shuffles=4"]


@pytest.fixture(scope="module")
def metrics() -> dict:
    config, faults = compose("evaluate", OVERRIDES)
    assert faults == []
    return build_all(config["evaluation"])


@pytest.fixture(scope="module")
def given() -> Material:
    return material()


@pytest.fixture(scope="module")
def found(metrics: dict, given: Material) -> dict[str, Measure]:
    """The measures of all metrics of texts, whose systems are the faulty models."""
    replies = models(given)
    measures: dict[str, Measure] = {}
    for name in ("style", "authorship", "two_sample", "relevance"):
        finding = metrics[name].judge(given, replies)
        assert isinstance(finding, Finding)
        measures |= {measure.name: measure for measure in finding.measures}
    return measures


def value(measures: Mapping[str, Measure], name: str, system: str) -> float:
    return measures[name].values[system].value


def is_within(measure: Measure, system: str) -> bool:
    assert measure.band is not None
    assert measure.band.high is not None
    return measure.values[system].value <= measure.band.high


@pytest.mark.parametrize("system", ["clone", REAL])
def test_the_person_against_themself_is_a_clone(system: str, found: dict[str, Measure]) -> None:
    assert value(found, "style_within_own_spread", system) >= 0.75
    assert value(found, "style_distance", system) < 1
    assert value(found, "ascribed_to_person", system) >= 0.95
    apart = found["told_from_real_auc"].values[system]
    assert apart.low is not None
    assert apart.low < 0.55 < 0.65 > apart.value


def test_a_clone_follows_its_contexts(found: dict[str, Measure]) -> None:
    gain = found["relevance_gain"].values["clone"]
    assert gain.low is not None
    assert gain.low > 0


def test_a_stranger_is_caught_by_style_and_by_who_wrote_it(found: dict[str, Measure]) -> None:
    assert value(found, "style_within_own_spread", "stranger") < 0.5
    assert value(found, "ascribed_to_person", "stranger") < 0.05
    assert value(found, "ascribed_in_bundles", "stranger") < 0.05
    assert value(found, "told_from_real_auc", "stranger") > 0.95


def test_a_shuffled_one_is_caught_by_relevance_alone(found: dict[str, Measure]) -> None:
    assert value(found, "relevance_gain", "shuffled") < 0
    assert value(found, "style_distance", "shuffled") == pytest.approx(value(found, "style_distance", "clone"))
    assert value(found, "ascribed_to_person", "shuffled") == value(found, "ascribed_to_person", "clone")


def test_a_lower_cased_one_is_caught_by_casing(found: dict[str, Measure]) -> None:
    assert not is_within(found["casing"], "lower")
    assert is_within(found["casing"], "clone")
    assert is_within(found["message_length"], "lower")
    assert value(found, "told_from_real_auc", "lower") > 0.9
    assert value(found, "relevance_gain", "lower") > value(found, "relevance_gain", "shuffled")


def test_one_reply_for_all_is_caught_by_sameness_and_relevance(found: dict[str, Measure]) -> None:
    for name in ("same_replies", "trivial_replies", "message_length", "vocabulary"):
        assert not is_within(found[name], "one_reply"), name
    assert value(found, "relevance_gain", "one_reply") == pytest.approx(0, abs=1e-9)
    assert value(found, "told_from_real_auc", "one_reply") > 0.85
    assert value(found, "ascribed_to_person", "one_reply") == 1  # the person says it, too: only not to everything


def test_a_copy_of_the_training_looks_like_the_person_but_for_memorisation(
    found: dict[str, Measure], metrics: dict, given: Material
) -> None:
    assert value(found, "style_distance", "copy") < 1
    assert value(found, "ascribed_to_person", "copy") > 0.95
    finding = _memorised(metrics, given, models(given)["copy"], learnt_nats=1.0)
    whole = next(one for one in finding.measures if one.name == "whole_messages")
    assert whole.values[RESULT].value > 0.9 > 0.1 > whole.values[REAL].value
    gate = finding.facts["gate"]
    assert not gate["shareable"]
    assert len(gate["because"]) == 3  # runs of words, whole messages, and the loss of what was seen
    assert "8 words in a row" in gate["because"][0]


def test_a_clone_passes_the_gate(metrics: dict, given: Material) -> None:
    finding = _memorised(metrics, given, models(given)["clone"], learnt_nats=2.0)
    assert finding.facts["gate"] == {
        "shareable": True,
        "because": ["no sign of memorised text above its limit"],
    }


def _memorised(metrics: dict, given: Material, replies: list[Burst], *, learnt_nats: float) -> Finding:
    """Of a model for which a seen reply costs so many nats a token, give or take its own difficulty, and others 2."""
    seen = set(given.learnt)

    def difficulty(moment) -> float:
        return hash_of(moment) % 7 / 10

    def result(moment) -> float:
        return (learnt_nats if moment in seen else 2.0) + difficulty(moment) + hash_of(moment) % 11 / 20

    answers = {}
    for name, nats in (("base", lambda moment: 3.0 + difficulty(moment)), (RESULT, result)):
        system = ScriptedSystem(nats, replies)
        answers[name] = Kept(replies, system.scores(given.learnt), system.scores(given.held_out))
    finding = metrics["memorisation"].judge(given, answers)
    assert isinstance(finding, Finding)
    return finding


def hash_of(moment) -> int:
    return sum(map(ord, "".join(moment.reply.messages)))


@pytest.mark.parametrize(
    "name", ["likelihood", "preference", "style", "authorship", "two_sample", "relevance", "memorisation", "leaks"]
)
def test_too_few_replies_are_told_with_the_number_needed(name: str, metrics: dict) -> None:
    few = material(asked=10)
    system = ScriptedSystem(lambda _: 2.0, models(few)["clone"])
    told = metrics[name].judge(few, {RESULT: metrics[name].ask(few, system)})
    assert isinstance(told, str)
    assert "10 " in told
    assert f"at least {metrics[name].min_replies} are needed" in told
