"""A folder of transformers as GGUF: the plain decoder-only architectures, tensor by tensor.

With the names and keys of the package gguf, llama.cpp's own. What differs from a plain Llama, Mistral or Qwen is
refused, as a file that loads and talks nonsense is worse than none: llama.cpp's convert_hf_to_gguf.py knows a hundred.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gguf
import numpy as np
import torch
from safetensors import safe_open
from transformers import AutoConfig

from doppel.errors import ModelError
from doppel.portable.vocabulary import Vocabulary, add_vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

INSTEAD = "Type converter=/path/to/llama.cpp/convert_hf_to_gguf.py, of your own copy of llama.cpp, which may know it"
TYPES = {
    torch.float32: gguf.GGMLQuantizationType.F32,
    torch.bfloat16: gguf.GGMLQuantizationType.BF16,
    torch.float16: gguf.GGMLQuantizationType.F16,
}


@dataclass(frozen=True, slots=True)
class Kind:
    """How an architecture is called in GGUF, and whether its rotary pairs are neighbours there (Su et al., 2021)."""

    arch: gguf.MODEL_ARCH
    has_neighbouring_pairs: bool


KINDS = {
    "llama": Kind(gguf.MODEL_ARCH.LLAMA, has_neighbouring_pairs=True),
    "mistral": Kind(gguf.MODEL_ARCH.LLAMA, has_neighbouring_pairs=True),
    "qwen2": Kind(gguf.MODEL_ARCH.QWEN2, has_neighbouring_pairs=False),
    "qwen3": Kind(gguf.MODEL_ARCH.QWEN3, has_neighbouring_pairs=False),
}


def write(folder: Path, out: Path, vocabulary: Vocabulary, *, has_tensors: bool) -> None:
    """Writes the model in a folder of safetensors, in the dtype that it has; without tensors it is its tokens alone.

    Raises: ModelError for an architecture that is not plain.
    """
    config = AutoConfig.from_pretrained(folder)
    kind = KINDS[require_plain(config)]
    writer = gguf.GGUFWriter(out, gguf.MODEL_ARCH_NAMES[kind.arch], use_temp_file=has_tensors)
    try:
        add_sizes(writer, config)
        add_vocabulary(writer, vocabulary, config.vocab_size)
        if has_tensors:
            names = gguf.get_tensor_name_map(kind.arch, config.num_hidden_layers)
            for name, tensor in tensors_of(folder):
                add_tensor(writer, names, name, ordered(name, tensor, config, kind))
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
    finally:
        writer.close()


def require_plain(config: Any) -> str:
    """The model's type, if it is written here. Raises: ModelError."""
    rotary = getattr(config, "rope_parameters", None) or {}
    odd = {
        f"its architecture is {config.model_type}": config.model_type not in KINDS,
        f"its positions are scaled ({rotary.get('rope_type')})": rotary.get("rope_type", "default") != "default",
        f"its activation is {getattr(config, 'hidden_act', None)}": getattr(config, "hidden_act", None) != "silu",
    }
    if found := [why for why, is_so in odd.items() if is_so]:
        raise ModelError(f"doppel writes GGUF of plain {', '.join(KINDS)} models only: {', '.join(found)}. {INSTEAD}")
    return config.model_type


def add_sizes(writer: gguf.GGUFWriter, config: Any) -> None:
    """Adds the sizes that llama.cpp builds the model from."""
    width = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    writer.add_vocab_size(config.vocab_size)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_key_length(width)
    writer.add_value_length(width)
    writer.add_rope_dimension_count(width)
    writer.add_rope_freq_base(float(config.rope_parameters["rope_theta"]))
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)


def tensors_of(folder: Path) -> Iterator[tuple[str, torch.Tensor]]:
    """The names and tensors of a folder, one in memory at a time. Raises: ModelError where there are none."""
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise ModelError(f"{folder} holds no safetensors")
    for file in files:
        with safe_open(file, framework="pt") as opened:
            for name in opened.keys():  # noqa: SIM118 (it is no dict)
                yield name, opened.get_tensor(name)


def ordered(name: str, tensor: torch.Tensor, config: Any, kind: Kind) -> torch.Tensor:
    """The tensor with the rows of queries and keys as llama.cpp rotates them: pairs, not halves, for Llamas."""
    heads = {"q_proj": config.num_attention_heads, "k_proj": config.num_key_value_heads}.get(name.split(".")[-2])
    if heads is None or not kind.has_neighbouring_pairs:
        return tensor
    halves = tensor.reshape(heads, 2, tensor.shape[0] // heads // 2, *tensor.shape[1:])
    return halves.transpose(1, 2).reshape(tensor.shape)


def add_tensor(writer: gguf.GGUFWriter, names: gguf.TensorNameMap, name: str, tensor: torch.Tensor) -> None:
    """Adds a tensor: matrices in their dtype, vectors in float32, as llama.cpp has them. Raises: ModelError."""
    known = names.get_name(name, try_suffixes=(".weight", ".bias"))
    if known is None:
        raise ModelError(f"GGUF has no name for the tensor {name} here. {INSTEAD}")
    dtype = TYPES[tensor.dtype] if tensor.dim() > 1 else gguf.GGMLQuantizationType.F32
    values = gguf.quants.quantize(np.ascontiguousarray(tensor.float().numpy()), dtype)
    writer.add_tensor(known, values, raw_dtype=dtype)
