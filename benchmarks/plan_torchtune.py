"""doppel's own step at the settings of torchtune's ladder, on one A100: until it compiles, and beyond."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from plan_at import step_at

GIB = 2**30
LLAMA = {  # meta-llama/Llama-3.2-3B: config.json
    "model_type": "llama",
    "hidden_size": 3072,
    "intermediate_size": 8192,
    "num_hidden_layers": 28,
    "num_attention_heads": 24,
    "num_key_value_heads": 8,
    "head_dim": 128,
    "vocab_size": 128256,
    "max_position_embeddings": 131072,
    "tie_word_embeddings": True,
}
COMMON = (
    "model=causal",
    "adapter=full",
    "precision=bf16",
    "optimizer=adamw",
    "batches=packed",
    "batches.batch_size=2",
    "batches.max_tokens=4096",
)
WHOLE, CHUNKED = "training.loss_chunk_tokens=8192", "training.loss_chunk_tokens=1024"
CHECKPOINTED = "training.gradient_checkpointing=true"
# (what is added, words, GiB told of torch's peak, whether torchtune compiles there): "Optimization flags" in the README
# of pytorch/torchtune, Llama 3.2 3B, all weights in bf16, packed rows of 2 x 4096, one A100.
LADDER = (
    ("packed rows", (WHOLE,), 60.0, False),
    ("compiled layers", (WHOLE,), 51.0, True),
    ("a loss in chunks", (CHUNKED,), 42.9, True),
    ("activation checkpointing", (CHUNKED, CHECKPOINTED), 24.9, True),
)


def torchtune_table() -> list[str]:
    """A line for each rung."""
    lines = ["| torchtune, all weights | told GiB | compiled there | allocated GiB, not compiled | error |"]
    lines.append("| --- | ---: | --- | ---: | ---: |")
    with tempfile.TemporaryDirectory() as scratch:
        Path(scratch, "config.json").write_text(json.dumps(LLAMA), encoding="utf-8")
        for name, words, told, is_compiled in LADDER:
            step, _, _ = step_at([*COMMON, *words, f"model.path={scratch}"])
            foreseen = step.allocated / GIB
            compiled = "yes" if is_compiled else "no"
            lines.append(f"| + {name} | {told} | {compiled} | {foreseen:.1f} | {foreseen / told - 1:+.1%} |")
    return [*lines, "", "What is compiled needs less than is foreseen: compiling is not modelled, and plans say so."]
