"""The data half of the line for feedback: judged replies are samples already, behind what the model was given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from doppel.commands.prepared import PARTS, Prepared, sample_file, write_record
from doppel.config.build import build
from doppel.config.rule import option_of
from doppel.errors import DataError
from doppel.markup.judged import pairs, rated
from doppel.persona.people import Census
from doppel.report.counted import agreed
from doppel.report.watch import Watch
from doppel.run.samples import SampleFile, fingerprint
from doppel.types import Cast, Funnel, JudgedUse, Message, Persona, Sample, Tokens, Turn

if TYPE_CHECKING:
    from doppel.markup.encoder import Encoder

USES: dict[str, JudgedUse] = {"dpo": "pairs", "kto": "all"}


def is_of_feedback(config: dict[str, Any]) -> bool:
    """Whether the data are judged replies."""
    return option_of(config, "source") == "feedback"


def use_of(config: dict[str, Any]) -> JudgedUse:
    """Which judged replies this training learns from."""
    return USES.get(option_of(config, "training"), "approved")


def encoded(config: dict[str, Any], encoder: Encoder, samples: Iterable[Sample], funnel: Funnel) -> list[Tokens]:
    """The samples as this training sees them."""
    if option_of(config, "training") not in USES:
        return encoder.encode_all(samples, funnel)
    return (pairs if use_of(config) == "pairs" else rated)(encoder, list(samples), funnel)


def prepare_judged(config: dict[str, Any], source: Any, folder: Path) -> Prepared:
    """Fills the folder, as other preparations do. Raises: DataError."""
    funnel = Funnel()
    privacy, split, census = build(config["privacy"]), build(config["split"]), Census()
    shown = list(_covered(source.samples(use_of(config), funnel), privacy, funnel))
    funnel.note(
        "source: each reply is learnt behind what it answered: filters, sessions and samples have no part in it."
    )
    census.see(message for sample in shown for message in _messages(sample))
    personas = _personas(shown)
    watch = Watch(Cast(personas, lambda _: {}, lambda _: frozenset()))
    samples = SampleFile.written(folder / "all.jsonl", watch.samples(iter(shown)))
    parts = split(samples, funnel)
    for part in PARTS:
        samples.part(getattr(parts, part), sample_file(folder, part))
    prepared = Prepared(
        inputs=dict(source.fingerprint()),
        people=census.people(),
        personas=personas,
        sizes={part: len(getattr(parts, part)) for part in PARTS},
        boundaries=parts.boundaries,
        counts=tuple(replace(count, why=agreed(count.why)) for count in funnel.counts),
        notes=tuple(map(agreed, funnel.notes)),
        tallies={stage: dict(tally) for stage, tally in funnel.tallies.items()},
        examples={},
        sha256={part: fingerprint(sample_file(folder, part)) for part in PARTS},
        shown=(),
        facts=watch.facts(parts.train),
        relationships={},
    )
    samples.file.unlink()
    write_record(folder, prepared)
    return prepared


def _covered(samples: Sequence[Sample], privacy: Any, funnel: Funnel) -> Iterator[Sample]:
    """The samples with what is private in their texts replaced as in any others; names stay as the model knows them."""
    texts = (message.text for message in privacy((one for sample in samples for one in _messages(sample)), funnel))
    for sample in samples:
        turns = [replace(turn, messages=tuple(next(texts) for _ in turn.messages)) for turn in sample.turns]
        yield replace(sample, turns=tuple(turns))
    for _ in texts:  # tells the funnel
        pass


def _messages(sample: Sample) -> Iterator[Message]:
    said = ((turn, text) for turn in sample.turns for text in turn.messages)
    for number, (turn, text) in zip(sample.message_ids, said, strict=True):
        yield Message(
            chat_id=sample.chat_id,
            chat_name=sample.chat_name,
            chat_kind="personal",
            message_id=number,
            sent_at=sample.started_at,
            sender_id=turn.speaker_id,
            sender_name=turn.speaker_name,
            text=text,
        )


def _personas(samples: Sequence[Sample]) -> tuple[Persona, ...]:
    """Whom the model was asked to be, the first one first. Raises: DataError where that is no persona."""
    said = [turn for sample in samples for turn in sample.turns]
    found: dict[str, Turn] = {turn.speaker_id: turn for turn in said if turn.is_persona}
    if not found:
        raise DataError(
            "the feedback is on replies of contacts alone, and no persona says anything in it: there must be one reply "
            "of a persona at least"
        )
    return tuple(Persona(frozenset((turn.speaker_id,)), turn.speaker_name) for turn in found.values())
