"""Learning from judged replies: what all ways have in common. Log-probabilities are of whole replies, in nats."""

from __future__ import annotations

import time
from abc import abstractmethod
from typing import Any

import torch
from torch import Tensor, nn

from doppel.training.likelihood import Likelihood

NUM_SUMS = 8  # what `_sums` gives


class Preference(Likelihood):
    """Trains what `build_model` gives to say what was liked rather than what was not, and stays near what it said.

    The reference is the model as it is before the first step, whatever its adapter: with the weights that the adapter
    starts from. Its log-probabilities are measured once, by the model itself, and kept in every checkpoint. Dropout is
    off, as in the authors' own code (Rafailov et al., 2023): else the model would differ from itself.
    The loss of a step is the mean over its pairs or replies, over all accumulated micro-batches and all processes.
    """

    size_of_step = "step_samples"

    def __init__(self, *arguments: Any, beta: float, **options: Any) -> None:
        """`beta`: what a nat of log-probability, more than the reference has, is worth."""
        super().__init__(*arguments, **options)
        self._beta = beta
        self._reference: dict[str, Tensor] = {}  # part -> (N, 2) log-probabilities: of a sample and of what is beside

    @abstractmethod
    def _log_probs(self, batch: dict[str, Any]) -> Tensor:
        """(n, 2) of the samples of a micro-batch and of what is beside them."""

    @abstractmethod
    def _losses(self, gains: Tensor, ratings: Tensor, shift: Tensor) -> Tensor:
        """(n,) from how much likelier (n, 2) replies have become, in nats, beyond the `shift` of any reply."""

    @abstractmethod
    def _sums(self, values: Tensor, gains: Tensor, ratings: Tensor, shift: Tensor) -> Tensor:
        """(NUM_SUMS,) of better and then of worse replies: number, rewards, log-probabilities; right ones, and all."""

    def _shift(self, gains: Tensor) -> Tensor:
        """How much likelier any reply has become, from (N, 2) gains of all that are looked at together."""
        return gains.new_zeros(())

    def configure_model(self) -> None:
        """Builds the model, once."""
        super().configure_model()
        without_dropout(self.model)

    def on_train_start(self) -> None:
        """Measures the reference before the first step, if nothing has yet; the random state is set last of all."""
        self._measure("train", self.trainer.train_dataloader)
        self._measure("validation", self.trainer.val_dataloaders)
        self._step_sums = torch.zeros(NUM_SUMS, dtype=torch.float64, device=self.device)
        super().on_train_start()

    def on_validation_start(self) -> None:
        """Measures the reference before the first validation."""
        self._measure("validation", self.trainer.val_dataloaders)

    def _measure(self, part: str, loader: Any) -> None:
        if part in self._reference or loader is None:
            return
        assert self.trainer.global_step == 0, "the model is its own reference before its first step alone"
        with torch.inference_mode(mode=False), torch.no_grad(), self.trainer.precision_plugin.val_step_context():
            table = torch.zeros(loader.num_samples, 2, device=self.device)
            for batch in loader.in_order():
                moved: Any = self.trainer.strategy.batch_to_device(batch, self.device)
                table[moved["samples"]] = self._log_probs(moved).float()
            self._reference[part] = self._reduced(table)

    def _summed_loss(self, batch: dict[str, Any]) -> Tensor:
        """The losses of a micro-batch of training."""
        reference, ratings = self._reference["train"], batch["ratings"]
        values = self._learnt(batch)
        gains = values - reference.to(values.device)[batch["samples"], : values.shape[1]]
        shift = self._shift_of_step(batch)
        self._step_sums += self._sums(values.detach(), gains.detach(), ratings, shift).double()
        return self._losses(gains, ratings, shift).sum() + values.sum() * 0  # keeps the graph whole where nothing is

    def _learnt(self, batch: dict[str, Any]) -> Tensor:
        """(n, 2) as `_log_probs`, or (n, 1) of the samples where the loss asks for no more."""
        return self._log_probs(batch)

    def _shift_of_step(self, batch: dict[str, Any]) -> Tensor:
        """The shift that all micro-batches of a step share."""
        return batch["ratings"].new_zeros((), dtype=torch.float32)

    def _told_of_step(self) -> dict[str, float]:
        sums = self._over_processes(self._step_sums)
        self._step_sums.zero_()
        return told(sums, "train")

    def on_validation_epoch_start(self) -> None:
        """Starts a validation: nothing is known of any sample."""
        self._validation_start = time.perf_counter()
        self._table = torch.zeros(len(self._reference["validation"]), 4, device=self.device)

    def validation_step(self, batch: dict[str, Any]) -> None:
        """Keeps the log-probabilities of a micro-batch: what is made of them depends on all of them."""
        is_seen = torch.ones_like(batch["ratings"])
        columns = (*self._log_probs(batch).float().T, batch["ratings"], is_seen)
        self._table[batch["samples"]] = torch.stack([column.float() for column in columns], 1)

    def _validated(self) -> dict[str, float]:
        table = self._reduced(self._table)
        is_seen = table[:, 3] > 0
        values, ratings = table[is_seen, :2], table[is_seen, 2].long()
        gains = values - self._reference["validation"].to(values.device)[is_seen]
        shift = self._shift(gains)
        loss = self._losses(gains, ratings, shift).double().mean().item()
        sums = self._sums(values, gains, ratings, shift).double().tolist()
        return {"validation/loss": loss, **told(sums, "validation")}

    def _reduced(self, table: Tensor) -> Tensor:
        """The sum over all processes."""
        return self.trainer.strategy.reduce(table.clone(), reduce_op="sum")  # pyright: ignore[reportReturnType]

    def _of_rows(self, batch: dict[str, Any]) -> Tensor:
        """(B,) log-probabilities of what is learnt in each row."""
        inputs, targets, _ = self._read(self.model, batch)
        return -self._loss.of_rows(self.model, inputs, targets)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Adds the reference."""
        super().on_save_checkpoint(checkpoint)
        checkpoint["doppel"]["reference"] = {part: table.cpu() for part, table in self._reference.items()}

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Takes it back."""
        super().on_load_checkpoint(checkpoint)
        self._reference = {part: table.to(self.device) for part, table in checkpoint["doppel"]["reference"].items()}


def without_dropout(model: nn.Module) -> None:
    """Switches off what a model draws while it trains."""
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
        for name, value in vars(module).items():
            if "dropout" in name and isinstance(value, float):  # attention that draws by itself
                setattr(module, name, 0.0)


def told(sums: list[float], part: str) -> dict[str, float]:
    """The means of what was liked and of what was not, by name; of what was not there, nothing."""
    found: dict[str, float] = {}
    for kind, (number, rewards, log_probs) in (("chosen", sums[:3]), ("rejected", sums[3:6])):
        if number:
            found[f"{part}/{kind}_reward"] = rewards / number
            found[f"{part}/{kind}_log_prob"] = log_probs / number
    if sums[0] and sums[3]:
        found[f"{part}/reward_margin"] = found[f"{part}/chosen_reward"] - found[f"{part}/rejected_reward"]
    return found | {f"{part}/reward_accuracy": sums[6] / max(1, sums[7])}
