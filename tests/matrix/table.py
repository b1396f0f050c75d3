"""conf/MATRIX.md: the table for people, made from the rules and from what the walk has seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import product

from tests.matrix.cells import MODELS, Cell, Verdict, options

HEAD = """# What has been tried with what

Made from the rules of `doppel/config` by `make matrix`, which then trains each cell that they let through: two steps of
a tiny model, in as many processes as the strategy asks for.

+ : trains (on CPU processes too); G : needs a GPU; a number : refused, by the rule with this number below.
"""


def page(verdicts: Mapping[Cell, Verdict]) -> str:
    """The whole page."""
    rules = sorted({rule for verdict in verdicts.values() if verdict.kind == "refused" for rule in verdict.rules})
    numbers = {rule: number for number, rule in enumerate(rules, start=1)}
    counts = Counter(verdict.kind for verdict in verdicts.values())
    told = f"{len(verdicts)} cells: {counts['trains']} train, {counts['refused']} are refused by a rule, "
    parts = [HEAD, f"{told}{counts['needs GPU']} need a GPU.\n"]
    parts += [_architecture(name, verdicts, numbers) for name in MODELS]
    parts += ["## Rules\n", *(f"{number}. {rule}" for rule, number in numbers.items())]
    needing = sorted({rule for verdict in verdicts.values() if verdict.kind == "needs GPU" for rule in verdict.rules})
    parts += ["", f"On a machine without a GPU, G is said by: {', '.join(needing) or 'no rule'}.", ""]
    return "\n".join(parts)


def _architecture(name: str, verdicts: Mapping[Cell, Verdict], numbers: Mapping[str, int]) -> str:
    strategies = options("strategy")
    head = f"| adapter | precision | {' | '.join(strategies)} |"
    lines = [f"## {name}\n", head, "| --- " * (2 + len(strategies)) + "|"]
    for adapter, precision in product(options("adapter"), options("precision")):
        row = [_sign(verdicts[Cell(name, adapter, precision, strategy)], numbers) for strategy in strategies]
        lines.append(f"| {adapter} | {precision} | {' | '.join(row)} |")
    return "\n".join([*lines, ""])


def _sign(verdict: Verdict, numbers: Mapping[str, int]) -> str:
    if verdict.kind == "refused":
        return ", ".join(str(numbers[rule]) for rule in verdict.rules)
    return {"trains": "+", "needs GPU": "G"}[verdict.kind]
