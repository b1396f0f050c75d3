"""Quantised layers without weights: bitsandbytes' own modules, with a quantisation state that has shapes alone."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

BLOCK, OUTER_BLOCK = 64, 256  # weights with a scale in common, and scales (bitsandbytes' own defaults)
NF4_LEVELS, BYTE_LEVELS = 16, 256


def quantise_shapes(model: Any, loading: dict[str, Any]) -> list[tuple[str, Tensor]]:
    """(module, tensor) of everything kept beside the quantised weights; the model's linear layers are put in place.

    `model` lies on the meta device; `loading` is what Precision.loading gives. The same layers stay as they are that
    from_pretrained leaves: the head, tied embeddings, T5's `wo`. Nothing where nothing is quantised.
    LLM.int8 is told to look for no outliers, whose number depends on values: their columns are left out.
    """
    quantization = loading.get("quantization_config")
    if quantization is None:
        return []
    from bitsandbytes.nn.modules import Linear4bit, Linear8bitLt
    from transformers.integrations.bitsandbytes import replace_with_bnb_linear
    from transformers.quantizers.base import HfQuantizer

    kept = HfQuantizer.get_modules_to_not_convert(model, None, model._keep_in_fp32_modules)
    replace_with_bnb_linear(model, kept, quantization)
    model.is_loaded_in_4bit, model.is_loaded_in_8bit = quantization.load_in_4bit, quantization.load_in_8bit
    state: list[tuple[str, Tensor]] = []
    for name, module in model.named_modules():
        if isinstance(module, Linear4bit):
            state += [(name, tensor) for tensor in four_bit_shapes(module, loading["dtype"])]
        elif isinstance(module, Linear8bitLt):
            state.append((name, _eight_bit(module)))
        else:
            continue
        if module.bias is not None:
            module.bias.data = module.bias.data.to(loading["dtype"])
    return state


def four_bit_shapes(module: Any, dtype: torch.dtype) -> list[Tensor]:
    """What is kept beside the weight of a Linear4bit on the meta device, which gets one of shapes alone."""
    from bitsandbytes.functional import QuantState
    from bitsandbytes.nn import modules

    rows, columns = module.out_features, module.in_features
    blocks = -(-rows * columns // BLOCK)
    is_double = module.weight.compress_statistics
    scales = _empty(blocks, torch.uint8 if is_double else torch.float32)
    inner = offset = None
    beside = [scales, _empty(NF4_LEVELS, torch.float32)]
    if is_double:
        outer = _empty(-(-blocks // OUTER_BLOCK), torch.float32)
        levels = _empty(BYTE_LEVELS, torch.float32)
        offset = torch.empty((), dtype=torch.float32, device="meta")
        inner = QuantState(absmax=outer, code=levels, blocksize=OUTER_BLOCK, dtype=torch.float32)
        beside += [outer, levels, offset]
    kept = QuantState(
        absmax=scales,
        shape=torch.Size((rows, columns)),
        code=beside[1],
        blocksize=BLOCK,
        quant_type="nf4",
        dtype=dtype,
        offset=offset,
        state2=inner,
    )
    params: Any = modules.Params4bit  # its parameters are of its __new__
    module.weight = params(
        torch.empty(((rows * columns + 1) // 2, 1), dtype=torch.uint8, device="meta"),
        requires_grad=False,
        quant_state=kept,
        blocksize=BLOCK,
        compress_statistics=is_double,
        quant_type="nf4",
        module=module,
        bnb_quantized=True,
    )
    module.quant_state = kept
    return beside


def _eight_bit(module: Any) -> Tensor:
    from bitsandbytes.nn import modules

    rows, columns = module.out_features, module.in_features
    weights = torch.empty((rows, columns), dtype=torch.int8, device="meta")
    scales = _empty(rows, torch.float32)
    params: Any = modules.Int8Params
    module.weight = params(weights, requires_grad=False, has_fp16_weights=False, CB=weights, SCB=scales)
    module.state.threshold = 0.0
    return scales


def _empty(number: int, dtype: torch.dtype) -> Tensor:
    return torch.empty(number, dtype=dtype, device="meta")
