"""What `doppel plan` foresees beside what others have published: peaks of torch.cuda.max_memory_allocated, and GPUs.

Run: .venv/bin/python benchmarks/plan.py [--write]

The first three tables carry litgpt's own code out on doppel's simulator, as its published figures are of its own code
(pip install --no-deps litgpt lightning jsonargparse; skipped where they are not). Then doppel's own step at the
settings of known systems and of Qwen's table, and what a plan itself takes.
"""

from __future__ import annotations

import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from plan_litgpt import litgpt_table, quantised_table, sharded_table
from side_by_side import conditions

from doppel.commands.plan_changes import ROOT
from doppel.commands.plan_model import known_model
from doppel.commands.plan_search import Steps, longest
from doppel.config.build import build, build_all
from doppel.config.check import check
from doppel.config.compose import compose

HERE = Path(__file__).resolve()
GB = 1e9


@dataclass(frozen=True, slots=True)
class System:
    """A run that somebody has told of, as doppel composes it."""

    name: str
    words: tuple[str, ...]
    gpu: str
    told: str


SYSTEMS = (
    System("doppelganger, LoRA", ("experiment=doppelganger_lora",), "rtx_3090", "ran on it ('20 GB VRAM')"),
    System("doppelganger, full, 8 GPUs", ("experiment=doppelganger_full",), "a100_80gb", "ran on it (63 GB)"),
    System("digital_copy", ("experiment=digital_copy",), "t4", "ran on it (16 GB)"),
    System("User Simulation, 2 GPUs", ("experiment=user_simulation",), "t4", "ran on it"),
    System(
        "Mistral-7B, fp32 AMP",
        ("model=mistral_7b", "adapter=full", "precision=bf16_mixed", "batches.batch_size=1"),
        "a100_80gb",
        "120 GB (LLaMA-Factory's rule of thumb)",
    ),
    System(
        "Mistral-7B, bf16 full",
        ("model=mistral_7b", "adapter=full", "precision=bf16", "batches.batch_size=1"),
        "a100_80gb",
        "60 GB (LLaMA-Factory's rule of thumb)",
    ),
    System(
        "Mistral-7B, LoRA",
        ("model=mistral_7b", "precision=bf16", "training.gradient_checkpointing=true", "batches.batch_size=1"),
        "rtx_3090",
        "16 GB (LLaMA-Factory's rule of thumb)",
    ),
    System(
        "Mistral-7B, LoRA on int8",
        ("model=mistral_7b", "precision=int8", "training.gradient_checkpointing=true", "batches.batch_size=1"),
        "rtx_3090",
        "10 GB (LLaMA-Factory's rule of thumb)",
    ),
    System(
        "Mistral-7B, QLoRA",
        ("model=mistral_7b", "adapter=qlora", "batches.batch_size=1"),
        "rtx_3090",
        "6 GB (LLaMA-Factory's rule of thumb)",
    ),
)


NOTE = """doppelganger's 63 GB are not doppel's step. An earlier prototype of the simulator gave 36.2 GB with the
attention of its transformers 4.35, which kept every layer's scores, and with whole logits; 48.6 GB as its accelerate
0.24 kept whole gradients on each GPU while it accumulated (no_sync); and up to 62.2 GB as that FSDP did not limit how
many gathered blocks wait at a time. doppel's FSDP2 reduces gradients at each micro-batch, limits them, and takes fused
attention."""


def systems_table() -> list[str]:
    """A line for each system: doppel's own step at its settings, on micro-batches as long as it allows."""
    head = "| system | told | GPU | doppel: allocated GB | reserved GB | verdict |"
    lines = [head, "| --- | --- | --- | ---: | ---: | --- |"]
    for system in SYSTEMS:
        step, config, devices = _step(system.words)
        gpu, machine = build_all(config["gpu"])[system.gpu], build(config["machine"])
        verdict = machine.verdict(step, gpu, devices)
        lines.append(
            f"| {system.name} | {system.told} | {gpu.title} | {step.allocated / GB:.2f} "
            f"| {step.reserved / GB:.2f} | {verdict} |"
        )
    return [*lines, "", NOTE]


def _step(words: Sequence[str]) -> tuple[Any, dict[str, Any], int]:
    """The step of the longest micro-batch, the config, and how many devices it is of."""
    config, faults = compose("plan", [*words])
    # What must be given is a person's, and a plan of the longest micro-batch does not ask for it.
    check(_filled(config), ROOT, known_faults=faults, is_learning_here=False)
    known = known_model(config)
    steps = Steps(config, known)
    return steps.whole(longest(config, known)), config, steps.spread.devices


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
            step, config, _ = _step([*QWEN_WORDS, f"model.path={scratch}", f"batches.max_tokens={tokens}"])
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


def _filled(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _filled(value) for key, value in node.items()}
    return "given" if node == "???" else node


def cost_table() -> list[str]:
    """What a plan takes: a process from its start to its end."""
    lines = ["| doppel plan | seconds | of a core | peak MiB |", "| --- | ---: | ---: | ---: |"]
    common = ["lengths=longest", "changes=never", "precision=bf16", "training.gradient_checkpointing=true"]
    for words in (
        ["model=tiny_causal", "gpus=[rtx_3090]"],
        ["model=fred_t5_1_7b", "gpus=[rtx_3090]"],
        ["model=mistral_7b", "gpus=[rtx_3090]"],
        ["model=mistral_7b"],
        ["model=rugpt_3_5_13b", "gpus=[a100_80gb]"],
        ["model=causal", "model.path=meta-llama/Llama-2-70b-hf", "adapter=qlora", "gpus=[a100_80gb]"],
    ):
        start = time.perf_counter()
        pid = subprocess.Popen([sys.executable, "-m", "doppel", "plan", *words, *common], stdout=subprocess.DEVNULL).pid
        _, _, used = os.wait4(pid, 0)
        seconds = time.perf_counter() - start
        lines.append(
            f"| {' '.join(words)} | {seconds:.1f} | {used.ru_utime + used.ru_stime:.1f} | {used.ru_maxrss / 1024:.0f} |"
        )
    return [
        *lines,
        "",
        "One after another, with the largest micro-batch looked for; a busy machine lengthens all of it.",
    ]


def main() -> None:
    """Prints the tables; --write keeps them."""
    parts = ["# What a plan foresees", "", conditions(["torch", "transformers", "peft", "bitsandbytes"]), ""]
    tables: list[tuple[str, Callable[[], list[str]]]] = [
        (
            "doppel's own step at the settings of known systems, which it was not measured on; its loss makes no whole "
            "logits:",
            systems_table,
        ),
        ("doppel's own step at the settings of Qwen's table, with whole logits:", qwen_table),
        ("What a plan itself takes:", cost_table),
    ]
    if importlib.util.find_spec("litgpt") is not None:
        tables[:0] = [
            (
                f"litgpt {version('litgpt')} carried out on the simulator, beside the peaks that litgpt has published "
                "(config_hub/finetune/README.md\non an A10G, tutorials/resource-tables.md on an A100 of 40 GB):",
                litgpt_table,
            ),
            (
                "All weights over several GPUs: the trace of one, and what FSDP splits divided:",
                sharded_table,
            ),
            (
                "Over NF4. litgpt asks for bitsandbytes 0.42, whose product kept its input until the backward, "
                "as here.\nThe last column is without, as bitsandbytes is now:",
                quantised_table,
            ),
        ]
    for about, table in tables:
        parts += [about, "", *table(), ""]
    text = "\n".join(parts)
    print(text)
    if "--write" in sys.argv[1:]:
        HERE.with_suffix(".md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
