"""What the commands print: tables for a person, on standard output."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from doppel.commands.data import Prepared
from doppel.persona.people import People
from doppel.types import Funnel, Persona, Sample

PARTS = ("train", "validation", "test")
SHOWN_PEOPLE = 8


def console() -> Console:
    """The terminal, or plain text of a readable width where there is none."""
    screen = Console(highlight=False)
    return screen if screen.is_terminal else Console(highlight=False, width=120)


def funnel_table(funnel: Funnel) -> Table:
    """The funnel: one line a stage, what it kept and what it left out, and why."""
    table = Table(title="from the export to samples", title_justify="left", title_style="bold")
    for name, justify in (
        ("stage", "left"),
        ("kept", "right"),
        ("left out", "right"),
        ("of", "left"),
        ("because", "left"),
    ):
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
    for count in funnel.counts:
        why = escape(count.why) if count.dropped else ""
        table.add_row(count.stage, f"{count.kept:,}", f"{count.dropped:,}", count.unit, why)
    return table


def prepared_lines(prepared: Prepared) -> list[str]:
    """Who is learnt, from how much, and what a user should know beside the numbers."""
    split = prepared.split
    sizes = ", ".join(f"{len(getattr(split, part)):,} {part}" for part in PARTS)
    lines = [
        people_line(prepared.people),
        persona_line(prepared.persona),
        f"samples: {sizes}",
    ]
    if split.boundaries:
        # One boundary where split.test_fraction=0, two equal ones where split.validation_fraction=0.
        parts = [part for part in PARTS[1:] if getattr(split, part)]
        starts = [moment.strftime("%Y-%m-%d %H:%M") for moment in split.boundaries]
        told = " and ".join(
            f"from {start} UTC ({part})" for start, part in zip(starts[-len(parts) :], parts, strict=True)
        )
        lines.append(f"held out: what was said {told}")
    return [*lines, *(f"note: {note}" for note in prepared.funnel.notes)]


def persona_line(persona: Persona) -> str:
    """Who is learnt; that several accounts count as one person is said."""
    ids = ", ".join(sorted(persona.ids))
    as_one = ", learnt as one person" if len(persona.ids) > 1 else ""
    return f"persona: {persona.name} ({ids}){as_one}"


def people_line(people: People) -> str:
    """The most talkative people of the export with the ids that persona= takes."""
    speakers = list(people.by_id.values())
    shown = [f"{item.name} ({item.speaker_id}) {item.messages:,}" for item in speakers[:SHOWN_PEOPLE]]
    others = f", and {len(speakers) - SHOWN_PEOPLE} others" if len(speakers) > SHOWN_PEOPLE else ""
    return f"messages by: {', '.join(shown)}{others}"


def readable(sample: Sample) -> str:
    """A sample as a person reads it: who said what, learnt turns marked with an asterisk."""
    started = sample.started_at.strftime("%Y-%m-%d %H:%M UTC")
    lines = [f"## {sample.chat_name}, {started} ({sample.sample_id})", ""]
    for turn in sample.turns:
        mark = "*" if turn.is_learnt else " "
        lines += [f"{mark} {turn.speaker_name}: {message}" for message in turn.messages]
    return "\n".join([*lines, ""])
