"""What the commands print: tables for a person, on standard output."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from doppel.commands.prepared import PARTS, Prepared
from doppel.engine.plain import harmless
from doppel.report.advice import few_validation, much_left_out
from doppel.report.counted import counted
from doppel.types import Count, People, Persona, Sample

SHOWN_PEOPLE = 8


def console(*, record: bool = False) -> Console:
    """The terminal, or plain text of a readable width where there is none; a recording one can be saved as text."""
    screen = Console(highlight=False, record=record)
    return screen if screen.is_terminal else Console(highlight=False, width=120, record=record)


def funnel_table(counts: Sequence[Count]) -> Table:
    """The funnel: one line a stage, what it kept and what it left out, and why; idle rules are named below it."""
    idle = [count.stage for count in counts if count.stage.startswith("filters.") and not count.dropped]
    table = Table(
        title="from the export to samples",
        title_justify="left",
        title_style="bold",
        caption=f"nothing was left out by {', '.join(idle)}" if idle else None,
        caption_justify="left",
    )
    for name, justify in (
        ("stage", "left"),
        ("kept", "right"),
        ("left out", "right"),
        ("of", "left"),
        ("because", "left"),
    ):
        table.add_column(name, justify=justify, no_wrap=name != "because")  # type: ignore[arg-type]
    for count in counts:
        if count.stage in idle:
            continue
        why = escape(harmless(count.why)) if count.dropped else ""
        table.add_row(count.stage, f"{count.kept:,}", f"{count.dropped:,}", count.unit, why)
    return table


def prepared_lines(prepared: Prepared) -> list[str]:
    """Who is learnt, from how much, and what a user should know beside the numbers."""
    sizes = ", ".join(f"{prepared.sizes[part]:,} {part}" for part in PARTS)
    lines = [
        people_line(prepared.people),
        *map(persona_line, prepared.personas),
        f"samples: {sizes}",
    ]
    if prepared.boundaries:
        lines.append(f"held out: what was said {held_out(prepared)}")
    return [harmless(line) for line in [*lines, *(f"note: {note}" for note in notes_of(prepared))]]


def notes_of(prepared: Prepared) -> list[str]:
    """What a user should know beside the numbers."""
    advice = (few_validation(prepared.sizes), much_left_out(prepared.counts))
    return [*prepared.notes, *filter(None, advice)]


def held_out(prepared: Prepared) -> str:
    """From when on what is said is held out, "" where nothing is."""
    if not any(chat.years for chat in prepared.people.by_chat.values()):
        return "late in the file, which has no times" if prepared.boundaries else ""
    # One boundary where split.test_fraction=0, two equal ones where split.validation_fraction=0.
    parts = [part for part in PARTS[1:] if prepared.sizes[part]]
    starts = [moment.strftime("%Y-%m-%d %H:%M") for moment in prepared.boundaries][-len(parts) :]
    return " and ".join(f"from {start} UTC ({part})" for start, part in zip(starts, parts, strict=False))


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


def tally_lines(prepared: Prepared) -> list[str]:
    """What was changed in messages that were kept: counts, never values."""
    return [
        f"{stage}: {', '.join(_changed(stage, number, what) for what, number in changes.items())}"
        for stage, changes in prepared.tallies.items()
        if any(changes.values())
    ]


def _changed(stage: str, number: int, what: str) -> str:
    # Those of privacy are kinds, each by its singular; the others are whole phrases: stickers to emoji.
    return counted(number, what) if stage == "privacy" else f"{number:,} {what}"


def readable(sample: Sample) -> str:
    """A sample as a person reads it: who said what, learnt turns marked with an asterisk."""
    started = sample.started_at.strftime("%Y-%m-%d %H:%M UTC") if sample.is_timed else "no time"
    lines = [f"## {sample.chat_name}, {started} ({sample.sample_id})", ""]
    for turn in sample.turns:
        mark = "*" if turn.is_learnt else " "
        lines += [f"{mark} {turn.speaker_name}: {message}" for message in turn.messages]
    return harmless("\n".join([*lines, ""]))
