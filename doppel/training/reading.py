"""From a batch to what a model is called with, and what it is to say where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from doppel.errors import ModelError
from doppel.training.attention import Attention, attend_per_sample, is_flattened, isolating_inputs
from doppel.types import NOT_LEARNT, Architecture

if TYPE_CHECKING:
    from collections.abc import Mapping

PROBE_TOKENS = 8  # of each of two samples
# Of the spread of logits; measured: 2e-7 at most where samples are isolated, 0.58 at least where they are not.
LARGEST_CHANGE = 0.1


class Reader:
    """Reads batches of one architecture; packed ones only with a model that keeps their samples apart.

    Where the choice of attention is left to us (`auto`), packed rows on a CPU are attended to sample by sample.
    """

    def __init__(self, architecture: Architecture, attention: Attention) -> None:
        self._architecture: Architecture = architecture
        self._attention: Attention = attention
        self._is_isolated: bool | None = None

    def __call__(self, model: Any, batch: Mapping[str, Any]) -> tuple[dict[str, Any], Tensor, Tensor | None]:
        """Arguments of the forward; (B, T) what is to be said at each position; (B, T) its weights, or None.

        Raises: ModelError where samples are packed and the model would mix them.
        """
        labels, weights = batch["labels"], batch.get("weights")
        inputs: dict[str, Any] = {"input_ids": batch["input_ids"], "use_cache": False}
        if self._architecture == "seq2seq":
            decoder_input_ids = model.prepare_decoder_input_ids_from_labels(labels=labels)
            inputs |= {"attention_mask": batch["attention_mask"], "decoder_input_ids": decoder_input_ids}
            return inputs, labels, weights
        targets = _next(labels, NOT_LEARNT)
        weights = None if weights is None else _next(weights, 0)
        if "position_ids" not in batch:
            return {**inputs, "attention_mask": batch["attention_mask"]}, targets, weights
        # Any mask or cache would switch off the isolation of packed samples, in silence.
        assert "attention_mask" not in batch
        self._require_isolation(model, batch["input_ids"].device)
        positions = batch["position_ids"]
        if is_flattened(model):
            inputs["input_ids"], positions, targets = (
                tensor.reshape(1, -1) for tensor in (inputs["input_ids"], positions, targets)
            )
            weights = None if weights is None else weights.reshape(1, -1)
        return inputs | isolating_inputs(model, positions), targets, weights

    def _require_isolation(self, model: Any, device: torch.device) -> None:
        if self._is_isolated is None:
            if self._attention == "auto" and device.type == "cpu":
                attend_per_sample(model)
            self._is_isolated = _change_by_neighbour(model, device) < LARGEST_CHANGE
        if not self._is_isolated:
            raise ModelError(
                f"batches=packed: models of the kind {model.config.model_type} do not keep the samples of a row apart "
                "(tried just now): type batches=bucketed"
            )


@torch.no_grad()
def _change_by_neighbour(model: Any, device: torch.device) -> float:
    """How far a sample's logits are, behind another sample in its row, from those alone, as a share of their spread.

    Tried rather than looked up: some architectures of transformers (falcon, bloom, mpt) take positions that
    restart and mix the samples all the same, in silence. Of evaluation, so that nothing is drawn.
    """
    was_training = model.training
    model.eval()
    ids = torch.arange(2 * PROBE_TOKENS, device=device)[None] % model.config.vocab_size
    positions = torch.arange(PROBE_TOKENS, device=device).repeat(2)[None]
    both = model(input_ids=ids, use_cache=False, **isolating_inputs(model, positions)).logits
    alone = model(input_ids=ids[:, PROBE_TOKENS:], use_cache=False).logits
    model.train(was_training)
    change = (both[:, -PROBE_TOKENS:] - alone[:, -PROBE_TOKENS:]).float().abs().mean(-1).max()
    return float(change / alone.float().std())


def _next(values: Tensor, after_the_last: float) -> Tensor:
    """(B, T) each position's next value: what a decoder-only model says there is the token that follows."""
    return torch.cat([values[:, 1:], torch.full_like(values[:, :1], after_the_last)], 1)
