"""The data half of the line: export file -> messages -> sessions -> samples -> split, with one funnel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from doppel.config.build import build, build_all
from doppel.errors import DataError
from doppel.filters.apply import apply_filters
from doppel.persona.people import People, count_people
from doppel.persona.resolve import resolve_persona
from doppel.types import Funnel, Persona, Source, Split


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the learning half needs, and how it came about."""

    split: Split
    persona: Persona
    people: People
    funnel: Funnel
    fingerprint: Mapping[str, str]  # input file -> sha256


def prepare_samples(config: dict[str, Any]) -> Prepared:
    """The samples of the composed config.

    Raises: DataError from whichever stage finds the fault.
    """
    funnel = Funnel()
    source: Source = build(config["source"])
    people = count_people(source.messages(Funnel()))
    persona = resolve_persona(config["persona"], people, source.owner_id())

    messages = source.messages(funnel)
    messages = apply_filters(messages, build_all(config["filters"]), funnel)
    sessions = build(config["sessions"])(messages, funnel)
    samples = tuple(build(config["samples"])(sessions, persona, funnel))
    if not samples:
        lines = "\n".join(
            f"  {count.stage}: {count.dropped} {count.unit} left out ({count.why})" for count in funnel.counts
        )
        raise DataError(f"nothing is left to learn from {persona.name}:\n{lines}")
    split = build(config["split"])(samples, funnel)
    return Prepared(split, persona, people, funnel, source.fingerprint())
