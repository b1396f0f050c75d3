"""Direct preference optimisation (Rafailov et al., 2023): of two replies to the same, the better becomes likelier."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from doppel.training.preference import Preference
from doppel.types import Architecture, NonNegativeFloat, PositiveFloat, PositiveInt


class Dpo(Preference):
    """Lowers -log sigmoid(beta * (gain of the better reply - gain of the worse one)), the gain being how much likelier
    the model has become to say it. With smoothing that share of the pairs is taken to be the other way round
    (Mitchell, 2023: conservative DPO).
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
        label_smoothing: NonNegativeFloat,
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
        self._smoothing = label_smoothing

    def _log_probs(self, batch: dict[str, Any]) -> Tensor:
        number = len(batch["samples"])
        return self._of_rows(batch)[: 2 * number].reshape(2, number).T

    def _losses(self, gains: Tensor, ratings: Tensor, shift: Tensor) -> Tensor:  # noqa: ARG002 (of no pair)
        return dpo_losses(gains, self._beta, self._smoothing)

    def _sums(self, values: Tensor, gains: Tensor, ratings: Tensor, shift: Tensor) -> Tensor:  # noqa: ARG002
        number = gains.new_tensor(len(gains))
        rewards, log_probs = (self._beta * gains).sum(0), values.sum(0)
        is_right = gains[:, 0] > gains[:, 1]
        of_each = [number, rewards[0], log_probs[0], number, rewards[1], log_probs[1]]
        return torch.stack([*of_each, is_right.sum().to(number), number])


def dpo_losses(gains: Tensor, beta: float, smoothing: float) -> Tensor:
    """(n,) from (n, 2) log-probabilities of better and worse replies, less those of the reference."""
    margins = beta * (gains[:, 0] - gains[:, 1])
    return -(1 - smoothing) * functional.logsigmoid(margins) - smoothing * functional.logsigmoid(-margins)
