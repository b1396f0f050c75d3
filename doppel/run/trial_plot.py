"""The picture of a sweep: the objective by trial, and by each key that varied."""

from __future__ import annotations

import itertools
import math
import textwrap
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from doppel.run.trials import Trial

FINISHED, BEST, LOST, LINE = "#3b6ea5", "#f2a900", "#c0392b", "#8a8a8a"
LOST_HEIGHT = 0.05  # crosses of trials without an objective: this part of the panel's height, below the points
TICK_GAP = 0.13  # of the panel's width: labels of listed values nearer than this would touch


@dataclass(frozen=True)
class Points:
    """The trials as every panel draws them."""

    trials: Sequence[Trial]
    best: Trial | None

    def draw(self, panel: Axes, positions: Sequence[float | None]) -> None:
        """Finished trials at their objective, the best one as a star, the others as crosses at the bottom."""
        placed = [(x, trial) for x, trial in zip(positions, self.trials, strict=True) if x is not None]
        done = [(x, trial.objective) for x, trial in placed if trial.objective is not None and trial is not self.best]
        size = 36 if len(self.trials) <= 60 else 20
        panel.scatter(*_columns(done), s=size, color=FINISHED, alpha=0.75, linewidths=0, label="finished", zorder=3)
        lost = [(x, LOST_HEIGHT) for x, trial in placed if trial.objective is None]
        bottom = panel.get_xaxis_transform()  # x in data, y in parts of the height
        panel.scatter(
            *_columns(lost), s=size, color=LOST, marker="x", linewidths=1.4, label="no objective", transform=bottom
        )
        top = [(x, trial.objective) for x, trial in placed if trial is self.best]
        panel.scatter(
            *_columns(top), s=190, color=BEST, marker="*", edgecolors="black", linewidths=0.7, label="best", zorder=4
        )


