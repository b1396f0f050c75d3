"""What the arena shows: held-out moments with the run's reply and its rival's, made beforehand in batches."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from doppel.arena.nouns import REAL, About, Pair, Said
from doppel.commands.evidence import Evidence, evidence_of
from doppel.commands.frozen import frozen_config
from doppel.commands.resume import refuse_changed_data
from doppel.commands.show import console
from doppel.commands.systems import require_result, systems_of
from doppel.config.compose import compose
from doppel.errors import RunError
from doppel.evaluation.nouns import BASE, FEW_SHOT, RESULT, Burst, Moment
from doppel.run.directory import RunDirectory, open_run

OF_GAME = ("persona", "part", "moments", "context_turns", "shows_names", "seed", "generation")
OF_RUN = ("created_at", "kept_step")


@dataclass(frozen=True, slots=True)
class Rival:
    """Whose replies stand beside the run's."""

    typed: str  # on the command line
    name: str
    run: RunDirectory | None  # None: the person themself, or a baseline of the run


def rival_of(word: str) -> Rival:
    """The rival that a word names. Raises: RunError where it names no run."""
    if word in (REAL, BASE, FEW_SHOT):
        return Rival(word, word, None)
    run = open_run(word)
    name = run.path.name
    return Rival(word, f"run {name}" if name in (REAL, BASE, FEW_SHOT) else name, run)


def fingerprint(run: RunDirectory, rival: Rival, config: dict[str, Any]) -> str:
    """Of all that the replies are made of, so that guesses about one set of them are never added to another's."""
    made_of = [
        {**{name: manifest.get(name) for name in OF_RUN}, "samples": manifest.get("data", {}).get("sha256")}
        for manifest in (of.manifest() for of in (run, rival.run) if of is not None)
    ]
    content = [made_of, rival.name, {name: config[name] for name in OF_GAME}]
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def made(
    run: RunDirectory, rival: Rival, trained: dict[str, Any], config: dict[str, Any], opted_in: tuple[str, ...]
) -> tuple[About, list[Pair]]:
    """What is asked, and the moments with two different replies each.

    Raises: RunError where nothing is held out, the rival knows other data, or no two replies differ; ModelError.
    """
    evidence = evidence_of(run, trained, _asking(config, []), run)
    asked = evidence.material.asked
    console().print(evidence.told, markup=False)
    if rival.run is not None:
        _refuse_other_data(run, rival.run, evidence.part)
        theirs = _replies_of_another(rival.run, run, evidence, config, opted_in)
        own = _replies(run, trained, evidence, config, [])[RESULT]
    else:
        found = _replies(run, trained, evidence, config, [] if rival.name == REAL else [rival.name])
        own, theirs = found[RESULT], evidence.material.real if rival.name == REAL else found[rival.name]
    differing = [(moment, *both) for moment, *both in zip(asked, own, theirs, strict=True) if both[0] != both[1]]
    if not differing:
        raise RunError(
            f"{run.path}: in each of {len(asked)} moments its reply and that of {rival.name} are the same, word for "
            "word: there is nothing to guess. Type another seed=, or more moments="
        )
    pairs = [
        Pair(_context(moment, evidence, config), tuple(first), tuple(second)) for moment, first, second in differing
    ]
    identical = len(asked) - len(pairs)
    return About(evidence.persona.name, run.path.name, rival.name, evidence.part, config["seed"], identical), pairs


def _asking(config: dict[str, Any], baselines: list[str]) -> dict[str, Any]:
    """What an evaluation of these moments would be asked with; the rest of its keys as they are."""
    own = {name: config[name] for name in ("engine", "generation", "persona", "part", "seed")}
    number = config["moments"]
    counts = {"max_replies": number, "generated_replies": number}
    return {**compose("evaluate", [])[0], **own, **counts, "baselines": baselines}


def _replies(
    run: RunDirectory, trained: dict[str, Any], evidence: Evidence, config: dict[str, Any], baselines: list[str]
) -> dict[str, list[Burst]]:
    with run.held():
        systems = systems_of(run, trained, _asking(config, baselines), evidence)
        return {name: system.replies(evidence.material.asked) for name, system in systems}


def _replies_of_another(
    run: RunDirectory, asked: RunDirectory, evidence: Evidence, config: dict[str, Any], opted_in: tuple[str, ...]
) -> list[Burst]:
    """What another run says in the same moments, told what its own memory tells. Raises: RunError, ModelError."""
    trained = frozen_config(run, opted_in)
    refuse_changed_data(run)
    require_result(run, trained)
    same = {**config, "part": evidence.part, "persona": min(evidence.persona.ids)}
    theirs = evidence_of(run, trained, _asking(same, []), asked)  # refuses where it has learnt what is held out
    return _replies(run, trained, theirs, config, [])[RESULT]


def _refuse_other_data(run: RunDirectory, other: RunDirectory, part: str) -> None:
    """Returns when both hold out the same. Raises: RunError that names the difference."""
    one, two = (of.manifest().get("data", {}) for of in (run, other))
    if one.get("sha256", {}).get(part) != two.get("sha256", {}).get(part):
        sizes = [of.get("samples", {}).get(part, "an unknown number of") for of in (one, two)]
        raise RunError(
            f"the {part} samples of {run.path.name} ({sizes[0]}) and {other.path.name} ({sizes[1]}) are not the same: "
            "replies to other moments do not compare. Train both with the same source, filters, sessions, samples and "
            "split"
        )


def _context(moment: Moment, evidence: Evidence, config: dict[str, Any]) -> tuple[Said, ...]:
    """The last turns before the reply, whose other speakers are numbers unless their names are wanted."""
    persona = evidence.persona
    turns = moment.turns[-config["context_turns"] :]
    others = list(dict.fromkeys(turn.speaker_id for turn in turns if turn.speaker_id not in persona.ids))
    numbered = {who: f"contact {at}" for at, who in enumerate(others, start=1)}
    said = []
    for turn in turns:
        is_persona = turn.speaker_id in persona.ids
        other = turn.speaker_name if config["shows_names"] else numbered.get(turn.speaker_id, "")
        said.append(Said(persona.name if is_persona else other, is_persona, turn.messages))
    return tuple(said)
