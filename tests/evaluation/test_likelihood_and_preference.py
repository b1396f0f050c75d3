import math

import pytest

from doppel.evaluation.likelihood import HeldOutLikelihood
from doppel.evaluation.nouns import Finding, Moment, Score
from doppel.evaluation.preference import Preference, distinct, rank
from doppel.evaluation.words import plain
from tests.evaluation.people_fake import ScriptedSystem, material

GIVEN = material(asked=60)
TRUE = {moment.turns: moment.reply.messages for moment in GIVEN.held_out}
OWN = {moment.reply.messages for moment in GIVEN.held_out} | set(GIVEN.own)


def measured(finding) -> dict[str, dict[str, float]]:
    assert isinstance(finding, Finding)
    return {f"{one.name} {one.of}".strip(): {k: n.value for k, n in one.values.items()} for one in finding.measures}


def test_likelihood_over_all_against_the_baselines_and_in_parts() -> None:
    metric = HeldOutLikelihood(min_replies=20, min_group_replies=15, most_contacts=2)
    systems = {"base": ScriptedSystem(lambda _: 3.0), "result": ScriptedSystem(lambda _: 2.0)}
    found = measured(metric.judge(GIVEN, {name: metric.ask(GIVEN, system) for name, system in systems.items()}))
    assert found["nats_per_token"] == pytest.approx({"base": 3.0, "result": 2.0})
    assert found["perplexity"] == pytest.approx({"base": math.exp(3), "result": math.exp(2)})
    assert found["nats_saved_over"] == pytest.approx({"base": 1.0})
    scores = systems["result"].scores(GIVEN.held_out)
    chars = sum(len(text) + 1 for moment in GIVEN.held_out for text in moment.reply.messages)
    bits = sum(score.nats for score in scores if score) / math.log(2) / chars
    assert found["bits_per_character"]["result"] == pytest.approx(bits)
    parts = [name for name in found if " " in name]
    assert sum("Contact" in name for name in parts) == 2
    assert {"nats_per_token in 2020", "nats_per_token in 2021"} <= set(parts)


def test_what_does_not_fit_is_left_out_of_every_system_and_told() -> None:
    metric = HeldOutLikelihood(min_replies=20, min_group_replies=100, most_contacts=2)
    scores = ScriptedSystem(lambda _: 2.0).scores(GIVEN.held_out)
    finding = metric.judge(GIVEN, {"base": [None, *scores[1:]], "result": [*scores[:-1], None]})
    assert isinstance(finding, Finding)
    assert finding.facts["replies"] == 58
    assert finding.notes == ["2 of 60 held-out replies are too long and left out"]


def knows_the_truth(moment: Moment) -> float:
    return 1.0 if TRUE[moment.turns] == moment.reply.messages else 2.0 + len(moment.reply.messages[0]) / 1000


def knows_the_person(moment: Moment) -> float:
    """Cannot tell which of the person's replies is the true one."""
    return 1.0 if moment.reply.messages in OWN else 2.0


@pytest.mark.parametrize(
    ("nats", "hits_others", "hits_own"), [(knows_the_truth, 1, 1), (knows_the_person, 1, 0), (lambda _: 1.0, 0, 0)]
)
def test_preference(nats, hits_others: int, hits_own: int) -> None:
    metric = Preference(min_replies=20, moments=30, candidates=19)
    found = measured(metric.judge(GIVEN, {"result": metric.ask(GIVEN, ScriptedSystem(nats))}))
    assert found["hits_at_1_others"]["result"] == hits_others
    assert found["hits_at_1_own"]["result"] == hits_own
    assert found["mrr_own"]["result"] == pytest.approx(1 if hits_own else 1 / 10.5)
    assert found["rivals_beaten_others"]["result"] == (1 if hits_others else 0.5)
    assert found["rivals_beaten_own"]["result"] == (1 if hits_own else 0.5)


def test_what_training_gains_is_told_moment_by_moment() -> None:
    metric = Preference(min_replies=20, moments=30, candidates=19)
    systems = {"base": ScriptedSystem(lambda _: 1.0), "result": ScriptedSystem(knows_the_person)}
    finding = metric.judge(GIVEN, {name: metric.ask(GIVEN, system) for name, system in systems.items()})
    assert isinstance(finding, Finding)
    [gain] = [one.values["base"] for one in finding.measures if one.name == "rivals_beaten_gained_over_others"]
    assert (gain.value, gain.low, gain.high) == (0.5, 0.5, 0.5)
    assert measured(finding)["rivals_beaten_gained_over_own"] == {"base": 0.0}
    kept = finding.facts["by_moment"]
    assert kept["rivals_beaten_others"] == {"base": [0.5] * 30, "result": [1.0] * 30}
    assert kept["hits_at_1_others"] == {"base": [0.0] * 30, "result": [1.0] * 30}


def test_a_moment_that_one_model_cannot_read_is_kept_as_none_and_counted_for_nobody() -> None:
    metric = Preference(min_replies=1, moments=3, candidates=1)
    ranks = {"base": [None, 2.0, 1.0], "result": [1.0, 1.0, 2.0]}
    finding = metric.judge(GIVEN, {name: dict.fromkeys(("others", "own"), of) for name, of in ranks.items()})
    assert isinstance(finding, Finding)
    assert finding.facts["moments"] == 2
    assert finding.facts["by_moment"]["mrr_own"] == {"base": [None, 0.5, 1.0], "result": [1.0, 1.0, 0.5]}
    assert measured(finding)["rivals_beaten_others"] == {"base": 0.5, "result": 0.5}


def test_the_choice_of_candidates_is_the_same_for_all_and_never_the_true_reply() -> None:
    metric, asked = Preference(min_replies=20, moments=30, candidates=19), []

    class Listening(ScriptedSystem):
        def scores(self, moments):
            asked.append(list(moments))
            return super().scores(moments)

    for _ in range(2):
        metric.ask(GIVEN, Listening(lambda _: 1.0))
    assert asked[0] == asked[1]
    assert len(asked[0]) == 30 * 2 * 20
    for first in range(0, len(asked[0]), 20):
        true, *rivals = asked[0][first : first + 20]
        assert TRUE[true.turns] == true.reply.messages
        assert all(rival.turns == true.turns for rival in rivals)
        assert true.reply.messages not in {rival.reply.messages for rival in rivals}


def test_rivals_are_as_long_as_the_true_reply_where_there_are_such() -> None:
    metric, asked = Preference(min_replies=20, moments=30, candidates=19), []

    class Listening(ScriptedSystem):
        def scores(self, moments):
            asked.extend(moments)
            return super().scores(moments)

    metric.ask(GIVEN, Listening(lambda _: 1.0))

    def length(moment: Moment) -> int:
        return sum(len(text) + 1 for text in moment.reply.messages)

    pool = [*GIVEN.others_held_out]
    for first in range(0, 30 * 20, 20):  # against others
        true, *rivals = asked[first : first + 20]
        alike = {plain(one) for one in pool if 0.8 <= sum(len(text) + 1 for text in one) / length(true) <= 1.25}
        alike -= {plain(true.reply.messages)}
        near = [one for one in rivals if 0.8 <= length(one) / length(true) <= 1.25]
        assert len(near) >= min(19, len(alike))


def test_ranks_share_ties_and_need_every_score() -> None:
    scores = [Score(4, 2), Score(3, 2), Score(4, 2), Score(9, 2)]
    assert rank(scores) == 2.5
    assert rank([*scores, None]) is None
    assert distinct([("A ",), ("b",), ("a",), ("c",), ("d",)], ("x",), 3) == [("A ",), ("b",), ("c",)]
