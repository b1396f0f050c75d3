"""What a run logged, read back and compared."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path

from doppel.errors import RunError


@dataclass(frozen=True, slots=True)
class Difference:
    """A logged value that is not what it was."""

    step: int
    name: str
    before: float | None
    after: float | None


def read_metrics(file: Path) -> list[dict[str, float]]:
    """The rows of a metrics file, empty cells left out.

    Raises: RunError where the file is missing or damaged.
    """
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            return [{key: float(cell) for key, cell in row.items() if cell} for row in csv.DictReader(lines)]
    except OSError as error:
        raise RunError(f"{file} cannot be read: {error.strerror}") from error
    except (ValueError, TypeError) as error:
        raise RunError(f"{file} is damaged: {error}") from error


def values_of(rows: list[dict[str, float]], name: str) -> list[tuple[int, float]]:
    """The (step, value) pairs of one logged name, in order."""
    return [(int(row["step"]), row[name]) for row in rows if name in row]


def best_value(rows: list[dict[str, float]], name: str, *, direction: str) -> float | None:
    """The best finite value of one logged name, None where there is none."""
    values = [value for _, value in values_of(rows, name) if math.isfinite(value)]
    if not values:
        return None
    return min(values) if direction == "minimize" else max(values)


def compare_losses(before: list[dict[str, float]], after: list[dict[str, float]]) -> tuple[int, list[Difference]]:
    """How many logged losses there are in all, and which of them differ in any bit."""
    names = sorted({name for row in (*before, *after) for name in row if name.endswith("/loss")})
    num_compared, differences = 0, []
    for name in names:
        old, new = values_of(before, name), values_of(after, name)
        for index in range(max(len(old), len(new))):
            then = old[index] if index < len(old) else None
            now = new[index] if index < len(new) else None
            num_compared += 1
            if then != now:
                step = (then or now or (0, 0.0))[0]
                differences.append(Difference(step, name, then and then[1], now and now[1]))
    return num_compared, differences
