"""Which of two replies a language model holds for the person's, in both orders, with what that is worth.

Pairwise judging by language models, and why each pair is shown twice: Zheng et al. 2023 (MT-bench).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal

from sklearn.metrics import cohen_kappa_score

from doppel.evaluation.judge_endpoint import Endpoint
from doppel.evaluation.judge_prompt import Verdict, messages_of, verdict_of
from doppel.evaluation.nouns import BASE, FEW_SHOT, REAL, RESULT, Burst, Finding, Material, Measure, Number, System
from doppel.evaluation.nouns import too_few as few_of
from doppel.evaluation.statistics import evenly, mean, some
from doppel.types import NonNegativeInt, PositiveFloat, PositiveInt

NAMES = {REAL: "the person's own", BASE: "the base model's", FEW_SHOT: "the few-shot baseline's"}
WORTH = {"run": 1.0, "tie": 0.5, "rival": 0.0}


@dataclass(frozen=True, slots=True)
class Shown:
    """One request: which reply stands first, in which moment."""

    rival: str
    place: int
    is_run_first: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """One pair with a verdict in both orders: "run", "rival" or "tie"."""

    rival: str
    run_first: str
    rival_first: str

    @property
    def worth(self) -> float:
        """For the run, from 0 to 1."""
        return (WORTH[self.run_first] + WORTH[self.rival_first]) / 2


class Judge:
    """Asks an OpenAI-compatible endpoint. Texts leave the machine only where that is typed."""

    def __init__(
        self,
        *,
        endpoint: str,
        model: str,
        sends_text_away: bool,
        key_variable: str | None,
        against: list[Literal["real", "base", "few_shot"]],
        pairs: PositiveInt,
        min_replies: PositiveInt,
        context_turns: PositiveInt,
        examples: NonNegativeInt,
        requests_at_once: PositiveInt,
        retries: NonNegativeInt,
        timeout_seconds: PositiveFloat,
        options: dict[str, Any],
    ) -> None:
        self.min_replies, self.against, self.pairs = min_replies, against, pairs
        self.context_turns, self.examples, self.requests_at_once = context_turns, examples, requests_at_once
        self._model, self._is_answered = model, False
        self._endpoint = Endpoint(
            endpoint,
            model,
            sends_text_away=sends_text_away,
            key_variable=key_variable,
            timeout_seconds=timeout_seconds,
            retries=retries,
            options=options,
        )

    @property
    def notice(self) -> str | None:
        """What must be said before anything is sent; None where all stays on this machine."""
        if self._endpoint.is_here:
            return None
        return (
            f"warning: contexts and replies, other people's words too, are sent to {self._endpoint.address}: up to "
            f"{self.pairs} moments, and {self.examples} turns of the training"
        )

    def ask(self, material: Material, system: System) -> list[Burst]:
        """The replies to the moments that are asked. Raises: ConfigError where the endpoint does not answer."""
        if not self._is_answered:
            self._endpoint.require_answer()  # before minutes go into replies
            self._is_answered = True
        return system.replies(material.asked)

    def judge(self, material: Material, answers: Mapping[str, Sequence[Burst]]) -> Finding | str:
        """How often the result's reply is taken rather than each rival's, and how far the judge can be trusted."""
        replies = {**answers, REAL: material.real}
        rivals = [name for name in self.against if name in replies]
        places = evenly(range(len(material.asked)), self.pairs)
        identical = {
            name: [at for at in places if tuple(replies[RESULT][at]) == tuple(replies[name][at])] for name in rivals
        }
        shown = [
            Shown(name, at, is_run_first)
            for name in rivals
            for at in places
            if at not in identical[name]
            for is_run_first in (True, False)
        ]
        verdicts = dict(zip(shown, self._verdicts(material, replies, shown), strict=True))
        judged = _complete(verdicts)
        wins, notes = self._wins(judged, identical, material.seed)
        if not wins:
            return "; ".join(notes) or f"none of evaluation.judge.against={self.against} is evaluated"
        facts = self._facts(verdicts, judged, identical)
        return Finding([*wins, *_trust(judged, verdicts, material.seed)], [*notes, *_told(facts)], facts)

    def _verdicts(
        self, material: Material, replies: Mapping[str, Sequence[Burst]], shown: Sequence[Shown]
    ) -> list[Verdict | Literal["malformed", "unanswered"]]:
        examples = some(material.own, self.examples, material.seed)

        def verdict(one: Shown) -> Verdict | Literal["malformed", "unanswered"]:
            pair = replies[RESULT][one.place], replies[one.rival][one.place]
            first, second = pair if one.is_run_first else reversed(pair)
            answer = self._endpoint.answer(
                messages_of(material.asked[one.place], first, second, examples, self.context_turns)
            )
            return "unanswered" if answer is None else verdict_of(answer) or "malformed"

        try:
            with ThreadPoolExecutor(self.requests_at_once) as asking:
                return list(asking.map(verdict, shown))
        finally:
            self._endpoint.close()

    def _wins(
        self, judged: Sequence[Judged], identical: Mapping[str, Sequence[int]], seed: int
    ) -> tuple[list[Measure], list[str]]:
        """The win rate over each rival, and why there is none over some."""
        measures, notes = [], []
        for name, same in identical.items():
            worths = [one.worth for one in judged if one.rival == name] + [WORTH["tie"]] * len(same)
            what = f"moments with a verdict in both orders against {NAMES[name]} replies"
            if few := few_of(what, len(worths), self.min_replies):
                notes.append(few)
                continue
            says = f"how often the judge takes the result's reply for the person's, not {NAMES[name]}; ties by half"
            rate = {RESULT: mean(worths, seed)}
            measures.append(Measure(f"judge_wins_over_{name}", rate, "", "higher", says, is_shown=True))
        return measures, notes

    def _facts(
        self, verdicts: Mapping[Shown, str], judged: Sequence[Judged], identical: Mapping[str, Sequence[int]]
    ) -> dict[str, Any]:
        """Counts of everything that was asked, by rival; no key and no text."""
        of = {}
        for name, same in identical.items():
            found = Counter(verdict for one, verdict in verdicts.items() if one.rival == name)
            of[name] = {
                "requests": sum(found.values()),
                "ties": found["TIE"],
                "malformed": found["malformed"],
                "unanswered": found["unanswered"],
                "judged_pairs": sum(one.rival == name for one in judged),
                "identical_pairs": len(same),
            }
        return {"model": self._model, "against": of, "was_cut_short": self._endpoint.is_down}


def _complete(verdicts: Mapping[Shown, str]) -> list[Judged]:
    """The pairs with a verdict in both orders: one alone would count the judge's liking for a place."""
    found = []
    for one, verdict in verdicts.items():
        if one.is_run_first:
            chosen = _chosen(verdict, is_run_first=True)
            other = _chosen(verdicts[Shown(one.rival, one.place, is_run_first=False)], is_run_first=False)
            if chosen and other:
                found.append(Judged(one.rival, chosen, other))
    return found


