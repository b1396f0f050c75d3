"""The samples as one model would see them: lengths in tokens, what is learnt, what is cut. No weight is loaded."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from doppel.commands.name_tokens import with_names
from doppel.commands.prepared import SHOWN_SAMPLES, spread
from doppel.commands.reminding import reminding_of
from doppel.config.build import build
from doppel.errors import DoppelError
from doppel.report.advice import poor_tokens
from doppel.run.directory import RunDirectory
from doppel.run.samples import SampleFile
from doppel.types import Funnel, Sample, Tokens

READ_CHARS = 1000  # of each sample, to see how well a tokenizer suits the language
Run = tuple[str, bool]  # text, whether it is learnt


@dataclass(frozen=True, slots=True)
class Measured:
    """Tokens of the measured samples."""

    samples: int
    lengths: tuple[int, ...]  # tokens of each window, or of the prompt and answer of each reply
    learnt_tokens: int
    all_tokens: int
    max_tokens: int  # batches.max_tokens
    context_tokens: int | None  # of the model
    losses: tuple[str, ...]  # what was cut or left out, in words
    warning: str | None  # where the tokenizer does not suit the chats
    model: str
    shown: dict[str, tuple[Run, ...]]  # sample_id -> its first window as the model sees it


def measure(run: RunDirectory, config: dict[str, Any]) -> Measured | str:
    """The tokens of at most `measured_samples` training samples, evenly over time.

    Why there are none, in words, where none are wanted or the tokenizer cannot be had.
    """
    if not config["measured_samples"]:
        return "measured_samples=0 asks for none"
    try:
        option = build(config["model"])
        tokenizer, context = option.tokenizer(), option.context()
    except DoppelError as error:
        return str(error)
    names = with_names(config, run.data_file("train"))["name_tokens"]
    if names:
        from doppel.model.name_tokens import add_names

        add_names(tokenizer, names)
    from doppel.markup.encoder import Encoder  # what it imports is no use to a preparation that has no tokenizer

    encoder = Encoder(
        build(config["markup"], tokenizer),
        tokenizer,
        architecture=option.architecture,
        max_tokens=config["batches"]["max_tokens"],
    )
    samples = SampleFile.opened(run.data_file("train"))
    told = reminding_of(run, config["memory"], encoder.counter()).sample
    places = spread(len(samples), config["measured_samples"])
    funnel, lengths, learnt = Funnel(), array("q"), 0
    for tokens in encoder.encode_each((told(samples[place]) for place in places), funnel):
        lengths.append(len(tokens.ids) + len(tokens.source_ids))
        learnt += sum(tokens.is_learnt)
    model = config["model"]["_target_"].rpartition(".")[2]
    shown = [samples[place] for place in spread(len(samples), SHOWN_SAMPLES)]
    return Measured(
        samples=len(places),
        lengths=tuple(lengths),
        learnt_tokens=learnt,
        all_tokens=sum(lengths),
        max_tokens=encoder.max_tokens,
        context_tokens=context,
        losses=tuple(f"{count.dropped:,} {count.unit}: {count.why}" for count in funnel.counts if count.dropped),
        warning=_warning(model, (samples[place] for place in places), tokenizer),
        model=model,
        shown={sample.sample_id: _marked(encoder.encode(told(sample)), tokenizer) for sample in shown},
    )


def _warning(model: str, samples: Iterable[Sample], tokenizer: Any) -> str | None:
    texts = ["\n".join(text for turn in sample.turns for text in turn.messages)[:READ_CHARS] for sample in samples]
    tokens = sum(len(tokenizer.encode(text, add_special_tokens=False)) for text in texts)
    return poor_tokens(model, "".join(texts), tokens)


def _marked(tokens: Sequence[Tokens], tokenizer: Any) -> tuple[Run, ...]:
    from doppel.markup.show import marked_text

    return tuple(marked_text(tokens[0], tokenizer)) if tokens else ()
