"""The report of a preparation: what the data half has counted and what the tokenizer has measured, on one page."""

from __future__ import annotations

from dataclasses import asdict

from doppel.commands.measure import Measured
from doppel.commands.prepared import Prepared, Shown
from doppel.commands.show import held_out, notes_of
from doppel.report.counted import agreed, counted
from doppel.report.page import Report, page
from doppel.report.page import Shown as ShownOnPage
from doppel.run.directory import RunDirectory, write_text


def write_page(run: RunDirectory, prepared: Prepared, measured: Measured | str) -> None:
    """Writes report.html. Raises: RunError."""
    report = Report(
        personas=prepared.personas,
        people=prepared.people,
        sizes=prepared.sizes,
        held_out=held_out(prepared),
        counts=prepared.counts,
        examples=prepared.examples,
        notes=[*notes_of(prepared), *([] if isinstance(measured, str) or not measured.warning else [measured.warning])],
        tallies=prepared.tallies,
        facts=prepared.facts,
        tokens=measured if isinstance(measured, str) else asdict(measured),
        shown=[_shown(one, measured) for one in prepared.shown],
    )
    write_text(run.path / "report.html", page(report))


def token_lines(measured: Measured | str) -> list[str]:
    """What the tokenizer has measured, for the terminal."""
    if isinstance(measured, str):
        return [f"tokens: not measured, as {measured}"]
    share = 100 * measured.learnt_tokens / max(measured.all_tokens, 1)
    ordered = sorted(measured.lengths) or [0]
    middle, long = ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, len(ordered) * 95 // 100)]
    first = (
        f"tokens ({measured.model}, {counted(measured.samples, 'sample')}): {share:.0f} % are learnt; "
        f"half of the windows have at most {middle:,}, 95 % at most {long:,}, and {measured.max_tokens:,} fit"
    )
    warnings = [f"note: {measured.warning}"] if measured.warning else []
    return [first, *(f"tokens: {agreed(loss)}" for loss in measured.losses), *warnings]


def _shown(one: Shown, measured: Measured | str) -> ShownOnPage:
    used = frozenset(one.used)
    first = one.before[0]
    return ShownOnPage(
        chat=first.chat_name,
        when=f"{first.sent_at:%Y-%m-%d %H:%M} UTC" if first.is_timed else "no time",
        before=[(message, message.message_id in used) for message in one.before],
        after=() if isinstance(measured, str) else measured.shown.get(one.sample_id, ()),
    )
