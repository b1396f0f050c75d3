"""Bars and curves as SVG that stands inside a page: nothing is fetched to show them."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

INK, LEARNT, PALE = "#33414e", "#1a7f5a", "#b9c4cd"
WIDTH, HEIGHT = 5.2, 2.5  # inches


def bars(labels: Sequence[str], series: Mapping[str, Sequence[float]], *, x: str, y: str) -> str:
    """SVG of bars side by side, one group a label, one colour a series."""
    figure, axis = _figure()
    width = 0.8 / len(series)
    for number, (name, values) in enumerate(series.items()):
        places = [place + (number - (len(series) - 1) / 2) * width for place in range(len(labels))]
        axis.bar(places, values, width, label=name, color=(LEARNT, PALE, INK)[number])
    axis.set_ylim(bottom=0)  # also where all are 0, which would be drawn around the middle
    axis.set_xticks(range(len(labels)), labels, rotation=45 if max(map(len, labels), default=0) > 5 else 0)
    if len(series) > 1:
        axis.legend(frameon=False, fontsize=8)
    return _svg(figure, axis, x, y)


def lengths(tokens: Sequence[int], *, max_tokens: int, context_tokens: int | None) -> str:
    """SVG of the share of samples that are at most so many tokens long, with the limits as lines."""
    figure, axis = _figure()
    ordered = sorted(tokens)
    shares = [100 * place / len(ordered) for place in range(1, len(ordered) + 1)]
    axis.step(ordered, shares, where="post", color=LEARNT)
    axis.axvline(max_tokens, color=INK, linestyle="--", linewidth=1)
    _name(axis, f"batches.max_tokens {max_tokens:,}", max_tokens)
    if context_tokens and context_tokens <= 4 * max(ordered[-1], max_tokens):
        axis.axvline(context_tokens, color=PALE, linewidth=1)
        _name(axis, f"context {context_tokens:,}", context_tokens)
    axis.set_ylim(0, 102)
    axis.set_xlim(left=0)
    return _svg(figure, axis, "tokens", "% of windows at most so long")


def _name(axis: Any, words: str, tokens: int) -> None:
    """Beside its line, on white: the curve runs behind it."""
    ground = {"facecolor": "white", "edgecolor": "none", "pad": 1}
    axis.annotate(
        words, (tokens, 4), (-3, 0), textcoords="offset points", rotation=90, ha="right", fontsize=7, bbox=ground
    )


def _figure() -> tuple[Any, Any]:
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
    FigureCanvasSVG(figure)
    return figure, figure.add_subplot()


def _svg(figure: Any, axis: Any, x: str, y: str) -> str:
    import matplotlib as mpl

    axis.spines[["top", "right"]].set_visible(False)
    axis.set_xlabel(x, fontsize=9)
    axis.set_ylabel(y, fontsize=9)
    axis.tick_params(labelsize=8)
    content = io.StringIO()
    # Text stays text, drawn with the reader's own fonts; the salt keeps the same report the same file.
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "doppel", "font.family": "sans-serif"}):
        figure.savefig(content, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    return content.getvalue()[content.getvalue().index("<svg") :]
