"""Micro-batches in an order that is a pure function of (seed, epoch), and that can be taken up at any of them."""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from doppel.batches.ahead import ahead
from doppel.batches.collate import Collate, WeightedBatch, idle, num_learnt, pinned, weights
from doppel.batches.judged import is_judged, judged
from doppel.errors import DataError, RunError
from doppel.types import Architecture, Tokens

Row = list[int]  # the samples of one row, by index

OVERRIDES = {
    "number of rows in a step": "batches.batch_size * trainer.accumulate_grad_batches * trainer.devices",
    "seed": "seed",
    "data": "the chat data, or what is made of it",
}


@dataclass(frozen=True, slots=True)
class Deal:
    """How rows are dealt to micro-batches, optimizer steps and processes."""

    batch_size: int  # rows in a micro-batch
    accumulate: int  # micro-batches of one process in an optimizer step
    world_size: int
    rank: int
    seed: int

    @property
    def group(self) -> int:
        """Micro-batches of all processes in an optimizer step."""
        return self.accumulate * self.world_size

    @property
    def rows_per_step(self) -> int:
        """Rows of all processes in an optimizer step."""
        return self.batch_size * self.group

    def own(self, of_step: Sequence[Row], turn: int) -> Sequence[Row]:
        """The rows of this process's micro-batch `turn` of a step, of which a last step may have none left."""
        start = (turn * self.world_size + self.rank) * self.batch_size
        return of_step[start : start + self.batch_size]


def shuffled(num_samples: int, seed: int, epoch: int) -> list[int]:
    """Sample indices in the order of one epoch: the same on every machine and in every process."""
    order = list(range(num_samples))
    random.Random(f"{seed}/{epoch}").shuffle(order)
    return order


