"""The picture of a comparison: quality, and what it has cost."""

from __future__ import annotations

import textwrap
import warnings
from typing import TYPE_CHECKING

from doppel.evaluation.comparison import value

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from doppel.evaluation.comparison import Contender, Standing

DOT, BEST = "#3b6ea5", "#f2a900"
LABEL_CHARS = 34  # of a line
COSTS = {"minutes": "minutes of training", "peak_mib": "peak memory, MiB", "kept_mib": "kept on disk, MiB"}


def draw_comparison(file: Path, standings: Sequence[Standing], metric: str, better: str) -> None:
    """Writes a PNG: the metric with its intervals, then against each cost."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    shown = [standing.contender for standing in standings]
    with mpl.rc_context({"text.parse_math": False, "font.size": 10}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure = Figure(figsize=(17.0, 1.8 + 0.6 * max(len(shown), 4)), layout="constrained", dpi=120)
        panels = figure.subplots(1, 1 + len(COSTS), width_ratios=(1.4, *(1 for _ in COSTS)))
        _bars(panels[0], shown, metric)
        for panel, (cost, label) in zip(panels[1:], COSTS.items(), strict=True):
            _against(panel, shown, metric, cost)
            panel.set_xlabel(label)
            panel.set_ylabel(metric)
            panel.spines[["top", "right"]].set_visible(False)
        figure.suptitle(f"{metric} on later messages: {better} is better, best first, 95 % intervals", fontsize=11)
        figure.savefig(file)


def _bars(panel, shown: Sequence[Contender], metric: str) -> None:  # noqa: ANN001 -- matplotlib's
    for place, one in enumerate(shown):
        found = one.values[metric]
        low, high = (found["value"] if found[end] is None else found[end] for end in ("low", "high"))
        panel.plot([low, high], [place, place], color=DOT, linewidth=2)
        panel.scatter([found["value"]], [place], color=DOT if place else BEST, s=60, zorder=3, edgecolors="black")
    labels = [f"{number}: {textwrap.fill(one.name, LABEL_CHARS)}" for number, one in enumerate(shown, start=1)]
    panel.set_yticks(range(len(shown)), labels, fontsize=8)
    panel.invert_yaxis()
    panel.set_xlabel(metric)
    panel.spines[["top", "right"]].set_visible(False)


def _against(panel, shown: Sequence[Contender], metric: str, cost: str) -> None:  # noqa: ANN001 -- matplotlib's
    costs = {str(number): one.costs.get(cost) for number, one in enumerate(shown, start=1)}
    known = {number: found for number, found in costs.items() if found is not None}
    for number, found in known.items():
        place = found, value(shown[int(number) - 1], metric)
        panel.scatter(*([x] for x in place), s=50, color=BEST if number == "1" else DOT, edgecolors="black", zorder=3)
        panel.annotate(number, place, xytext=(6, 5), textcoords="offset points", fontsize=9)
    if not known:
        panel.text(0.5, 0.5, "not known", ha="center", transform=panel.transAxes)
    panel.margins(x=0.25, y=0.15)
