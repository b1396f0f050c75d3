"""What every way to talk takes from a run: who is learnt, whom it knows, and the engine that speaks."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from typing import Any

from doppel.commands.briefing import Briefer, Notes, no_notes
from doppel.commands.frozen import frozen_config
from doppel.commands.live import live_asides
from doppel.commands.name_tokens import with_names
from doppel.commands.reminding import reminding_of_talk
from doppel.commands.show import console
from doppel.config.build import build, target_of
from doppel.engine.cast import Cast, Known
from doppel.engine.conversation import Asides
from doppel.errors import RunError
from doppel.run.directory import RunDirectory
from doppel.run.samples import each_sample
from doppel.types import CANARIES, Persona, Turn

SEEDS = 2**31


@dataclass(frozen=True, slots=True)
class Speaking:
    """A run as somebody to talk to, before any weight is loaded."""

    run_directory: RunDirectory
    trained: dict[str, Any]  # the config that it was trained with
    personas: tuple[Persona, ...]
    people: list[Known]  # the personas first
    asides: Asides | None

    def require(self, *names: str | None) -> None:
        """Raises: DataError for a name, of those that are given, whom the run does not know."""
        cast = Cast(self.people)
        for name in names:
            if name is not None:
                cast.known(name)

    def engine(self, node: dict[str, Any], bases: Any = None) -> Any:
        """The engine of this node with the run's model, whose `encoder` is the one that encoded the samples.

        `bases`: doppel.commands.bases.Bases, where other runs may speak over the same; None: nobody else does.
        Raises: RunError for a run that has nothing to talk to, ModelError.
        """
        from doppel.commands.learner import Learner  # torch comes in here, and not before

        learner = Learner(with_names(self.trained, self.run_directory.data_file("train")))
        folder = self.run_directory.path / learner.adapter.folder_name
        if not folder.is_dir():
            state = self.run_directory.status()["state"]
            raise RunError(
                f"{self.run_directory.path} has nothing to talk to yet: it is {state}. "
                f"Type doppel train resume={self.run_directory.path} to let it finish"
            )
        tell_if_alike(self.personas, learner.encoder)
        if bases is not None and not target_of(node).reads_run:
            model, shared = bases.model(self.trained, learner, folder)
            engine = build(node, model, learner.tokenizer, learner.encoder)
            if shared:
                engine.share(*shared)
            return engine
        console().print(f"loading {self.trained['model']['_target_'].rpartition('.')[2]} ...", markup=False)
        reads_run = target_of(node).reads_run
        model = self.run_directory.path if reads_run else learner.adapter.load(learner.load().model, folder)
        return build(node, model, learner.tokenizer, learner.encoder)

    def briefer(self, config: dict[str, Any], encoder: Any, notes: Notes = no_notes) -> Briefer:
        """What is told before each reply, by this command's memory or else the run's. Raises: ConfigError, RunError."""
        return Briefer(
            reminding_of_talk(self.run_directory, config["memory"], self.trained["memory"], encoder.counter()),
            build(config["steering"]),
            notes,
        )

    def timing(self, node: dict[str, Any]) -> Any:
        """How long the persona takes, as this node tells. Raises: RunError."""
        return build(node, self.run_directory.facts())


def speaking(run_directory: RunDirectory, opted_in: tuple[str, ...]) -> Speaking:
    """Whom a run has learnt and whom it knows. Raises: RunError, ConfigError."""
    trained = frozen_config(run_directory, opted_in)
    personas = personas_of(run_directory)
    people = people_of(run_directory, personas)
    asides = live_asides(
        trained["samples"], personas, relationships_of(run_directory), is_timed=is_timed(run_directory)
    )
    return Speaking(run_directory, trained, personas, people, asides)


def personas_of(run_directory: RunDirectory) -> tuple[Persona, ...]:
    """Whom the run has learnt. Raises: RunError where the manifest does not tell."""
    try:
        personas = [Persona(frozenset(one["ids"]), one["name"]) for one in run_directory.manifest()["personas"]]
    except (KeyError, TypeError):
        personas = []
    if not personas or not all(persona.ids for persona in personas):
        raise RunError(f"{run_directory.manifest_file} is damaged: it does not tell the personas")
    return tuple(personas)


def relationships_of(run_directory: RunDirectory) -> dict[str, str]:
    """Who is what to the persona, by speaker_id, as the preparation has found them. Raises: RunError."""
    found = run_directory.manifest().get("relationships", {})
    if not isinstance(found, dict):
        raise RunError(f"{run_directory.manifest_file} is damaged: its relationships are no object")
    return found


def is_timed(run_directory: RunDirectory) -> bool:
    """Whether any sample that the run has learnt from has times: where none has, none may be told.

    A run on feedback has it from the one that it goes on from.
    """
    inherited = run_directory.manifest().get("is_timed")
    return (
        inherited
        if inherited is not None
        else any(sample.is_timed for sample in each_sample(run_directory.data_file("train")))
    )


def seed_or_drawn(seed: int | None) -> int:
    """The seed that is asked for, or else another one each time."""
    return random.randrange(SEEDS) if seed is None else seed


def people_of(run_directory: RunDirectory, personas: tuple[Persona, ...]) -> list[Known]:
    """Everyone whose words the run has read: the personas first, as the run lists them, then the most talkative.

    A run on feedback knows whom the one that it goes on from knew.
    """
    counts = Counter({(who, name): number for who, name, number in run_directory.manifest().get("known", [])})
    for sample in each_sample(run_directory.data_file("train")):
        for turn in sample.turns if sample.chat_id != CANARIES else ():
            counts[turn.speaker_id, turn.speaker_name] += len(turn.messages)
    learnt = [(min(persona.ids), persona.name) for persona in personas]
    others = [(who, count) for who, count in counts.most_common() if who not in learnt]
    return [Known(*who, counts[who], is_persona=True) for who in learnt] + [Known(*who, n) for who, n in others]


def tell_if_alike(personas: tuple[Persona, ...], encoder: Any) -> None:
    """Says so where the markup gives personas one and the same role."""
    turns = [Turn(min(one.ids), one.name, ("...",), is_persona=True, is_learnt=False) for one in personas]
    if len({encoder.prompt(turns, turn) for turn in turns}) < len(turns):
        names = " and ".join(one.name for one in personas)
        told = f"note: the markup of this run gives {names} one role, so the model cannot be told which of them to be"
        console().print(told, markup=False, soft_wrap=True)