class Loader:
    """One process's micro-batches, epoch after epoch.

    Micro-batches of all processes are numbered; rank r takes those whose number leaves r when divided by world_size.
    A step is accumulate * world_size neighbours, so that batch 4, 2 x 2 accumulated and 2 processes x 2 learn from the
    same samples in each step. The last step is completed by idle micro-batches: no process waits for another.
    Micro-batches have `weights` where a sample does not weigh 1; those of judged replies are JudgedBatches.
    Raises: DataError where no sample weighs anything.
    """

    def __init__(
        self,
        tokens: Sequence[Tokens],
        rows_of_epoch: Callable[[int], list[Row]],
        collate: Collate,
        architecture: Architecture,
        deal: Deal,
        pad_id: int,
    ) -> None:
        self._tokens, self._rows_of_epoch, self._collate, self._deal = tokens, rows_of_epoch, collate, deal
        self._num_learnt = [num_learnt(sample, architecture) for sample in tokens]
        self._mean_weight = _mean_weight(tokens, self._num_learnt)
        self._architecture: Architecture = architecture
        self._pad_id, self._is_judged = pad_id, is_judged(tokens)
        self._idle = idle(collate, pad_id)
        self._num_rows = len(rows_of_epoch(0))
        self._epoch = 0
        self._position = 0  # micro-batches of this epoch already given
        self._is_restored = False
        rows = {"number of rows in a step": deal.rows_per_step}
        self._made_from = {**rows, "seed": deal.seed, "data": _digest(tokens)}

    @property
    def num_steps(self) -> int:
        """Optimizer steps in an epoch."""
        return -(-self._num_rows // self._deal.rows_per_step)

    @property
    def num_samples(self) -> int:
        """Samples, over all processes."""
        return len(self._tokens)

    @property
    def num_learnt_tokens(self) -> int:
        """Learnt tokens in an epoch, over all processes."""
        return sum(self._num_learnt)

    @property
    def padding_share(self) -> float:
        """The share of token positions in the first epoch that hold padding, 0 to 1."""
        positions = filled = 0
        rows, size = self._rows_of_epoch(0), self._deal.batch_size
        for start in range(0, len(rows), size):
            of_micro_batch = [self._lengths(row) for row in rows[start : start + size]]
            for lengths in zip(*of_micro_batch, strict=True):
                positions += max(lengths) * len(lengths)
                filled += sum(lengths)
        return 1 - filled / positions

    def __len__(self) -> int:
        return self.num_steps * self._deal.accumulate

    def __iter__(self) -> Iterator[WeightedBatch]:
        # The epoch rolls when a new pass takes its first batch, not when a pass ends: Lightning leaves the last pass
        # after len() batches without exhausting it, and calls iter() more than once to look at a loader.
        if self._is_restored:
            self._is_restored = False
        elif self._position:
            self._epoch, self._position = self._epoch + 1, 0
        yield from self._rest_of_epoch()

    def _rest_of_epoch(self) -> Iterator[WeightedBatch]:
        rows = self._rows_of_epoch(self._epoch)
        assert len(rows) == self._num_rows, "the number of rows must not change from epoch to epoch"
        for position, batch in ahead(lambda position: self._at(rows, position), range(self._position, len(self))):
            self._position = position + 1
            yield batch

    def _at(self, rows: list[Row], position: int) -> WeightedBatch:
        deal = self._deal
        step, turn = divmod(position, deal.accumulate)
        of_step = rows[step * deal.rows_per_step : (step + 1) * deal.rows_per_step]
        step_learnt_tokens = sum(self._num_learnt[index] for row in of_step for index in row)
        if self._is_judged:
            of_turns = [[index for (index,) in deal.own(of_step, each)] for each in range(deal.accumulate)]
            batch = judged(self._tokens, of_turns, turn, self._collate, self._idle, self._pad_id)
            step_samples = len(of_step)
            batch |= {"step_samples": step_samples, "step_learnt_tokens": step_learnt_tokens}
        else:
            batch = self._batch(deal.own(of_step, turn), step_learnt_tokens)
        return pinned(batch) if torch.cuda.is_available() else batch

    def in_order(self) -> Loader:
        """The same rows of the same tokens, always in one order: to measure them by."""
        rows = sorted(self._rows_of_epoch(0))
        deal = replace(self._deal, accumulate=1)
        return Loader(self._tokens, lambda _: rows, self._collate, self._architecture, deal, self._pad_id)

    def _batch(self, rows: Sequence[Row], step_learnt_tokens: int) -> WeightedBatch:
        samples = [[self._tokens[index] for index in row] for row in rows]
        batch: WeightedBatch = {**(self._collate(samples, self._pad_id) if samples else self._idle)}
        batch["step_learnt_tokens"] = step_learnt_tokens
        if self._mean_weight is not None:
            batch["weights"] = weights(samples, self._mean_weight)
        return batch

    def _lengths(self, row: Row) -> tuple[int, int]:
        samples = [self._tokens[index] for index in row]
        return sum(len(sample.ids) for sample in samples), sum(len(sample.source_ids) for sample in samples)

    def state_dict(self) -> dict[str, Any]:
        """Where the next batch is to come from; plain types only. Lightning stores it as `combined_loader`."""
        has_ended = self._position == len(self)
        epoch, position = (self._epoch + 1, 0) if has_ended else (self._epoch, self._position)
        deal = {"accumulate": self._deal.accumulate, "made_from": self._made_from}
        return {"epoch": epoch, "position": position, **deal}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes on where the state was taken. If that is between two steps, rows may be dealt otherwise from there on.

        Raises: RunError where the state belongs to other data, another seed or another number of rows in a step.
        """
        for name, value in self._made_from.items():
            before = state["made_from"].get(name)
            if before != value:
                raise RunError(
                    f"the checkpoint was made with another {name}: {before!r} then, {value!r} now. A run goes on only "
                    f"with the same data in the same order: set back {OVERRIDES[name]}, or start a new run."
                )
        self._epoch, self._is_restored = state["epoch"], True
        self._position = state["position"] * self._deal.accumulate // state["accumulate"]


def checked(tokens: Sequence[Tokens], architecture: Architecture, max_tokens: int) -> Sequence[Tokens]:
    """The tokens as they came, once it is clear that they can be learnt from.

    Raises: DataError where there is no sample, nothing learnt, or a sample longer than max_tokens.
    """
    if not tokens:
        raise DataError("0 samples are left to make batches of; at least 1 is needed: loosen the filters or the split")
    longest = max(tokens, key=lambda sample: max(len(sample.ids), len(sample.source_ids)))
    length = max(len(longest.ids), len(longest.source_ids))
    if length > max_tokens:
        raise DataError(
            f"sample {longest.sample_id} has {length} tokens, more than batches.max_tokens={max_tokens}: "
            f"type batches.max_tokens={length}"
        )
    if not any(num_learnt(sample, architecture) for sample in tokens):
        raise DataError(
            f"none of the {len(tokens)} samples holds a token to learn: the persona says nothing in them. "
            "Name another one with persona=, or type samples.learn=everyone"
        )
    return tokens


def _mean_weight(tokens: Sequence[Tokens], num_learnt: list[int]) -> float | None:
    """The mean weight of learnt tokens; None where all weigh 1, so that nothing need be weighed. Raises: DataError."""
    if all(sample.weight == 1 for sample in tokens):
        return None
    total = sum(sample.weight * number for sample, number in zip(tokens, num_learnt, strict=True))
    lightest = min(sample.weight for sample in tokens)
    if not 0 < total < math.inf or lightest < 0:
        raise DataError(
            f"the learnt tokens of {len(tokens)} samples weigh {total:g} together, the lightest sample {lightest:g}: "
            "no weight may be below 0, and not all may be 0. Set back the weights in samples="
        )
    return total / sum(num_learnt)


def _digest(tokens: Sequence[Tokens]) -> str:
    digest = hashlib.sha256()
    for sample in tokens:
        weight = "" if sample.weight == 1 else f" {sample.weight!r}"
        digest.update(f"{sample.sample_id} {len(sample.ids)} {sum(sample.is_learnt)}{weight}\n".encode())
    return digest.hexdigest()
