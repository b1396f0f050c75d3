"""Maximum likelihood of the learnt tokens, for decoder-only and encoder-decoder models."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from typing import Any, Literal

import torch
from pytorch_lightning import LightningModule
from torch import Tensor, nn

from doppel.errors import ModelError
from doppel.training import randomness
from doppel.training.activations import Offloaded, checkpoint_layers
from doppel.training.attention import Attention, use_attention
from doppel.training.counting import recount
from doppel.training.kernels import Kernels, compile_layers, use_kernels
from doppel.training.loss import LearntLoss
from doppel.training.reading import Reader
from doppel.training.throughput import Meter
from doppel.types import NOT_LEARNT, Architecture, PositiveInt


class Likelihood(LightningModule):
    """Trains what `build_model` gives. The loss of a step is summed over its learnt tokens and divided by their number,
    over all accumulated micro-batches and all processes: every learnt token weighs the same, wherever it lies.

    Where samples have weights, the loss of training is weighed, and logged as it is weighed: weights are 1 on average
    over an epoch, not over a step, as dividing by the weights of a small step would take them back. The loss of
    validation knows no weights, so that it can be compared with that of other runs.

    `make_optimizer` takes the trained parameters; `make_schedule` takes optimizer= and num_training_steps=.
    """

    size_of_step = "step_learnt_tokens"  # what of a batch its summed loss is divided by

    def __init__(
        self,
        build_model: Callable[[], nn.Module],
        make_optimizer: Callable[[Iterable[nn.Parameter]], torch.optim.Optimizer],
        make_schedule: Callable[..., torch.optim.lr_scheduler.LRScheduler],
        architecture: Architecture,
        steps_per_epoch: int,
        *,
        loss_chunk_tokens: PositiveInt,
        attention: Literal["auto", "sdpa", "flash_attention_2", "flash_attention_3"],
        kernels: Literal["none", "liger"],
        compiles: bool,
        gradient_checkpointing: bool,
        offloads_activations: bool,
        seed: int,
    ) -> None:
        super().__init__()
        self.strict_loading = False  # checkpoints hold the trained parameters alone
        self.model: Any = None
        self._build_model, self._make_optimizer, self._make_schedule = build_model, make_optimizer, make_schedule
        self._architecture, self._steps_per_epoch, self._seed = architecture, steps_per_epoch, seed
        self._read, self._loss = Reader(architecture, attention), LearntLoss(loss_chunk_tokens)
        self._meter = Meter(architecture)
        self._attention: Attention = attention
        self._kernels: Kernels = kernels
        self._compiles = compiles
        self._gradient_checkpointing, self._offloads_activations = gradient_checkpointing, offloads_activations
        self._learnt_tokens = 0  # in all steps so far, over all processes
        self._random_states: list[dict[str, Any]] | None = None

    def configure_model(self) -> None:
        """Builds the model, once: Lightning calls this again for each of fit, validate and test."""
        if self.model is None:
            self.model = self._build_model().train()
            use_attention(self.model, self._attention)
            use_kernels(self.model, self._kernels)
            if self._compiles:
                compile_layers(self.model)
            if self._trainer is not None:  # without a trainer there is nobody to share the model with
                self.model = self.trainer.strategy.spread(self.model)  # pyright: ignore[reportAttributeAccessIssue]
            if self._gradient_checkpointing:
                checkpoint_layers(self.model)

    def configure_optimizers(self) -> Any:
        """The optimizer of the trained parameters and a schedule that moves at every step. Raises: ModelError."""
        parameters = [parameter for parameter in self.parameters() if parameter.requires_grad]
        if not parameters:
            raise ModelError("0 parameters of the model are trained; choose another adapter, e.g. adapter=lora")
        optimizer = self._make_optimizer(parameters)
        schedule = self._make_schedule(optimizer=optimizer, num_training_steps=self._num_steps())
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def _num_steps(self) -> int:
        # Not trainer.estimated_stepping_batches: asked for here, it sets up the train loader before the checkpoint's
        # loader state is known, and Lightning 2.6 then never hands that state over: the epoch starts anew, in silence.
        limits = [self.trainer.max_steps, (self.trainer.max_epochs or -1) * self._steps_per_epoch]
        return min(limit for limit in limits if limit > 0)

    def on_train_start(self) -> None:
        """Sets the random state last of all, after whatever building, resuming and generating has drawn."""
        states, self._random_states = self._random_states, None
        if states is None:
            randomness.seed(self._seed + self.global_rank)
        elif len(states) == self.trainer.world_size:
            randomness.restore(states[self.global_rank])
        else:  # none of them is of this process: what is drawn from here on is new, and the same at each try
            randomness.seed(randomness.number_of(self._seed, self.trainer.global_step, self.global_rank))
        self._validate_between_steps()
        for logger in self.loggers:
            if hasattr(logger, "cut_after"):
                logger.cut_after(self.trainer.global_step)  # pyright: ignore[reportAttributeAccessIssue]
        self._meter.start(self.device)

    def _validate_between_steps(self) -> None:
        # Half-accumulated gradients are in no checkpoint: a validation there could not be resumed from.
        accumulate, interval = self.trainer.accumulate_grad_batches, self.trainer.val_check_batch
        if isinstance(interval, int):
            self.trainer.val_check_batch = -(-interval // accumulate) * accumulate

    def training_step(self, batch: dict[str, Any]) -> Tensor:
        """The loss whose gradients, averaged over accumulation and processes by Lightning, are those of the step."""
        with Offloaded() if self._offloads_activations else nullcontext():
            loss = self._summed_loss(batch)
        self._meter.add(loss, batch)
        # Lightning divides by the accumulated micro-batches and DDP by the processes: undo both.
        parts = self.trainer.accumulate_grad_batches * self.trainer.world_size
        self._step_learnt_tokens, self._step_size = batch["step_learnt_tokens"], batch[self.size_of_step]
        return loss * parts / max(1, self._step_size)

    def _summed_loss(self, batch: dict[str, Any]) -> Tensor:
        """What training lowers, before it is divided by the size of the step."""
        return self._weighted_nll(batch) if "weights" in batch else self._nll(batch)[0]

    def _nll(self, batch: dict[str, Any]) -> tuple[Tensor, Tensor]:
        """The negative log-likelihood in nats, summed over the learnt tokens, in fp32; and their number."""
        inputs, targets, _ = self._read(self.model, batch)
        return self._loss(self.model, inputs, targets), (targets != NOT_LEARNT).sum()

    def _weighted_nll(self, batch: dict[str, Any]) -> Tensor:
        """The negative log-likelihood in nats, summed over the learnt tokens by their weights, in fp32."""
        return self._loss(self.model, *self._read(self.model, batch))

    def on_before_optimizer_step(self, optimizer: torch.optim.Optimizer) -> None:
        """Logs the step that is about to be taken. Raises: ModelError where its loss or gradients are not finite."""
        sums = self._meter.sums(self._over_processes)
        step, loss = self.trainer.global_step + 1, sums[0] / max(1, self._step_size)
        gradients = [parameter.grad for parameter in self.parameters() if parameter.grad is not None]
        grad_norm = self.trainer.strategy.gradient_norm(gradients)  # pyright: ignore[reportAttributeAccessIssue]
        self._refuse_non_finite(step, loss, grad_norm)
        speed = self._meter.speed(sums, self.model, processes=self.trainer.world_size, is_16_bit=self._is_16_bit())
        self._learnt_tokens += self._step_learnt_tokens
        speed |= self._told_of_step()
        self.log("train/loss", loss, prog_bar=True, logger=False)
        if step % self.trainer.log_every_n_steps == 0:  # pyright: ignore[reportAttributeAccessIssue]
            self._write(
                step,
                {
                    "train/loss": loss,
                    "train/learning_rate": optimizer.param_groups[0]["lr"],
                    "train/grad_norm": grad_norm,
                    "train/learnt_tokens": self._learnt_tokens,
                    **speed,
                },
            )

    def _told_of_step(self) -> dict[str, float]:
        """What is logged of a step besides."""
        return {}

    def _is_16_bit(self) -> bool:
        is_mixed = self.trainer.precision_plugin.precision != "32-true"
        return is_mixed or self.model.dtype in (torch.bfloat16, torch.float16)

    def _refuse_non_finite(self, step: int, loss: float, grad_norm: float) -> None:
        # A scaler of fp16 lets gradients overflow on purpose, and skips the step.
        has_scaler = getattr(self.trainer.precision_plugin, "scaler", None) is not None
        if math.isfinite(loss) and (has_scaler or math.isfinite(grad_norm)):
            return
        raise ModelError(
            f"step {step}: the loss is {loss} and the gradient norm {grad_norm}; both must be finite. The weights are "
            "still those of the step before. Type a lower optimizer.lr, a longer schedule.num_warmup_steps, or "
            "precision=fp32"
        )

    def on_validation_epoch_start(self) -> None:
        """Starts the sums of a validation."""
        self._validation_start = time.perf_counter()
        self._validation_sums = torch.zeros(2, dtype=torch.float64, device=self.device)

    def validation_step(self, batch: dict[str, Any]) -> None:
        """Adds a micro-batch to the sums."""
        nll, learnt_tokens = self._nll(batch)
        self._validation_sums += torch.stack([nll.double(), learnt_tokens.double()])

    def on_validation_epoch_end(self) -> None:
        """Logs validation/loss, over all processes."""
        found = self._validated()
        self.log("validation/loss", found["validation/loss"], prog_bar=True, logger=False, sync_dist=True)
        if not self.trainer.sanity_checking:
            self._write(self.trainer.global_step, found)
        if self.trainer.training:
            self._meter.leave_out(time.perf_counter() - self._validation_start)

    def _validated(self) -> dict[str, float]:
        """What is logged of a validation: nats per learnt token."""
        nll, learnt_tokens = self._over_processes(self._validation_sums)
        return {"validation/loss": nll / learnt_tokens}

    def _over_processes(self, sums: Tensor) -> list[float]:
        return self.trainer.strategy.reduce(sums.clone(), reduce_op="sum").tolist()

    def _write(self, step: int, metrics: dict[str, float]) -> None:
        # Straight to the loggers: Lightning's own way rounds to fp32 and counts micro-batches after a resume.
        for logger in self.loggers:
            logger.log_metrics({"epoch": self.current_epoch, **metrics}, step=step)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keeps the trained parameters alone, and adds what Lightning forgets: the random state of every process."""
        trained = self._trained_names()
        checkpoint["state_dict"] = {name: value for name, value in checkpoint["state_dict"].items() if name in trained}
        checkpoint["doppel"] = {
            "random_states": randomness.of_all_processes(),
            "learnt_tokens": self._learnt_tokens,
            "accumulate": self.trainer.accumulate_grad_batches,
        }

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Takes back what was added. Raises: ModelError where other parameters are trained than were saved."""
        saved, trained = set(checkpoint["state_dict"]), self._trained_names()
        if saved != trained:
            odd = sorted(saved ^ trained)
            raise ModelError(
                f"the checkpoint holds {len(saved)} trained tensors and this model trains {len(trained)}; they differ "
                f"in {', '.join(odd[:3])}{', ...' if odd[3:] else ''}. Set model and adapter back to those of the run"
            )
        self._refuse_other_shapes(checkpoint["state_dict"])
        self._random_states = checkpoint["doppel"]["random_states"]
        self._learnt_tokens = checkpoint["doppel"]["learnt_tokens"]
        recount(checkpoint["loops"], checkpoint["doppel"]["accumulate"], self.trainer.accumulate_grad_batches)

    def _refuse_other_shapes(self, saved: dict[str, Tensor]) -> None:
        for name, parameter in self.named_parameters():
            shape = tuple(getattr(parameter, "ds_shape", parameter.shape))  # ZeRO keeps the whole one beside
            if name in saved and tuple(saved[name].shape) != shape:
                raise ModelError(
                    f"the checkpoint is of another model or adapter: {name} has the shape {tuple(saved[name].shape)} "
                    f"there and {shape} here. Set model and adapter back to those of the run"
                )

    def _trained_names(self) -> set[str]:
        return {name for name, parameter in self.named_parameters() if parameter.requires_grad}
