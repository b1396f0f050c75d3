"""Whether what is held out stands in what was learnt: an evaluation of such a run would measure its memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from doppel.errors import RunError
from doppel.run.directory import RunDirectory
from doppel.split.keys import MessageKeys, WordRuns
from doppel.split.lookup import Kept, Lookup, distinct
from doppel.split.said import answers, everything
from doppel.types import Sample

SHARED_WORDS = 8  # in a row: what split.purge_shared_words leaves out unless told otherwise


def refuse_leaks(
    run: RunDirectory, learnt: Iterable[Sample], held_out: list[Sample], part: str, remembered: Sequence[str] = ()
) -> None:
    """Returns when no message of a held-out sample, and no 8 words in a row of a held-out reply, stand in training.

    Prompts of the few-shot baseline are made of training samples, and so are looked at, too; as are the facts and
    passages that may be told beside the conversation (`remembered`). Raises: RunError.
    """
    kept = {"messages": Kept(), "words": Kept()}
    messages, runs = MessageKeys(kept["messages"]), WordRuns(SHARED_WORDS, kept["words"])
    for place, sample in enumerate(held_out):
        messages.add(sample, place)
        runs.add(answers(sample), place)
    messages.finish()
    runs.finish()
    all_of_them = np.ones(len(held_out), dtype=bool)
    found = {name: _Found() for name in kept}
    wanted = {name: distinct(of.of(all_of_them)) for name, of in kept.items()}
    lookups = {name: Lookup(wanted[name], found[name]) if len(wanted[name]) else found[name].nothing for name in kept}
    learnt_messages, learnt_runs = MessageKeys(lookups["messages"]), WordRuns(SHARED_WORDS, lookups["words"])
    for sample in learnt:
        learnt_messages.add(sample, 0)
        learnt_runs.add(everything(sample), 0)
    learnt_messages.finish()
    learnt_runs.finish()
    found["memory"] = _Found()
    told = Lookup(wanted["words"], found["memory"]) if len(wanted["words"]) else found["memory"].nothing
    told_runs = WordRuns(SHARED_WORDS, told)
    told_runs.add(remembered, 0)
    told_runs.finish()
    _tell(run, part, {name: of.number for name, of in found.items()})


class _Found:
    """Counts what is found twice."""

    def __init__(self) -> None:
        self.number = 0

    def __call__(self, keys: np.ndarray, _owners: np.ndarray) -> None:
        self.number += len(keys)

    def nothing(self, _keys: np.ndarray, _owners: np.ndarray) -> None:
        """Finds nothing, as nothing is wanted."""


def _tell(run: RunDirectory, part: str, found: dict[str, int]) -> None:
    if found["messages"]:
        raise RunError(
            f"{run.path}: messages of its {part} samples stand among its training samples {found['messages']} times: "
            "what it has learnt cannot be measured on them. Train again with another split=..., such as split=temporal"
        )
    if found["words"]:
        raise RunError(
            f"{run.path}: {SHARED_WORDS} words in a row of held-out {part} replies stand among its training samples "
            f"{found['words']} times: what it has learnt cannot be measured on them. Train again with "
            f"split.purge_shared_words={SHARED_WORDS}"
        )
    if found["memory"]:
        raise RunError(
            f"{run.path}: {SHARED_WORDS} words in a row of held-out {part} replies stand in what memory tells "
            f"{found['memory']} times. Take them out of the facts (memory.facts), delete {run.path / 'memory'}, which "
            "is made anew, or type memory=none"
        )
