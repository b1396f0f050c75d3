"""What `doppel plan` foresees beside what others have published: peaks of torch.cuda.max_memory_allocated, and GPUs.

Run: .venv/bin/python benchmarks/plan.py [--write]

The first three tables carry litgpt's own code out on doppel's simulator, as its published figures are of its own code
(pip install --no-deps litgpt lightning jsonargparse; skipped where they are not). Then doppel's own step at the
settings of known systems and of Qwen's table, and what a plan itself takes.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from plan_at import step_at
from plan_litgpt import litgpt_table, quantised_table, sharded_table
from plan_qwen import qwen_table
from plan_torchtune import torchtune_table
from side_by_side import conditions

from doppel.config.build import build, build_all

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
        step, config, devices = step_at(system.words)
        gpu, machine = build_all(config["gpu"])[system.gpu], build(config["machine"])
        verdict = machine.verdict(step, gpu, devices)
        lines.append(
            f"| {system.name} | {system.told} | {gpu.title} | {step.allocated / GB:.2f} "
            f"| {step.reserved / GB:.2f} | {verdict} |"
        )
    return [*lines, "", NOTE]


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
        (
            "doppel's own step at the settings of torchtune's ladder. torchtune 0.6.1 itself does not import beside "
            "torch 2.13\n(no torchao suits both), and transformers' Llama keeps more than torchtune's own:",
            torchtune_table,
        ),
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
                "All weights over several GPUs: the trace of one, and what FSDP splits divided, as litgpt uses FSDP1:",
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
