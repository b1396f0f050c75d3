"""Which runs have read somebody's words, and how they are trained again without them."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from doppel.errors import RunError
from doppel.run.directory import RunDirectory
from doppel.run.samples import each_sample

PARTS = ("train", "validation", "test")
EXCLUDE = "filters.people.exclude="


@dataclass(frozen=True, slots=True)
class Reader:
    """A run that has somebody's words, or that goes on from one that has."""

    run: RunDirectory
    messages: int  # of theirs in its data, in the samples of all parts
    learnt: int  # of those that were to be learnt, not only read as context
    speaker_ids: tuple[str, ...]  # what its data call them
    is_of: str | None  # the run that it goes on from, where its own data have none of their words

    def command(self) -> str:
        """What to type for a run without them."""
        try:
            words = shlex.split((self.run.path / "command.txt").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            words = ["doppel", "train", "..."]
        excluded = _excluded(self.run) | set(self.speaker_ids)
        kept = [word for word in words if not word.startswith(EXCLUDE)]
        return shlex.join([*kept, f"{EXCLUDE}[{','.join(sorted(excluded))}]"])


def readers(folder: Path, ids: frozenset[str], name: str) -> Iterator[Reader]:
    """Every run under the folder that has words of somebody with one of these ids or this name, in any case."""
    tainted: dict[Path, RunDirectory] = {}
    clean: list[RunDirectory] = []
    for manifest in sorted(folder.rglob("manifest.json")):
        run = RunDirectory(manifest.parent.resolve())
        if not run.config_file.is_file():
            continue
        if reader := _reader(run, ids, name.casefold()):
            tainted[run.path] = run
            yield reader
        else:
            clean.append(run)
    while found := [(run, source) for run in clean if (source := _source(run, tainted))]:
        for run, source in found:
            tainted[run.path] = run
            clean.remove(run)
            yield Reader(run, 0, 0, (), source)


def _reader(run: RunDirectory, ids: frozenset[str], name: str) -> Reader | None:
    messages = learnt = 0
    speaker_ids: set[str] = set()
    for part in PARTS:
        if not run.data_file(part).is_file():
            continue
        for sample in each_sample(run.data_file(part)):
            for turn in sample.turns:
                if turn.speaker_id in ids or turn.speaker_name.casefold() == name:
                    speaker_ids.add(turn.speaker_id)
                    messages += len(turn.messages)
                    learnt += len(turn.messages) if turn.is_learnt else 0
    return Reader(run, messages, learnt, tuple(sorted(speaker_ids)), None) if messages else None


def _source(run: RunDirectory, tainted: dict[Path, RunDirectory]) -> str | None:
    """The run with their words that this one goes on from."""
    config = _config(run)
    named = [config.get("continue_from"), *(config.get("merged_adapters") or [])]
    for one in named:
        place = Path(str(one)).expanduser().resolve() if one else None
        if place and any(path in (place, *place.parents) for path in tainted):
            return str(one)
    return None


def _excluded(run: RunDirectory) -> set[str]:
    people = (_config(run).get("filters") or {}).get("people") or {}
    return {str(one) for one in people.get("exclude") or []}


def _config(run: RunDirectory) -> dict[str, Any]:
    try:
        return run.config()
    except RunError:  # its data were read all the same
        return {}
