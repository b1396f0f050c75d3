"""doppel's own step at the settings of the table in Qwen's README, on one A100 of 80 GB."""

from __future__ import annotations

import json
import statistics
import tempfile
from pathlib import Path

from plan_at import step_at

from doppel.config.build import build

GB = 1e9
QWEN = {  # config.json of Qwen-1_8B, 7B and 14B, in the words of transformers' qwen2, which has the same layers
    "1.8B": (2048, 5504, 24, 16, 151936),
    "7B": (4096, 11008, 32, 32, 151936),
    "14B": (5120, 13696, 40, 40, 152064),
}
# (size, tokens, GB): the LoRA rows of "Profiling of Memory and Speed" in QwenLM/Qwen's README, one A100 of 80 GB.
QWEN_LORA = (
    ("1.8B", 256, 6.7),
    ("1.8B", 1024, 8.4),
    ("1.8B", 2048, 11.0),
    ("1.8B", 8192, 21.8),
    ("7B", 256, 20.1),
    ("7B", 1024, 21.5),
    ("7B", 2048, 23.8),
    ("7B", 8192, 36.6),
    ("14B", 256, 34.6),
    ("14B", 1024, 35.3),
    ("14B", 2048, 37.4),
    ("14B", 8192, 55.2),
)
QWEN_WORDS = (
    "model=causal",
    "precision=bf16",
    "adapter=lora",
    "adapter.rank=64",
    "adapter.targets=[q_proj,k_proj,v_proj,o_proj,gate_proj,up_proj]",
    "adapter.dropout=0.05",
    "batches=padded",
    "batches.batch_size=1",
    "trainer.accumulate_grad_batches=8",
    "training.gradient_checkpointing=true",
    "training.loss_chunk_tokens=8192",  # whole logits, as theirs
)


def qwen_table() -> list[str]:
    """A line for each length of Qwen's own table."""
    lines = ["| Qwen, LoRA 64 | tokens | told GB | allocated GB | with reserve and context GB | error of that |"]
    lines.append("| --- | ---: | ---: | ---: | ---: | ---: |")
    errors = []
    with tempfile.TemporaryDirectory() as scratch:
        for size, tokens, told in QWEN_LORA:
            hidden, inner, layers, heads, vocabulary = QWEN[size]
            facts = {
                "model_type": "qwen2",
                "hidden_size": hidden,
                "intermediate_size": inner,
                "num_hidden_layers": layers,
                "num_attention_heads": heads,
                "num_key_value_heads": heads,
                "vocab_size": vocabulary,
                "max_position_embeddings": 8192,
                "tie_word_embeddings": False,
            }
            Path(scratch, "config.json").write_text(json.dumps(facts), encoding="utf-8")
            step, config, _ = step_at([*QWEN_WORDS, f"model.path={scratch}", f"batches.max_tokens={tokens}"])
            taken = (step.reserved + build(config["machine"]).context(1)) / GB
            errors.append(taken / told - 1)
            row = f"| {size} | {tokens} | {told} | {step.allocated / GB:.2f} | {taken:.2f} | {errors[-1]:+.1%} |"
            lines.append(row)
    middle, worst = statistics.median(errors), max(errors, key=abs)
    return [
        *lines,
        "",
        f"{len(errors)} rows: median error {middle:+.1%}, worst {worst:+.1%}. How they measured is not told.",
    ]