def draw_trials(
    file: Path,
    trials: Sequence[Trial],
    values: dict[str, list[str | None]],
    *,
    metric: str,
    direction: str,
    best: Trial | None,
) -> None:
    """Writes the picture as PNG: a panel by trial number, then one for each key of `values` (None: not set)."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    # Labels are data: "$" in an override is no formula, and a letter that the font lacks is no reason to stop.
    with mpl.rc_context({"text.parse_math": False, "font.size": 10}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        count = 1 + len(values)
        columns = 2 if count == 4 else min(3, count)
        rows = math.ceil(count / columns)
        figure = Figure(figsize=(max(7.0, 4.4 * columns), 0.9 + 3.4 * rows), layout="constrained", dpi=120)
        panels: list[Axes] = list(figure.subplots(rows, columns, squeeze=False, sharey=True).flat)
        points = Points(trials, best)
        _scale_objective(panels[0], trials)
        _draw_order(panels[0], points, direction)
        for panel, (key, texts) in zip(panels[1:], values.items(), strict=False):
            _draw_key(panel, points, key, texts)
        _finish(figure, panels, count, columns, metric=metric, direction=direction, best=best)
        figure.savefig(file)


def _scale_objective(panel: Axes, trials: Sequence[Trial]) -> None:
    """Limits with room at the bottom for crosses; a log axis where the objective spans more than a decade."""
    objectives = [trial.objective for trial in trials if trial.objective is not None]
    below = 0.1 if len(objectives) == len(trials) else 0.2  # of the span
    if not objectives:
        panel.set_yticks([])
        return
    low, high = min(objectives), max(objectives)
    if _needs_log(objectives):
        panel.set_yscale("log")
        _plain_log_ticks(panel.yaxis)
        ratio = high / low
        panel.set_ylim(low / ratio**below, high * ratio**0.1)
    else:
        span = (high - low) or abs(high) * 0.1 or 1.0
        panel.set_ylim(low - below * span, high + 0.1 * span)


def _draw_order(panel: Axes, points: Points, direction: str) -> None:
    from matplotlib.ticker import MaxNLocator

    better = min if direction == "minimize" else max
    steps: list[tuple[float, float]] = []
    for trial in points.trials:
        if trial.objective is not None:
            steps.append((trial.number, better(trial.objective, steps[-1][1]) if steps else trial.objective))
    numbers = [trial.number for trial in points.trials]
    if steps and len(numbers) > 1:
        steps.append((numbers[-1], steps[-1][1]))
        panel.step(*_columns(steps), where="post", color=LINE, linewidth=1.4, label="best so far", zorder=2)
    points.draw(panel, numbers)
    panel.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8, min_n_ticks=1))
    room = 0.5 + 0.03 * (numbers[-1] - numbers[0])
    panel.set_xlim(numbers[0] - room, numbers[-1] + room)
    panel.set_xlabel("trial")


def _draw_key(panel: Axes, points: Points, key: str, texts: list[str | None]) -> None:
    numbers = [_number(text) for text in texts]
    absent = sum(text is None for text in texts)
    if all(number is not None for number, text in zip(numbers, texts, strict=True) if text is not None):
        _scale_numbers(panel, [number for number in numbers if number is not None])
        points.draw(panel, numbers)
    else:
        _draw_strip(panel, points, texts)
    note = f"\n(not set in {absent} trial{'s' if absent > 1 else ''})" if absent else ""
    panel.set_xlabel(_wrapped(key) + note)


def _scale_numbers(panel: Axes, numbers: list[float]) -> None:
    distinct = sorted(set(numbers))
    is_log = _needs_log(distinct)
    places = [math.log10(number) if is_log else number for number in distinct]
    span = (places[-1] - places[0]) or 1.0
    if is_log:
        panel.set_xscale("log")
        panel.set_xlim(10 ** (places[0] - 0.08 * span), 10 ** (places[-1] + 0.08 * span))
        _plain_log_ticks(panel.xaxis)
    else:
        panel.set_xlim(places[0] - 0.08 * span, places[-1] + 0.08 * span)
    gaps = [(after - before) / span for before, after in itertools.pairwise(places)]
    if len(distinct) <= 7 and all(gap >= TICK_GAP for gap in gaps):
        panel.set_xticks(distinct, [f"{number:.4g}" for number in distinct])
        panel.set_xticks([], minor=True)
    elif not is_log:
        panel.locator_params(axis="x", nbins=5)


def _draw_strip(panel: Axes, points: Points, texts: list[str | None]) -> None:
    names = list(dict.fromkeys(text for text in texts if text is not None))
    # Neighbouring trials stand beside each other, so that equal objectives do not hide each other.
    spread = [((7 * place) % 11 / 10 - 0.5) * 0.4 if len(texts) > len(names) else 0.0 for place in range(len(texts))]
    positions = [None if text is None else names.index(text) + shift for text, shift in zip(texts, spread, strict=True)]
    points.draw(panel, positions)
    labels = _distinct_labels(names)
    is_crowded = sum(map(len, labels)) + 2 * len(labels) > 34
    panel.set_xticks(range(len(names)), labels)
    if is_crowded:
        panel.tick_params(axis="x", labelrotation=30 if len(names) <= 6 else 90, labelsize=8 if len(names) <= 15 else 6)
        for label in panel.get_xticklabels():
            label.set_horizontalalignment("right" if len(names) <= 6 else "center")
            label.set_rotation_mode("anchor" if len(names) <= 6 else "default")
    panel.set_xlim(-0.6, len(names) - 0.4)


def _finish(
    figure: Figure, panels: list[Axes], count: int, columns: int, *, metric: str, direction: str, best: Trial | None
) -> None:
    for place, panel in enumerate(panels[:count]):
        panel.grid(visible=True, color="#e4e4e4", linewidth=0.7)
        panel.set_axisbelow(True)
        panel.spines[["top", "right"]].set_visible(False)
        if place % columns == 0:
            panel.set_ylabel(_shortened(metric, 36))
    for panel in panels[count:]:
        panel.remove()
    if best is None:
        place = panels[0].transAxes
        panels[0].text(0.5, 0.55, "no trial finished", transform=place, ha="center", color=LOST, fontsize=13)
    aim = "lower" if direction == "minimize" else "higher"
    told = "no trial finished" if best is None else f"best: trial {best.number} with {best.objective:.6g}"
    figure.suptitle(f"{_shortened(metric, 36)} ({aim} is better), {told}", fontsize=12)
    drawn = {text: handle for handle, text in zip(*panels[0].get_legend_handles_labels(), strict=True)}
    shown = {text: handle for text, handle in drawn.items() if _has_points(handle)}
    figure.legend(shown.values(), shown.keys(), loc="outside lower center", ncols=4, frameon=False)


def _has_points(artist: Any) -> bool:
    return len(artist.get_offsets() if hasattr(artist, "get_offsets") else artist.get_xdata()) > 0


def _needs_log(numbers: Sequence[float]) -> bool:
    return min(numbers) > 0 and max(numbers) > 10 * min(numbers)


def _plain_log_ticks(axis: Any) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axis.set_major_locator(LogLocator(numticks=5))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def _columns(pairs: Sequence[tuple[Any, Any]]) -> tuple[list[Any], list[Any]]:
    return [x for x, _ in pairs], [y for _, y in pairs]


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _distinct_labels(names: Sequence[str], limit: int = 22) -> list[str]:
    """Names cut to the limit, still told apart: without the folders all share, numbered where that is not enough."""
    if max(map(len, names)) <= limit:
        return list(names)
    folders = [name.split("/")[:-1] for name in names]
    shared = list(itertools.takewhile(lambda level: len(set(level)) == 1, zip(*folders, strict=False)))
    own = ["/".join(name.split("/")[len(shared) :]) for name in names]
    labels = [_shortened(name, limit) for name in own]
    if len(set(labels)) == len(labels):
        return labels
    return [f"{place}: {_shortened(name, limit - 4)}" for place, name in enumerate(own, 1)]


def _shortened(text: str, limit: int) -> str:
    half = (limit - 3) // 2
    return text if len(text) <= limit else f"{text[:half]}...{text[-half:]}"


def _wrapped(name: str) -> str:
    """A dotted name on lines of a panel's width, broken after its dots where it can be."""
    spaced = name.replace(".", ". ").replace("/", "/ ")
    lines = textwrap.wrap(spaced, 44, break_on_hyphens=False)
    return "\n".join(line.replace(". ", ".").replace("/ ", "/") for line in lines)
