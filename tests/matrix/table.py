"""conf/MATRIX.md: the table for people, made from the rules and from what the walk has seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

from tests.matrix.cells import MODELS, Cell, Verdict, options

HEAD = """# What has been tried with what

Made by `make matrix` from the rules ([RULES.md](RULES.md)) and from training each cell that they let through: two steps
of a tiny model of the architecture, in as many processes as the strategy asks for, until its result is saved.

| sign | cells | |
| --- | --- | --- |"""
MEANINGS = {
    "+": "trains, on a CPU too: seen",
    "G": "sound by the rules, and needs a GPU: this walk had none",
    "number": "refused before anything is built, by the rules with these numbers below",
    "!": "crashed",
    "?": "not walked yet",
}


@dataclass(frozen=True, slots=True)
class Walk:
    """What came of the cells that were trained."""

    faults: Mapping[Cell, str]  # "" for a cell that came to its end
    day: str  # of the first of them


def page(verdicts: Mapping[Cell, Verdict], walk: Walk) -> str:
    """The whole page."""
    rules = _rules(verdicts, "refused")
    numbers = {rule: number for number, rule in enumerate(rules, start=1)}
    signs = {cell: _sign(cell, verdict, walk, numbers) for cell, verdict in verdicts.items()}
    counts = Counter(sign if sign in MEANINGS else "number" for sign in signs.values())
    shown = [sign for sign in MEANINGS if counts[sign] or sign == "!"]
    parts = [HEAD, *(f"| {sign} | {counts[sign]} | {MEANINGS[sign]} |" for sign in shown)]
    parts += ["", f"{len(verdicts)} cells. Those that train were walked on {walk.day}, or later.", ""]
    parts += [_architecture(name, signs) for name in MODELS]
    parts += ["## The rules by their numbers\n", *(f"{number}. {rule}" for rule, number in numbers.items()), ""]
    return "\n".join([*parts, f"A GPU is what {' and '.join(_rules(verdicts, 'needs GPU'))} ask for.", ""])


def _rules(verdicts: Mapping[Cell, Verdict], kind: str) -> list[str]:
    return sorted({rule for verdict in verdicts.values() if verdict.kind == kind for rule in verdict.rules})


def _architecture(name: str, signs: Mapping[Cell, str]) -> str:
    strategies = options("strategy")
    lines = [f"## {name}\n", f"| adapter | precision | {' | '.join(strategies)} |"]
    lines.append("| --- " * (2 + len(strategies)) + "|")
    for adapter in options("adapter"):
        rows = (
            (precision, [signs[Cell(name, adapter, precision, strategy)] for strategy in strategies])
            for precision in options("precision")
        )
        lines += _joined(adapter, rows)
    return "\n".join([*lines, ""])


def _joined(adapter: str, rows: Iterable[tuple[str, list[str]]]) -> list[str]:
    """The rows of an adapter, neighbours that say the same in one."""
    return [
        f"| {adapter} | {', '.join(precision for precision, _ in alike)} | {' | '.join(row)} |"
        for row, alike in groupby(rows, key=lambda each: each[1])
    ]


def _sign(cell: Cell, verdict: Verdict, walk: Walk, numbers: Mapping[str, int]) -> str:
    if verdict.kind == "refused":
        return " ".join(str(numbers[rule]) for rule in verdict.rules)
    if verdict.kind == "needs GPU" and cell not in walk.faults:
        return "G"
    return "?" if cell not in walk.faults else "!" if walk.faults[cell] else "+"
