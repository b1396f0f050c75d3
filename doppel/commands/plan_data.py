"""What a plan knows of the data: the sizes of an epoch's micro-batches, as the real loader deals them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from doppel.commands.data import prepared_samples
from doppel.commands.judged import encoded
from doppel.commands.plan_model import Known
from doppel.commands.prepared import sample_file
from doppel.commands.reminding import Reminding
from doppel.config.build import build
from doppel.config.rule import option_of
from doppel.errors import DoppelError
from doppel.markup.encoder import Encoder
from doppel.model.byte_tokenizer import byte_tokenizer
from doppel.plan.batch import Size
from doppel.run.samples import each_sample
from doppel.types import Funnel, Sample, Tokens

BYTES_PER_TOKEN = 4  # of UTF-8, of a tokenizer that suits the language


@dataclass(frozen=True, slots=True)
class Epoch:
    """The micro-batches of one process in an epoch."""

    sizes: Counter[Size]
    steps: int  # optimizer steps
    tokens: int  # with padding
    how: str  # it was measured

    def largest(self) -> Size:
        """As long as the longest of them, of source and target each."""
        return Size(
            max(size.rows for size in self.sizes),
            max(size.tokens for size in self.sizes),
            max(size.source_tokens for size in self.sizes),
            max(size.learnt for size in self.sizes),
            is_packed=any(size.is_packed for size in self.sizes),
        )


def measured_epoch(config: dict[str, Any], known: Known) -> Epoch:
    """The first epoch of the config's data. Raises: DataError where there is nothing to learn from."""
    with prepared_samples(config) as (folder, _):
        return epoch_of(config, known, sample_file(folder, "train"))


def epoch_of(config: dict[str, Any], known: Known, file: Path) -> Epoch:
    """The first epoch of these training samples."""
    samples = list(each_sample(file))
    tokens, how = _tokens(config, known, samples)
    loader = build(config["batches"])(
        tokens,
        architecture=known.architecture,
        pad_id=0,
        seed=config["seed"],
        accumulate=config["trainer"]["accumulate_grad_batches"],
        world_size=config["trainer"]["devices"] * config["trainer"]["num_nodes"],
        rank=0,
        is_training=True,
    )
    sizes: Counter[Size] = Counter()
    is_packed = option_of(config, "batches") == "packed"
    for batch in loader:
        rows, length = batch["labels"].shape
        source = batch["input_ids"].shape[1] if known.architecture == "seq2seq" else 0
        sizes[Size(rows, length, source, int((batch["labels"] >= 0).sum()), is_packed=is_packed)] += 1
    positions = sum(size.positions * number for size, number in sizes.items())
    return Epoch(sizes, loader.num_steps, positions, f"{len(samples):,} training samples, {how}")


def _tokens(config: dict[str, Any], known: Known, samples: list[Sample]) -> tuple[list[Tokens], str]:
    most = config["batches"]["max_tokens"]
    try:
        tokenizer = build(config["model"]).tokenizer()
    except DoppelError:
        encoder = _encoder(config, known, byte_tokenizer(), most * BYTES_PER_TOKEN)
        told = encoded(config, encoder, _told(config, encoder, samples), Funnel())
        tokens = [_shorter(one) for one in told]
        return tokens, f"tokens guessed: the tokenizer is not on this machine, {BYTES_PER_TOKEN} bytes of text are one"
    encoder = _encoder(config, known, tokenizer, most)
    return encoded(config, encoder, _told(config, encoder, samples), Funnel()), "in the model's own tokens"


def _told(config: dict[str, Any], encoder: Encoder, samples: list[Sample]) -> Iterator[Sample]:
    """The samples with what memory tells in them."""
    facts = config["memory"].get("facts")
    file = Path(facts).expanduser() if facts else None
    reminding = Reminding(config["memory"], lambda: samples, encoder.counter(), sha256="", facts=file, keep=None)
    return map(reminding.sample, samples)


def _encoder(config: dict[str, Any], known: Known, tokenizer: Any, max_tokens: int) -> Encoder:
    markup = build(config["markup"], tokenizer)
    return Encoder(markup, tokenizer, architecture=known.architecture, max_tokens=max_tokens)


def _shorter(tokens: Tokens) -> Tokens:
    return replace(
        tokens,
        ids=tokens.ids[::BYTES_PER_TOKEN],
        is_learnt=tokens.is_learnt[::BYTES_PER_TOKEN],
        source_ids=tokens.source_ids[::BYTES_PER_TOKEN],
        beside=tokens.beside and _shorter(tokens.beside),
    )
