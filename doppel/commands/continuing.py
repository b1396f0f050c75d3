"""A run on feedback goes on from an earlier one: it asks as that one did, and knows whom that one knew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from doppel.commands.judged import is_of_feedback
from doppel.commands.reminding import keep_recalled
from doppel.commands.speaking import is_timed, people_of, personas_of, relationships_of
from doppel.config.rule import option_of
from doppel.errors import ConfigError
from doppel.run.directory import RunDirectory, write_json
from doppel.types import Persona

MARKUP_FILE = "markup.json"
OF_PROMPT = ("markup", "samples", "experiment", "memory", "name_tokens")  # overrides that decide what a prompt is
TIMES = ("burst_messages", "reply_seconds", "pause_seconds", "answers")  # facts that feedback has none of


def refuse_other_prompts(config: dict[str, Any]) -> None:
    """Returns where feedback is learnt behind such prompts as the earlier adapter knows. Raises: ConfigError."""
    if not is_of_feedback(config) or config["continue_from"] is None:
        return
    folder = Path(config["continue_from"])
    earlier = _earlier(config)
    known = _markup(folder)
    if known is not None and known != config["markup"]:
        keys = [key for key in {**known, **config["markup"]} if known.get(key) != config["markup"].get(key)]
        told = "; ".join(f"markup.{key} is {known.get(key)} there and {config['markup'].get(key)} here" for key in keys)
        raise ConfigError(f"the adapter in {folder} was trained with another markup: {told}. {_typed(earlier)}")
    if earlier is not None and earlier.config()["samples"].get("situation") != config["samples"].get("situation"):
        raise ConfigError(
            f"the adapter in {folder} was trained with another samples.situation, which is told in its prompts. "
            f"{_typed(earlier)}"
        )
    if earlier is not None and option_of(earlier.config(), "memory") != option_of(config, "memory"):
        raise ConfigError(
            f"the adapter in {folder} was trained with memory={option_of(earlier.config(), 'memory')}, and would be "
            f"talked to with memory={option_of(config, 'memory')}. {_typed(earlier)}"
        )


def inherit(run: RunDirectory, config: dict[str, Any]) -> None:
    """Gives a run on feedback what it cannot know of itself: personas by id, contacts, relationships, times."""
    earlier = _earlier(config) if is_of_feedback(config) else None
    if earlier is None:
        return
    personas = personas_of(earlier)
    run.update_manifest(
        personas=[_written(one) for one in (*personas, *_new(personas_of(run), personas))],
        relationships=relationships_of(earlier),
        known=[[one.speaker_id, one.name, one.message_count] for one in people_of(earlier, personas)],
        is_timed=is_timed(earlier),
    )
    keep_recalled(earlier, run)
    write_json(
        run.path / "facts.json", run.facts() | {key: value for key, value in earlier.facts().items() if key in TIMES}
    )


def _earlier(config: dict[str, Any]) -> RunDirectory | None:
    """The run whose adapter is gone on from; None where its folder lies alone."""
    if config["continue_from"] is None:
        return None
    run = RunDirectory(Path(config["continue_from"]).parent)
    return run if run.config_file.is_file() and run.manifest_file.is_file() else None


def _markup(folder: Path) -> dict[str, Any] | None:
    try:
        return json.loads((folder / MARKUP_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):  # of another maker
        return None


def _typed(earlier: RunDirectory | None) -> str:
    file = None if earlier is None else earlier.path / "overrides.yaml"
    words = yaml.safe_load(file.read_text(encoding="utf-8")) if file is not None and file.is_file() else []
    found = [str(word) for word in words or [] if str(word).lstrip("+~").startswith(OF_PROMPT)]
    return f"Type what it was trained with: {' '.join(found)}" if found else "Leave markup and samples as they are"


def _new(found: tuple[Persona, ...], known: tuple[Persona, ...]) -> list[Persona]:
    ids = frozenset[str]().union(*(one.ids for one in known))
    return [one for one in found if not one.ids & ids]


def _written(persona: Persona) -> dict[str, Any]:
    return {"name": persona.name, "ids": sorted(persona.ids)}
