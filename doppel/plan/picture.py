"""The picture of several plans: what each costs against how long it takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

COLOURS = ("#3b6ea5", "#f2a900", "#c0392b", "#4b8b3b", "#7d4fa0", "#8a8a8a", "#1f9e9e", "#b5651d")


@dataclass(frozen=True, slots=True)
class Point:
    """A config on a kind of GPU."""

    gpu: str
    about: str  # what of the config differs from the others
    hours: tuple[float, ...]  # least and most
    dollars: tuple[float, ...]
    is_sure: bool  # it fits; else it is tight


def draw(file: Path, points: Sequence[Point], of: str) -> None:
    """Writes the picture as PNG: dollars against hours, both with their ranges, a colour for each kind of GPU."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"text.parse_math": False, "font.size": 9}):
        figure = Figure(figsize=(8.5, 5.5), layout="constrained", dpi=120)
        panel = figure.subplots()
        kinds = list(dict.fromkeys(point.gpu for point in points))
        for point in points:
            colour = COLOURS[kinds.index(point.gpu) % len(COLOURS)]
            x, y = sum(point.hours) / 2, sum(point.dollars) / 2
            panel.plot(point.hours, (y, y), color=colour, alpha=0.35, linewidth=1, zorder=2)
            panel.plot((x, x), point.dollars, color=colour, alpha=0.35, linewidth=1, zorder=2)
            panel.scatter([x], [y], s=40, color=colour if point.is_sure else "white", edgecolors=colour, zorder=3)
            panel.annotate(point.about, (x, y), xytext=(5, 4), textcoords="offset points", fontsize=7)
        for place, kind in enumerate(kinds):
            panel.scatter([], [], s=40, color=COLOURS[place % len(COLOURS)], label=kind)
        if points:
            panel.set_xscale("log")
            panel.set_yscale("log")
            figure.legend(loc="outside lower center", ncols=6, frameon=False)
        else:
            panel.text(0.5, 0.5, "no plan fits", transform=panel.transAxes, ha="center")
        panel.set_xlabel(f"hours of {of}")
        panel.set_ylabel(f"dollars of {of}")
        panel.set_title("what fits (filled) and what is tight (hollow); lines are ranges")
        panel.grid(visible=True, color="#e4e4e4", linewidth=0.7)
        panel.spines[["top", "right"]].set_visible(False)
        figure.savefig(file)
