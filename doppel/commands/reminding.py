"""What a run's memory adds to prompts: the same for the samples it learns from and for whoever talks with it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from doppel.config.build import build
from doppel.errors import RunError
from doppel.memory.facts import Facts, fitting, read_facts
from doppel.memory.none import NoMemory
from doppel.memory.passages import Horizon, Passage
from doppel.memory.recalling import Recalling
from doppel.memory.recollection import Recollection
from doppel.run.directory import RunDirectory
from doppel.run.samples import each_sample, fingerprint
from doppel.types import JUDGED, Briefing, Sample, Turn

FACTS_COPY = "data/facts.md"  # in a run directory: what it has learnt with
RECALLED_COPY = "data/recalled.jsonl"  # what is recalled from, where that is not the run's own training samples


class Reminding:
    """Says what stands in a prompt beside the conversation. Raises: ConfigError, RunError, ModelError."""

    def __init__(
        self,
        node: dict[str, Any],
        samples: Callable[[], Iterable[Sample]],
        length: Callable[[str], int],
        *,
        sha256: str,
        facts: Path | None,
        keep: Path | None,
    ) -> None:
        """`samples`: those of the training, whose content `sha256` names; `length`: tokens of a text.

        `facts`: the file that is read; `keep`: the folder of the index, None for one that is not kept.
        """
        self.option: NoMemory | Facts = build(node)
        self.length = length
        self.facts: tuple[str, ...] = ()
        self.all_facts = 0
        self.recollection: Recollection | None = None
        self.made_of = ""  # the content that is recalled from
        if isinstance(self.option, Facts) and facts is not None:
            found = read_facts(facts)
            self.all_facts, self.facts = len(found), tuple(fitting(found, length, self.option.facts_tokens))
        if isinstance(self.option, Recalling):
            kind = type(self.option).__module__.rpartition(".")[2]
            self.made_of = sha256
            self.recollection = self.option.recollection(samples, sha256, keep / f"{kind}.msgpack" if keep else None)

    @property
    def is_empty(self) -> bool:
        """Whether prompts stay as they are without notes."""
        return self.recollection is None and not self.facts

    def texts(self) -> list[str]:
        """Everything that may come into a prompt."""
        return [*self.facts, *(one.words for one in (self.recollection.passages if self.recollection else ()))]

    def sample(self, sample: Sample) -> Sample:
        """The sample with what its turns would have been told then: nothing of itself, its session, or later."""
        if self.is_empty or sample.label in JUDGED:  # a judged reply has beside it what its model was told
            return sample
        horizon = Horizon(sample.started_at, sample.session_id)
        told = [
            replace(turn, briefing=self(sample.turns[:at], turn.speaker_id, horizon=horizon, recalls=turn.is_learnt))
            for at, turn in enumerate(sample.turns)
        ]
        return replace(sample, turns=tuple(told))

    def __call__(
        self,
        turns: Sequence[Turn],
        speaker_id: str,
        *,
        notes: Iterable[str] = (),
        horizon: Horizon | None = None,
        recalls: bool = True,
    ) -> Briefing | None:
        """What the speaker is told after these turns, None for nothing. `notes`: on who is talking, newest first."""
        if not isinstance(self.option, Facts):
            return None
        newest = list(fitting(notes, self.length, self.option.notes_tokens))
        lines, copied = (), None
        if self.recollection and recalls and isinstance(self.option, Recalling):
            copied = self.option.max_copied_words
            lines = tuple(self._fitting(self.option, self.recollection(turns, speaker_id, horizon)))
        briefing = Briefing((*self.facts, *reversed(newest)), lines, copied if lines else None)
        return briefing if briefing.system or briefing.recalled else None

    def _fitting(self, option: Recalling, passages: Iterable[Passage]) -> Iterable[str]:
        """Their lines as far as there is room; one that is too long leaves it to the next."""
        left = option.recalled_tokens
        for passage in passages:
            line = option.told(passage)
            length = self.length(f"[{line}]\n")
            if length <= left:
                left -= length
                yield line


def reminding_of(run: RunDirectory, node: dict[str, Any], length: Callable[[str], int]) -> Reminding:
    """Of a run, with the facts it has learnt with."""
    return _of_run(run, node, length, _copied(run))


def reminding_of_talk(
    run: RunDirectory, asked: dict[str, Any] | None, trained: dict[str, Any], length: Callable[[str], int]
) -> Reminding:
    """Of who talks: as asked, or else as trained.

    A file of facts is read where it is asked for. The one that a run's config names is not, only the run's copy: a run
    may be somebody else's, and name any file of this machine.
    """
    named = (asked or {}).get("facts")
    return _of_run(run, asked or trained, length, Path(named).expanduser() if named else _copied(run))


def _copied(run: RunDirectory) -> Path | None:
    copy = run.path / FACTS_COPY
    return copy if copy.is_file() else None


def _of_run(run: RunDirectory, node: dict[str, Any], length: Callable[[str], int], facts: Path | None) -> Reminding:
    other_file = run.path / RECALLED_COPY
    train_file = other_file if other_file.is_file() else run.data_file("train")
    return Reminding(
        node,
        lambda: each_sample(train_file),
        length,
        sha256=fingerprint(train_file),
        facts=facts,
        keep=run.path / "memory",
    )


def anchored_facts(config: dict[str, Any]) -> dict[str, Any]:
    """The config with its file of facts by its whole path. Raises: ConfigError where it cannot be read."""
    named = config["memory"].get("facts")
    if named is None:
        return config
    file = Path(named).expanduser().resolve()
    read_facts(file)
    return {**config, "memory": {**config["memory"], "facts": str(file)}}


def keep_recalled(earlier: RunDirectory, run: RunDirectory) -> None:
    """Copies what the earlier run recalls from, for a run whose own samples nobody said. Raises: RunError."""
    copy = earlier.path / RECALLED_COPY
    try:
        shutil.copyfile(copy if copy.is_file() else earlier.data_file("train"), run.path / RECALLED_COPY)
    except OSError as error:
        raise RunError(f"{run.path / RECALLED_COPY} cannot be written: {error.strerror}; type outputs=...") from error


def keep_facts(config: dict[str, Any], run: RunDirectory) -> None:
    """Copies the facts into the run, so that it can be repeated. Raises: RunError."""
    if config["memory"].get("facts") is None:
        return
    try:
        shutil.copyfile(config["memory"]["facts"], run.path / FACTS_COPY)
    except OSError as error:
        raise RunError(f"{run.path / FACTS_COPY} cannot be written: {error.strerror}; type outputs=...") from error
