"""The data half of the line for what doppel itself has exported: samples that come back as they were made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from doppel.config.compose import compose
from doppel.config.rule import option_of
from doppel.errors import ConfigError, DataError
from doppel.persona.resolve import resolve_cast
from doppel.report.watch import Watch
from doppel.run.samples import SampleFile
from doppel.source.dialogue_sample import ExportedSamples
from doppel.source.reading import Reading
from doppel.types import Cast, Funnel, KeepsSamples, Message, People, Sample, Source

WAY = "type source.exported=messages to have new samples made of their messages"
LEAST_PRIVACY = "secrets"  # every other option hides more


def kept_samples(config: dict[str, Any], source: Source, file: Path, funnel: Funnel) -> Kept | None:
    """The samples of the source, in the file from now on; None where it is a source of messages.

    Raises: DataError; ConfigError for rules that were asked for and cannot be applied to samples any more.
    """
    samples = source.kept_samples(funnel) if isinstance(source, KeepsSamples) else None
    if samples is None:
        return None
    usual = _usual()
    _refuse_unapplied(config, usual)
    kept = Kept(file, samples)
    funnel.note(
        "source: these are samples of doppel's, read as they were made: filters, privacy, sessions and samples have no "
        "part in them. source.exported=messages has new ones made of their messages."
    )
    for group in ("sessions", "samples"):
        if _without_situation(config[group]) != _without_situation(usual[group]):
            funnel.note(f"source: {group} is set otherwise than usual, which changes nothing in samples that are made.")
    is_told = config["samples"].get("situation") is not None
    if kept.has_asides and not is_told:
        funnel.note(
            "source: the samples tell of situations, and a conversation with what is learnt would not: type the "
            "samples/situation that they were made with."
        )
    elif is_told and not kept.has_asides:
        funnel.note(
            "source: no sample tells of a situation, and a conversation with what is learnt would: leave "
            "samples/situation out."
        )
    return kept


@cache
def _usual() -> dict[str, Any]:
    """What `doppel prepare` composes alone, to compare with; half a second, so once in a process of many."""
    config, _ = compose("prepare", [])
    return config


def _refuse_unapplied(config: dict[str, Any], usual: dict[str, Any]) -> None:
    for name, rule in config["filters"].items():
        before = usual["filters"].get(name)
        if rule != before:
            keys = [key for key, value in rule.items() if before is None or value != before.get(key)]
            asked = ", ".join(f"filters.{name}.{key}={rule[key]}" for key in keys if key != "_target_")
            raise ConfigError(
                f"{asked or f'filters.{name}'}: the source holds samples of doppel, from which nothing is left out any "
                f"more. Leave it out of what you type (or type filters=none), or {WAY}"
            )
    if config["privacy"] != usual["privacy"] and option_of(config, "privacy") != LEAST_PRIVACY:
        raise ConfigError(
            f"privacy={option_of(config, 'privacy')} is set otherwise than usual, and the source holds samples of "
            f"doppel, in which nothing is replaced any more. Leave it out of what you type, or {WAY}"
        )


def _without_situation(group: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in group.items() if key != "situation"}


class Kept:
    """Samples that are made: they tell by themselves who is learnt, and who says what."""

    def __init__(self, file: Path, samples: Iterable[Sample]) -> None:
        self.personas: dict[str, list[str]] = {}  # name -> ids
        self.has_asides = False
        self.samples = SampleFile.written(file, map(self._seen, samples))
        if not self.personas:
            raise DataError("The samples of the source hold no turn of a persona: there must be one at least.")

    def _seen(self, sample: Sample) -> Sample:
        for turn in sample.turns:
            self.has_asides |= turn.aside is not None
            if turn.is_persona:
                ids = self.personas.setdefault(turn.speaker_name, [])
                if turn.speaker_id not in ids:
                    ids.append(turn.speaker_id)
        return sample

    def messages(self) -> Iterator[Message]:
        """What is said in the samples, each message once: for counting people, and for showing what lies around."""
        exported, reading = ExportedSamples(Reading()), "samples"
        for sample in self.samples:
            yield from exported.messages(sample, reading)

    def cast(self, wanted: Any, people: People) -> Cast:
        """The personas of the samples. Raises: DataError where `wanted`, of the config, names others."""
        cast = resolve_cast(self.personas if wanted is None else wanted, people, frozenset())
        named = {who: persona.name for persona in cast.personas for who in persona.ids}
        if named != {who: name for name, ids in self.personas.items() for who in ids}:
            told = "; ".join(f"{name} ({', '.join(ids)})" for name, ids in self.personas.items())
            raise DataError(
                f"persona={wanted}: the samples of the source are made for {told}, and stay so. Leave persona out, or "
                f"{WAY}"
            )
        return cast

    def watched(self, watch: Watch) -> SampleFile:
        """The samples, once the watch has counted them."""
        for _ in watch.samples(iter(self.samples)):
            pass
        return self.samples


class AsTheyAre:
    """The stage of privacy where nothing is replaced."""

    def meet(self, people: People) -> None:
        """Nothing is learnt of them."""

    def people(self, people: People) -> People:
        """The same people."""
        return people

    def name(self, name: str) -> str:
        """The same name."""
        return name

    def id(self, own: str) -> str:
        """The same id."""
        return own

    def teller(self) -> Callable[[str], str]:
        """What gives a text back as it is."""
        return str

    def __call__(self, messages: Iterator[Message], funnel: Funnel) -> Iterator[Message]:  # noqa: ARG002
        """The same messages."""
        return messages