def _chosen(verdict: str, *, is_run_first: bool) -> str | None:
    if verdict == "TIE":
        return "tie"
    return None if verdict not in ("A", "B") else "run" if (verdict == "A") == is_run_first else "rival"


def _trust(judged: Sequence[Judged], verdicts: Mapping[Shown, str], seed: int) -> list[Measure]:
    """Whether the judge says the same in both orders, and whether it likes a place."""
    measures = []
    one, two = [each.run_first for each in judged], [each.rival_first for each in judged]
    if len({*one, *two}) > 1:  # of one answer for all, agreement beyond chance is not defined
        kappa = {RESULT: Number(float(cohen_kappa_score(one, two)))}
        says = "the judge's agreement with itself in the other order (Cohen 1960): 1 always, 0 as by chance"
        measures.append(Measure("judge_order_kappa", kappa, "", "higher", says))
    if decided := [float(verdict == "A") for verdict in verdicts.values() if verdict in ("A", "B")]:
        says = "how often the judge takes the reply that is shown first: 0.5 where it likes no place"
        measures.append(Measure("judge_takes_first", {RESULT: mean(decided, seed)}, "", "real", says,
                                band=Number(0.5, 0.4, 0.6)))  # fmt: skip
    return measures


def _told(facts: Mapping[str, Any]) -> Iterable[str]:
    """What is to be known beside the numbers."""
    for name, of in facts["against"].items():
        if of["malformed"] or of["unanswered"]:
            yield (
                f"against {NAMES[name]} replies {of['malformed']} of {of['requests']} answers held no verdict and "
                f"{of['unanswered']} requests got none: their pairs are left out"
            )
    if facts["was_cut_short"]:
        yield "the endpoint stopped answering, and was asked no more"
