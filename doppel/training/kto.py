"""Kahneman-Tversky optimisation (Ethayarajh et al., 2024): replies that were liked or not, each judged alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal

import torch
from torch import Tensor, nn

from doppel.training.preference import Preference
from doppel.types import Architecture, NonNegativeFloat, PositiveFloat, PositiveInt


class Kto(Preference):
    """Lowers 1 - sigmoid(beta * (gain - z0)) of replies that were liked, 1 - sigmoid(beta * (z0 - gain)) of others, by
    their weights. The gain is how much likelier the model has become to say it; z0, through which nothing is learnt,
    how much likelier to say anything: the mean gain of replies to something else, and at least 0, over the whole
    optimizer step. So a step is the same however it is divided into micro-batches and among processes.
    """

    def __init__(
        self,
        build_model: Callable[[], nn.Module],
        make_optimizer: Callable[[Iterable[nn.Parameter]], torch.optim.Optimizer],
        make_schedule: Callable[..., torch.optim.lr_scheduler.LRScheduler],
        architecture: Architecture,
        steps_per_epoch: int,
        *,
        beta: PositiveFloat,
        desirable_weight: NonNegativeFloat,
        undesirable_weight: NonNegativeFloat,
        loss_chunk_tokens: PositiveInt,
        attention: Literal["auto", "sdpa", "flash_attention_2", "flash_attention_3"],
        kernels: Literal["none", "liger"],
        compiles: bool,
        gradient_checkpointing: bool,
        offloads_activations: bool,
        seed: int,
    ) -> None:
        super().__init__(
            build_model,
            make_optimizer,
            make_schedule,
            architecture,
            steps_per_epoch,
            beta=beta,
            loss_chunk_tokens=loss_chunk_tokens,
            attention=attention,
            kernels=kernels,
            compiles=compiles,
            gradient_checkpointing=gradient_checkpointing,
            offloads_activations=offloads_activations,
            seed=seed,
        )
        self._weights = desirable_weight, undesirable_weight

    def _log_probs(self, batch: dict[str, Any]) -> Tensor:
        (strangers,) = batch["strangers"]
        return torch.stack([self._own(batch), self._own(strangers)], 1)

    def _own(self, batch: dict[str, Any]) -> Tensor:
        return self._of_rows(batch)[: len(batch["samples"])]

    def _learnt(self, batch: dict[str, Any]) -> Tensor:
        return self._own(batch)[:, None]

    def _shift_of_step(self, batch: dict[str, Any]) -> Tensor:
        if batch["strangers"]:  # the first micro-batch of the step
            reference = self._reference["train"][:, 1].to(self.device)
            with torch.no_grad():
                gains = [self._own(one) - reference[one["samples"]] for one in batch["strangers"]]
                self._shift_now = (self._reduced(torch.cat(gains).sum()) / batch["step_samples"]).clamp(min=0)
        return self._shift_now

    def _shift(self, gains: Tensor) -> Tensor:
        self._validation_shift = gains[:, 1].mean().clamp(min=0)
        return self._validation_shift

    def _losses(self, gains: Tensor, ratings: Tensor, shift: Tensor) -> Tensor:
        return kto_losses(gains[:, 0], ratings, shift, self._beta, *self._weights)

    def _sums(self, values: Tensor, gains: Tensor, ratings: Tensor, shift: Tensor) -> Tensor:
        sums = []
        for is_liked in (ratings > 0, ratings < 0):
            of_these = self._beta * gains[is_liked, 0], values[is_liked, 0]
            sums += [is_liked.sum().to(gains), *(column.sum() for column in of_these)]
        is_right = (gains[:, 0] - shift) * ratings > 0
        return torch.stack([*sums, is_right.sum().to(gains), gains.new_tensor(len(gains))])

    def _told_of_step(self) -> dict[str, float]:
        return {**super()._told_of_step(), "train/kl": float(self._shift_now)}

    def _validated(self) -> dict[str, float]:
        return {**super()._validated(), "validation/kl": float(self._validation_shift)}


def kto_losses(
    gains: Tensor, ratings: Tensor, shift: Tensor, beta: float, desirable: float, undesirable: float
) -> Tensor:
    """(n,) from (n,) log-probabilities less those of the reference, and ratings of 1 or -1."""
    weights = torch.where(ratings > 0, desirable, undesirable)
    return weights * (1 - torch.sigmoid(beta * ratings * (gains - shift)))
