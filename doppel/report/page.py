"""The report of a preparation as one HTML page that needs nothing else, and as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from doppel.report.counted import counted
from doppel.report.plots import bars, lengths

if TYPE_CHECKING:
    from doppel.types import Count, Message, People, Persona

MOST_CHATS = 40  # rows of the table
MOST_CHARS = 400  # of a message shown


@dataclass(frozen=True, slots=True)
class Shown:
    """A sample before and after."""

    chat: str
    when: str
    before: Sequence[tuple[Message, bool]]  # what the chat held, and whether the sample uses it
    after: Sequence[tuple[str, bool]]  # text as the model sees it, and whether it is learnt


@dataclass(frozen=True, slots=True)
class Report:
    """All that a report tells."""

    personas: Sequence[Persona]
    people: People
    sizes: Mapping[str, int]  # part -> samples
    held_out: str  # from when on
    counts: Sequence[Count]
    examples: Mapping[str, Sequence[Message]]  # stage -> left out
    notes: Sequence[str]
    tallies: Mapping[str, Mapping[str, int]]
    facts: Mapping[str, Any]  # of Watch
    tokens: Mapping[str, Any] | str  # lengths, shares and limits; or why there are none
    shown: Sequence[Shown]


def page(report: Report) -> str:
    """The report as HTML, for one who wants to see."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    # autoescape: whatever people have written to each other is text here, never markup.
    environment = Environment(
        loader=PackageLoader("doppel.report", "."), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters.update(number="{:,}".format, counted=counted, short=_short, when=_when)
    return environment.get_template("page.html").render(
        report=report, chats=_chats(report), hidden_chats=max(0, len(report.people.by_chat) - MOST_CHATS),
        plots=_plots(report), most_said=list(report.facts["short_messages"].items())[:12],
    )  # fmt: skip


def _plots(report: Report) -> list[tuple[str, str]]:
    """(title, SVG)."""
    facts = report.facts
    sizes = facts["burst_messages"]
    bursts = bars(list(sizes), {"bursts": list(sizes.values())}, x="messages", y="bursts")
    plots = [*_plots_of_time(report), ("Messages in one burst of the persona", bursts)]
    if not isinstance(report.tokens, str) and report.tokens["lengths"]:
        limits = {key: report.tokens[key] for key in ("max_tokens", "context_tokens")}
        plots.append(("Length in tokens", lengths(report.tokens["lengths"], **limits)))
    return plots


def _plots_of_time(report: Report) -> list[tuple[str, str]]:
    years, facts = _years(report), report.facts
    if not years:
        return []
    return [
        ("Messages and what is learnt, by year", bars(
            [str(year) for year in years],
            {"learnt": [learnt for _, learnt in years.values()], "in the export": [n for n, _ in years.values()]},
            x="year (UTC)", y="messages",
        )),
        ("How fast the persona answers", _times(facts["reply_seconds"], "answers")),
        ("Pauses inside a burst", _times(facts["pause_seconds"], "pauses")),
    ]  # fmt: skip


def _times(histogram: Mapping[str, Any], unit: str) -> str:
    bounds = histogram["upper_bounds"]
    labels = [f"<{duration(bound)}" for bound in bounds] + [f"{duration(bounds[-1])}+"]
    return bars(labels, {unit: histogram["counts"]}, x="", y=unit)


def _years(report: Report) -> dict[int, tuple[int, int]]:
    """Year -> messages in the export, messages learnt."""
    seen: dict[int, int] = {}
    for chat in report.people.by_chat.values():
        for year, number in chat.years.items():
            seen[year] = seen.get(year, 0) + number
    learnt = {int(year): counts["learnt_messages"] for year, counts in report.facts["years"].items()}
    return {year: (seen.get(year, 0), learnt.get(year, 0)) for year in sorted(seen)}


def _chats(report: Report) -> list[dict[str, Any]]:
    """The chats most is learnt from, then the largest."""
    own = frozenset(person for persona in report.personas for person in persona.ids)
    none = {"samples": 0, "learnt_messages": 0}
    rows = [
        {
            "name": chat.name,
            "kind": chat.kind.replace("_", " "),
            "messages": chat.messages,
            "people": len(chat.own_words),
            "own": sum(number for who, number in chat.own_words.items() if who in own),
            **report.facts["chats"].get(chat.chat_id, none),
        }
        for chat in report.people.by_chat.values()
    ]
    return sorted(rows, key=lambda row: (-row["learnt_messages"], -row["messages"]))[:MOST_CHATS]


def duration(seconds: float) -> str:
    """10s, 5m, 2h."""
    for size, unit in ((3600, "h"), (60, "m")):
        if seconds >= size:
            return f"{seconds / size:g}{unit}"
    return f"{seconds:g}s"


def _short(text: str) -> str:
    return text if len(text) <= MOST_CHARS else f"{text[:MOST_CHARS]} ..."


def _when(message: Message) -> str:
    return message.sent_at.strftime("%Y-%m-%d %H:%M") if message.is_timed else "no time"
