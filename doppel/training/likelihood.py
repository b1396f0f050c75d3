"""Maximum likelihood of the learnt tokens, for decoder-only and encoder-decoder models."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from typing import Any

import torch
from pytorch_lightning import LightningModule
from torch import Tensor, nn

from doppel.errors import ModelError
from doppel.training import randomness
from doppel.types import NOT_LEARNT, Architecture


class Likelihood(LightningModule):
    """Trains what `build_model` gives. The loss of a step is summed over its learnt tokens and divided by their number,
    over all accumulated micro-batches and all processes: every learnt token weighs the same, wherever it lies.

    Where samples have weights, the loss of training is weighed, and logged as it is weighed: weights are 1 on average
    over an epoch, not over a step, as dividing by the weights of a small step would take them back. The loss of
    validation knows no weights, so that it can be compared with that of other runs.

    `make_optimizer` takes the trained parameters; `make_schedule` takes optimizer= and num_training_steps=.
    """

    def __init__(
        self,
        build_model: Callable[[], nn.Module],
        make_optimizer: Callable[[Iterable[nn.Parameter]], torch.optim.Optimizer],
        make_schedule: Callable[..., torch.optim.lr_scheduler.LRScheduler],
        architecture: Architecture,
        steps_per_epoch: int,
        *,
        seed: int,
    ) -> None:
        super().__init__()
        self.strict_loading = False  # checkpoints hold the trained parameters alone
        self.model: Any = None
        self._build_model, self._make_optimizer, self._make_schedule = build_model, make_optimizer, make_schedule
        self._architecture, self._steps_per_epoch, self._seed = architecture, steps_per_epoch, seed
        self._learnt_tokens = 0  # in all steps so far, over all processes
        self._random_states: list[dict[str, Any]] | None = None
        self._clock = 0.0

    def configure_model(self) -> None:
        """Builds the model, once: Lightning calls this again for each of fit, validate and test."""
        if self.model is None:
            self.model = self._build_model().train()

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
        if self._random_states is None:
            randomness.seed(self._seed + self.global_rank)
        else:
            randomness.restore(self._random_states[self.global_rank])
            self._random_states = None
        self._step_sums = torch.zeros(2, dtype=torch.float64, device=self.device)
        self._validate_between_steps()
        for logger in self.loggers:
            if hasattr(logger, "cut_after"):
                logger.cut_after(self.trainer.global_step)  # pyright: ignore[reportAttributeAccessIssue]
        self._clock = time.perf_counter()

    def _validate_between_steps(self) -> None:
        # Half-accumulated gradients are in no checkpoint: a validation there could not be resumed from.
        accumulate, interval = self.trainer.accumulate_grad_batches, self.trainer.val_check_batch
        if isinstance(interval, int):
            self.trainer.val_check_batch = -(-interval // accumulate) * accumulate

    def training_step(self, batch: dict[str, Any]) -> Tensor:
        """The loss whose gradients, averaged over accumulation and processes by Lightning, are those of the step."""
        nll = self._weighted_nll(batch) if "weights" in batch else self._nll(batch)[0]
        self._step_sums += torch.stack([nll.detach().double(), self._num_tokens(batch).double()])
        # Lightning divides by the accumulated micro-batches and DDP by the processes: undo both.
        parts = self.trainer.accumulate_grad_batches * self.trainer.world_size
        self._step_learnt_tokens = batch["step_learnt_tokens"]
        return nll * parts / max(1, self._step_learnt_tokens)

    def _nll(self, batch: dict[str, Any]) -> tuple[Tensor, Tensor]:
        """The negative log-likelihood in nats, summed over the learnt tokens, in fp32; and their number."""
        logits, labels, is_learnt = self._learnt(batch)
        return nn.functional.cross_entropy(logits, labels, reduction="sum"), is_learnt.sum()

    def _weighted_nll(self, batch: dict[str, Any]) -> Tensor:
        """The negative log-likelihood in nats, summed over the learnt tokens by their weights, in fp32."""
        logits, labels, is_learnt = self._learnt(batch)
        weights = batch["weights"] if self._architecture == "seq2seq" else batch["weights"][:, 1:]
        return (nn.functional.cross_entropy(logits, labels, reduction="none") * weights[is_learnt]).sum()

    def _learnt(self, batch: dict[str, Any]) -> tuple[Tensor, Tensor, Tensor]:
        """Logits and labels of the N learnt tokens, (N, V) in fp32 and (N,), and where these are, as the labels lie."""
        labels, inputs = batch["labels"], {"input_ids": batch["input_ids"], "use_cache": False}
        if "position_ids" in batch:
            # Any mask or cache would switch off the isolation of packed samples, in silence.
            assert "attention_mask" not in batch
            inputs["position_ids"] = batch["position_ids"]
        else:
            inputs["attention_mask"] = batch["attention_mask"]
        if self._architecture == "seq2seq":
            inputs["decoder_input_ids"] = self.model.prepare_decoder_input_ids_from_labels(labels=labels)
            logits = self.model(**inputs).logits
        else:
            logits, labels = self.model(**inputs).logits[:, :-1], labels[:, 1:]
        is_learnt = labels != NOT_LEARNT
        return logits[is_learnt].float(), labels[is_learnt], is_learnt

    def _num_tokens(self, batch: dict[str, Any]) -> Tensor:
        """The tokens read, source and target, without padding (of which packed rows hold next to none)."""
        tokens = batch["attention_mask"].sum() if "attention_mask" in batch else torch.ones_like(batch["labels"]).sum()
        return tokens + (batch["labels"] != NOT_LEARNT).sum() if self._architecture == "seq2seq" else tokens

    def on_before_optimizer_step(self, optimizer: torch.optim.Optimizer) -> None:
        """Logs the step that is about to be taken. Raises: ModelError where its loss or gradients are not finite."""
        nll, num_tokens = self._over_processes(self._step_sums)
        self._step_sums.zero_()
        step, loss = self.trainer.global_step + 1, nll / max(1, self._step_learnt_tokens)
        gradients = [parameter.grad for parameter in self.parameters() if parameter.grad is not None]
        grad_norm = float(torch.nn.utils.get_total_norm(gradients))
        self._refuse_non_finite(step, loss, grad_norm)
        now = time.perf_counter()
        seconds, self._clock = now - self._clock, now
        self._learnt_tokens += self._step_learnt_tokens
        self.log("train/loss", loss, prog_bar=True, logger=False)
        if step % self.trainer.log_every_n_steps == 0:  # pyright: ignore[reportAttributeAccessIssue]
            self._write(
                step,
                {
                    "train/loss": loss,
                    "train/learning_rate": optimizer.param_groups[0]["lr"],
                    "train/grad_norm": grad_norm,
                    "train/learnt_tokens": self._learnt_tokens,
                    "train/tokens_per_second": num_tokens / seconds,
                },
            )

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
        """Logs validation/loss: nats per learnt token, over all processes."""
        nll, learnt_tokens = self._over_processes(self._validation_sums)
        loss = nll / learnt_tokens
        self.log("validation/loss", loss, prog_bar=True, logger=False, sync_dist=True)
        if not self.trainer.sanity_checking:
            self._write(self.trainer.global_step, {"validation/loss": loss})
        self._clock += time.perf_counter() - self._validation_start

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
        self._random_states = checkpoint["doppel"]["random_states"]
        self._learnt_tokens = checkpoint["doppel"]["learnt_tokens"]

    def _trained_names(self) -> set[str]:
        return {name for name, parameter in self.named_parameters() if parameter.requires_grad}
