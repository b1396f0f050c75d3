"""What an evaluation found as one HTML page that needs nothing else; without anyone's text unless it is given some."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from doppel.evaluation.nouns import BASE, FEW_SHOT, OTHERS, REAL, RESULT, RETRIEVAL, Burst

LABELS = {
    RESULT: "result",
    BASE: "base model",
    FEW_SHOT: "few-shot",
    RETRIEVAL: "retrieval",
    REAL: "the person",
    OTHERS: "others",
}
TITLES = {
    "likelihood": "Likelihood",
    "preference": "Preference",
    "style": "Style",
    "authorship": "Who wrote it?",
    "two_sample": "Real or generated?",
    "relevance": "Relevance",
    "contradiction": "Contradiction",
    "memorisation": "Memorisation",
    "extraction": "Extraction",
    "leaks": "Leaks",
    "exposure": "Planted numbers",
    "judge": "What a judge says",
}
BETTER = {"lower": "lower is better", "higher": "higher is better", "real": "the nearer to the person the better"}


@dataclass(frozen=True, slots=True)
class Example:
    """A moment with what was really said and what the systems say."""

    context: Sequence[tuple[str, Burst]]  # speaker, messages
    replies: Mapping[str, Burst]


@dataclass(frozen=True, slots=True)
class Row:
    """One system on the scale of its measure; places in percent of the scale."""

    system: str
    label: str
    text: str
    at: float
    start: float | None
    width: float | None


@dataclass(frozen=True, slots=True)
class Plot:
    """One measure."""

    title: str
    says: str
    unit: str
    better: str
    ends: tuple[str, str]
    band: tuple[float, float] | None  # from, width, in percent
    rows: Sequence[Row]


def page(content: Mapping[str, Any], examples: Sequence[Example]) -> str:
    """The report as HTML. `content`: what evaluation.json holds."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    # autoescape: whatever people have written is text here, never markup.
    environment = Environment(
        loader=PackageLoader("doppel.evaluation", "."), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    metrics = {name: _sections(found["measures"].values()) for name, found in content["metrics"].items()}
    shown = [one for found in content["metrics"].values() for one in found["measures"].values() if one["is_shown"]]
    systems = [name for name in LABELS if any(name in one["values"] for one in shown)]
    return environment.get_template("page.html").render(
        content=content, metrics=metrics, examples=examples, titles=TITLES, labels=LABELS, systems=systems,
        shown=[(spoken(named(one)), [written(one["values"].get(name)) for name in systems]) for one in shown],
    )  # fmt: skip


def _sections(measures: Any) -> tuple[list[Plot], list[Plot]]:
    """The measures of the whole, and those of parts of it."""
    plots = [(bool(one["of"]), plot(one)) for one in measures]
    return [each for is_part, each in plots if not is_part], [each for is_part, each in plots if is_part]


def plot(measure: Mapping[str, Any]) -> Plot:
    """A measure on a scale that holds all its values, intervals and its band."""
    values: Mapping[str, Mapping[str, Any]] = measure["values"]
    band = measure["band"]
    low, high = _scale([*_ends(values.values()), *_ends([band] if band else [])])

    def place(value: float) -> float:
        return round(100 * (value - low) / (high - low), 2)

    rows = []
    for name in (name for name in LABELS if name in values):
        one = values[name]
        has_interval = one["low"] is not None
        start = place(one["low"]) if has_interval else None
        width = place(one["high"]) - place(one["low"]) if has_interval else None
        rows.append(Row(name, LABELS[name], written(one), place(one["value"]), start, width))
    shown_band = (place(band["low"]), place(band["high"]) - place(band["low"])) if band else None
    title = spoken(named(measure))
    return Plot(
        title,
        measure["says"],
        measure["unit"],
        BETTER[measure["better"]],
        (_short(low), _short(high)),
        shown_band,
        rows,
    )


def _ends(numbers: Any) -> Iterator[float]:
    for one in numbers:
        yield from (one[key] for key in ("value", "low", "high") if one[key] is not None)


def _scale(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    if 0 <= low < high / 2:
        low = 0.0
    margin = (high - low) * 0.06 or 1.0
    return (low if low == 0 else low - margin), high + margin


def written(number: Mapping[str, Any] | None) -> str:
    """3.21 [3.15, 3.28]."""
    if number is None:
        return ""
    value = _short(number["value"])
    return value if number["low"] is None else f"{value} [{_short(number['low'])}, {_short(number['high'])}]"


def _short(value: float) -> str:
    if value == 0 or 0.095 <= abs(value) < 100:
        return f"{value:.2f}"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3f}"


def named(measure: Mapping[str, Any]) -> str:
    """The name of a measure and of the part it is about."""
    return f"{measure['name']} {measure['of']}".strip()


def spoken(name: str) -> str:
    """nats_per_token -> Nats per token."""
    text = name.replace("_", " ").replace(" auc", " AUC").replace("mrr", "MRR")
    return text[:1].upper() + text[1:]
