"""Attention within each sample of a packed row: as much work as the samples have, not as much as the row has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import torch
from torch import Tensor, nn
from transformers import AttentionInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import AttentionMaskInterface, sdpa_mask

from doppel.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterator

Attention = Literal["auto", "sdpa", "flash_attention_2", "flash_attention_3"]
PER_SAMPLE = "sdpa_per_sample"  # the name under which transformers finds ours


def use_attention(model: Any, attention: Attention) -> None:
    """Sets the attention of a transformers model, with an adapter or without; `auto` leaves it as it is.

    Raises: ModelError where a library is missing or the architecture cannot.
    """
    if attention == "auto":
        return
    try:
        _base(model).set_attn_implementation(attention)
    except (ImportError, ValueError) as error:
        raise ModelError(f"training.attention={attention}: {error} Type training.attention=auto") from error


def attend_per_sample(model: Any) -> None:
    """Lets a model of which packed rows are asked on a CPU attend sample by sample, where its architecture allows.

    Only there: on a GPU a mask over the row costs less than many small calls.
    """
    base = _base(model)
    if base.config._attn_implementation == "sdpa" and base._can_set_attn_implementation():
        AttentionInterface.register(PER_SAMPLE, _per_sample)
        AttentionMaskInterface.register(PER_SAMPLE, sdpa_mask)
        base.set_attn_implementation(PER_SAMPLE)


def isolating_inputs(model: Any, position_ids: Tensor) -> dict[str, Tensor]:
    """What a forward needs, beside input_ids, so that packed samples do not see each other.

    For attention of ours that is the lengths of the samples, in the place of a mask that is ready-made: transformers
    hands those on to each layer as they are. Otherwise it is positions that restart and no mask at all: any mask or
    cache would switch off the isolation, in silence.
    """
    if model.config._attn_implementation != PER_SAMPLE:
        return {"position_ids": position_ids}
    starts = (position_ids == 0).flatten().nonzero()[:, 0]
    ends = torch.cat([starts[1:], starts.new_tensor([position_ids.numel()])])
    return {"position_ids": position_ids, "attention_mask": (ends - starts).reshape(1, 1, 1, -1)}


def is_flattened(model: Any) -> bool:
    """Whether packed rows must become one: flash attention of transformers 5.23 looks for samples in a lone row."""
    return str(model.config._attn_implementation).startswith("flash_attention")


def _per_sample(
    module: nn.Module, query: Tensor, key: Tensor, value: Tensor, attention_mask: Tensor | None, **options: Any
) -> tuple[Tensor, None]:
    """(B, T, heads, features) of query, key and value (B, heads, T, features)."""
    if attention_mask is None or attention_mask.dtype != torch.int64:
        return sdpa_attention_forward(module, query, key, value, attention_mask, **options)
    window = options.get("sliding_window")
    rows = []
    # Splitting, not slicing: the backward of a slice is as large as what was sliced.
    by_row = _by_row(attention_mask, query.shape[2])
    for own_query, own_key, own_value, lengths in zip(query, key, value, by_row, strict=True):
        parts = zip(*(own.split(lengths, dim=1) for own in (own_query, own_key, own_value)), strict=True)
        rows.append(torch.cat([_alone(module, *part, window=window, options=options) for part in parts], dim=1))
    return torch.cat(rows), None


def _alone(
    module: nn.Module, query: Tensor, key: Tensor, value: Tensor, window: int | None, options: dict[str, Any]
) -> Tensor:
    length = query.shape[1]
    mask = None
    if window is not None and length > window:
        ahead = torch.arange(length)[:, None] - torch.arange(length)
        mask = ((ahead >= 0) & (ahead < window))[None, None]
    return sdpa_attention_forward(module, query[None], key[None], value[None], mask, **options)[0]


def _by_row(lengths: Tensor, width: int) -> Iterator[list[int]]:
    row: list[int] = []
    for length in lengths.flatten().tolist():
        row.append(length)
        if sum(row) >= width:
            assert sum(row) == width, "a sample lies across two rows"
            yield row
            row = []


def _base(model: Any) -> Any:
    return model.get_base_model() if hasattr(model, "get_base_model") else model
