"""From the samples of a run to what is asked of its model: held-out replies, and the words of everyone in training."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from doppel.commands.leakage import refuse_leaks
from doppel.commands.name_tokens import with_names
from doppel.commands.reminding import Reminding, reminding_of_talk
from doppel.commands.speaking import personas_of
from doppel.config.build import build
from doppel.config.rule import option_of
from doppel.errors import ConfigError, RunError
from doppel.evaluation.moments import bursts_of, moments_of
from doppel.evaluation.nouns import Material, Moment
from doppel.evaluation.statistics import evenly
from doppel.run.directory import RunDirectory
from doppel.run.samples import each_sample
from doppel.types import CANARIES, REFUSED, Persona, Sample, Turn


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is measured on, and on whom."""

    persona: Persona
    part: str
    material: Material
    learnt: list[Moment]  # every training reply of the persona
    shots: tuple[Turn, ...]  # the examples of the few-shot prompt, one after another
    all_held_out: int  # replies before they are thinned to max_replies

    @property
    def told(self) -> str:
        """What is measured, in words."""
        replies, asked = len(self.material.held_out), len(self.material.asked)
        of = f" of {self.all_held_out:,}" if self.all_held_out > replies else ""
        return f"{self.persona.name}: {replies:,}{of} held-out replies ({self.part}), {asked:,} of them answered anew"


def evidence_of(run: RunDirectory, trained: dict[str, Any], config: dict[str, Any], asked: RunDirectory) -> Evidence:
    """What an evaluation asks, of the samples of `asked`: the run itself, or another one to be compared with.

    With what memory tells then. Raises: RunError where nothing is held out or it leaks; ConfigError.
    """
    persona = _persona(personas_of(run), config["persona"])
    part, samples = _held_out(asked, config["part"])
    everything = [sample for sample in each_sample(asked.data_file("train")) if sample.label != REFUSED]
    learnt = [sample for sample in everything if sample.chat_id != CANARIES]
    reminding = _reminding(run, trained, config)
    remembered = reminding.texts() if reminding else ()
    refuse_leaks(asked, learnt, samples, part, remembered)
    if asked.path != run.path:
        refuse_leaks(run, each_sample(run.data_file("train")), samples, part, remembered)
    if reminding:
        everything, learnt, samples = (list(map(reminding.sample, each)) for each in (everything, learnt, samples))
    held_out = list(moments_of(samples, persona.ids))
    if not held_out:
        raise RunError(
            f"{run.path}: {persona.name} answers nobody in its {len(samples)} {part} samples. Type part=validation or "
            f"persona=..., or train again with a larger split.{part}_fraction"
        )
    own, others = bursts_of(learnt, persona.ids)
    replies = list(moments_of(learnt, persona.ids))
    scored = evenly(held_out, config["max_replies"])
    material = Material(
        held_out=scored,
        asked=evenly(scored, config["generated_replies"]),
        learnt=evenly(replies, config["max_replies"]),
        own=own,
        others=others,
        others_held_out=bursts_of(samples, persona.ids)[1],
        hidden_names=_hidden_names(trained),
        private_in=build(config["privacy"]).private_in,
        canaries=_canaries(everything, persona),
        seed=config["seed"],
    )
    return Evidence(persona, part, material, replies, _shots(learnt, persona, config), len(held_out))


def _reminding(run: RunDirectory, trained: dict[str, Any], config: dict[str, Any]) -> Reminding | None:
    """What the systems are told; None where it is nothing."""
    if option_of({"memory": config["memory"] or trained["memory"]}, "memory") == "none":
        return None
    from doppel.commands.learner import Learner  # torch comes in here, and not before

    learner = Learner(with_names(trained, run.data_file("train")))
    return reminding_of_talk(run, config["memory"], trained["memory"], learner.encoder.counter())


def _persona(personas: Sequence[Persona], asked: str | None) -> Persona:
    if asked is None:
        return personas[0]
    found = [one for one in personas if asked == one.name or asked in one.ids]
    if not found:
        known = ", ".join(f"{one.name} ({', '.join(sorted(one.ids))})" for one in personas)
        raise ConfigError(f"persona={asked}: the run has not learnt them; it has learnt {known}")
    return found[0]


def _held_out(run: RunDirectory, part: str | None) -> tuple[str, list[Sample]]:
    parts = [part] if part else ["test", "validation"]
    for name in parts:
        if samples := [sample for sample in each_sample(run.data_file(name)) if sample.label != REFUSED]:
            return name, samples
    raise RunError(
        f"{run.path} has no {' and no '.join(parts)} samples: nothing is left that it has not learnt. Train again with "
        "split=temporal, and split.test_fraction above 0"
    )


def _canaries(learnt: Sequence[Sample], persona: Persona) -> dict[Moment, int]:
    """What was planted for the persona, and how often."""
    planted = [sample for sample in learnt if sample.chat_id == CANARIES]
    return dict(Counter(moments_of(planted, persona.ids)))


def _hidden_names(trained: dict[str, Any]) -> list[str]:
    """Names of people who are not to be quoted, as the config of the run tells them; of ids no name is known."""
    people = trained["filters"].get("people") or {}
    named = [str(who) for who in people.get("exclude", [])]
    return [who for who in named if not who.lstrip("user").isdecimal()]


def _shots(learnt: Sequence[Sample], persona: Persona, config: dict[str, Any]) -> tuple[Turn, ...]:
    """The ends of some training conversations, chosen by chance, each up to a reply of the person."""
    wanted = config["few_shot"]
    endings = []
    for place in random.Random(config["seed"]).sample(range(len(learnt)), len(learnt)):
        turns = learnt[place].turns
        last = max((at for at, turn in enumerate(turns) if turn.speaker_id in persona.ids), default=0)
        if last:
            endings.append(turns[max(0, last + 1 - wanted["turns"]) : last + 1])
        if len(endings) == wanted["samples"]:
            break
    return tuple(turn for ending in endings for turn in ending)
