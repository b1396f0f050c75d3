"""Learnt factors on keys, values and the feed-forward (IA3: Liu et al., 2022): the fewest weights of all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from peft import IA3Config
from peft.tuners.ia3 import IA3Layer
from torch import nn

from doppel.adapter.peft_adapter import TASKS, PeftAdapter
from doppel.adapter.targets import has_linear, linear_modules, require_targets
from doppel.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from doppel.types import Architecture

AUTO = "auto"
# Names of layers whose outputs are keys and values, by the families that use them; where they are one layer with the
# queries, all three are scaled.
KEYS_AND_VALUES = (
    ("k_proj", "v_proj"),  # Llama, Mistral, Qwen, Gemma, BART, OPT
    ("SelfAttention.k", "SelfAttention.v", "EncDecAttention.k", "EncDecAttention.v"),  # T5
    ("query_key_value",),  # GPT-NeoX, Falcon, BLOOM
    ("qkv_proj",),  # Phi-3
    ("c_attn",),  # GPT-2
    ("Wqkv",),  # MPT
)
# Names of the feed-forward's last layer, whose input is scaled.
FEED_FORWARD = ("down_proj", "DenseReluDense.wo", "dense_4h_to_h", "mlp.c_proj", "fc2", "fc_out", "ffn.down_proj")


class IA3(PeftAdapter):
    """Trains one factor per output of a target, or per input of a feed-forward target: about 1 for 10 000 weights.

    "auto" finds the layers by the names that known families give them.
    """

    def __init__(self, *, targets: str | list[str], feed_forward: str | list[str]) -> None:
        self.targets = targets
        self.feed_forward = feed_forward

    def config(self, model: Any, architecture: Architecture, new_ids: Sequence[int]) -> IA3Config:
        """PEFT's own description. Raises: ModelError where no such layer is found."""
        assert not new_ids  # refused by a rule
        inner = found(model, "feed_forward", self.feed_forward, tuple((name,) for name in FEED_FORWARD))
        outer = found(model, "targets", self.targets, KEYS_AND_VALUES)
        return IA3Config(
            target_modules=[*outer, *inner],
            feedforward_modules=inner,
            task_type=TASKS[architecture],
        )

    def apply(self, model: Any, architecture: Architecture, new_ids: Sequence[int] = ()) -> nn.Module:
        """The model with factors of 1, which change nothing until they are trained. Raises: ModelError."""
        return with_dtype_kept(super().apply(model, architecture, new_ids))

    def load(self, base: Any, folder: str | Path) -> nn.Module:
        """The base with the saved factors, in evaluation mode. Raises: ModelError."""
        return with_dtype_kept(super().load(base, folder))


def keep_dtype(module: Any, inputs: tuple[Any, ...], output: Any) -> Any:  # noqa: ARG001 (torch's hook)
    """The output in the dtype of the input: PEFT 0.21 gives fp32 over a quantised layer, and attention refuses it."""
    return output.to(inputs[0].dtype)


def with_dtype_kept(model: Any) -> Any:
    """The model, every scaled layer of which gives what it was given."""
    for module in model.modules():
        if isinstance(module, IA3Layer) and isinstance(module, nn.Module):
            module.register_forward_hook(keep_dtype)
    return model


def found(model: Any, key: str, chosen: str | list[str], families: Sequence[Sequence[str]]) -> list[str]:
    """The names that are chosen, or with "auto" the first family's that the model has. Raises: ModelError."""
    if chosen != AUTO:
        names = [chosen] if isinstance(chosen, str) else list(chosen)
        require_targets(model, names, key=f"adapter.{key}")
        return names
    family = next((family for family in families if has_linear(model, family[0])), None)
    if family is None:
        there = sorted({name.rpartition(".")[2] for name in linear_modules(model)})
        raise ModelError(
            f"adapter.{key}=auto knows no layer of this model ({model.config.model_type}), which has "
            f"{', '.join(there)}. Name some of them: adapter.{key}=[{there[0]}]"
        )
    return [name for name in family if has_linear(model, name)]
