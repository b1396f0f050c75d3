"""The first samples as the model sees them, learnt tokens marked: a wrong markup is seen before an hour is lost."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rich.text import Text

from doppel.commands.show import console
from doppel.markup.show import marked_text
from doppel.run.directory import RunDirectory, write_json, write_text
from doppel.types import Funnel, Tokens

LEARNT_MARKS = ("\u27e6", "\u27e7")  # white square brackets, which hardly any chat uses


def show_first_samples(run: RunDirectory, tokens: list[Tokens], tokenizer: Any, *, number: int) -> None:
    """Prints the first samples with the learnt text in colour and writes them with it in brackets."""
    opening, closing = LEARNT_MARKS
    pages = [f"What is between {opening} and {closing} is learnt; the rest is read only."]
    screen = console()
    for sample in tokens[:number]:
        runs = marked_text(sample, tokenizer)
        learnt = sum(sample.is_learnt)
        title = f"sample {sample.sample_id}: {len(sample.ids) + len(sample.source_ids)} tokens, {learnt} learnt"
        pages.append(
            title + "\n\n" + "".join(f"{opening}{text}{closing}" if is_learnt else text for text, is_learnt in runs)
        )
        screen.rule(f"{title} (in green)", align="left")
        screen.print(Text.assemble(*((text, "bold green" if is_learnt else "dim") for text, is_learnt in runs)))
    write_text(run.path / "first_samples.txt", "\n\n".join(pages) + "\n")


def tell_fit(run: RunDirectory, part: str, funnel: Funnel) -> None:
    """Writes what became of the samples as tokens, and prints what was left out or cut."""
    write_json(
        run.path / f"tokens_{part}.json", {"counts": [asdict(item) for item in funnel.counts], "notes": funnel.notes}
    )
    for count in funnel.counts:
        if count.dropped:
            told = f"{part}: {count.dropped:,} of {count.kept + count.dropped:,} {count.unit} left out: {count.why}"
            console().print(told, markup=False)
    for note in funnel.notes:
        console().print(f"{part}: {note}", markup=False)
