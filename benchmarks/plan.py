"""What `doppel plan` foresees beside what others have published: peaks of torch.cuda.max_memory_allocated, and GPUs.

Run: .venv/bin/python benchmarks/plan.py [--write]

The first table carries litgpt's own code out on doppel's simulator, as its published figures are of its own code
(pip install --no-deps litgpt lightning jsonargparse; skipped where they are not). The second is doppel's own step at
the settings of known systems. The third is what a plan itself takes.
"""

from __future__ import annotations

import importlib.util
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from side_by_side import conditions

from doppel.commands.plan_changes import ROOT
from doppel.commands.plan_model import known_model
from doppel.commands.plan_search import Steps, longest
from doppel.config.build import build, build_all
from doppel.config.check import check
from doppel.config.compose import compose
from doppel.plan.cuda import OPERATIONS, WORKSPACES, as_cuda
from doppel.plan.tracker import Tracker
from doppel.plan.values import Values

HERE = Path(__file__).resolve()
GB = 1e9
BEFORE_CONTEXT = 0.5 * 2**30  # bytes: what a run of litgpt leaves of a GPU to others
SOME, ALL = ("query", "value"), ("query", "key", "value", "projection", "mlp", "head")


@dataclass(frozen=True, slots=True)
class Published:
    """A row of a table of litgpt: LoRA where it has a rank, else all weights; bf16-true, one GPU."""

    model: str
    rows: int
    tokens: int
    reference: float | None  # GB; None: out of memory
    gpu_gb: float
    rank: int = 0
    beside: tuple[str, ...] = SOME
    accumulate: int = 8


A10G, A100 = 23.8, 42.3
PUBLISHED = (  # config_hub/finetune/README.md (A10G, 512 tokens), then tutorials/resource-tables.md (A100 40 GB)
    Published("falcon-7b", 1, 512, 16.69, A10G, 32),
    Published("gemma-2b", 2, 512, 12.62, A10G, 8, ALL),
    Published("Llama-2-7b-hf", 2, 512, 19.77, A10G, 32),
    Published("Llama-3-8B", 1, 512, 19.73, A10G, 32),
    Published("Mistral-7B-v0.1", 2, 512, 20.66, A10G, 32),
    Published("phi-2", 4, 512, 13.98, A10G, 8, ALL),
    Published("Phi-3-mini-4k-instruct", 4, 512, 19.75, A10G, 8, ALL),
    Published("stablelm-base-alpha-3b", 1, 512, 8.58, A10G, 32),
    Published("tiny-llama-1.1b", 8, 512, 13.50, A10G, 32, ALL, 1),
    Published("tiny-llama-1.1b", 4, 512, 14.10, A10G),
    Published("phi-1_5", 1, 1044, 4.82, A100, 8),
    Published("phi-1_5", 2, 1044, 6.76, A100, 8),
    Published("phi-1_5", 4, 1044, 10.68, A100, 8),
    Published("stablelm-base-alpha-3b", 1, 1034, 9.69, A100, 8),
    Published("stablelm-base-alpha-3b", 2, 1034, 12.10, A100, 8),
    Published("stablelm-base-alpha-3b", 4, 1034, 16.92, A100, 8),
    Published("Llama-2-7b-hf", 1, 1304, 21.30, A100, 8),
    Published("Llama-2-7b-hf", 2, 1304, 29.07, A100, 8),
    Published("Llama-2-7b-hf", 4, 1304, None, A100, 8),
    Published("Llama-2-13b-hf", 1, 1304, 38.12, A100, 8),
    Published("Llama-2-13b-hf", 2, 1304, None, A100, 8),
    Published("gemma-7b", 1, 512, None, A10G, 8, ALL),
)


def litgpt_peak(row: Published) -> float:
    """Bytes at the peak of litgpt's own training step."""
    tracker = Tracker("meta", Values(row.rows * (row.tokens - 1)), WORKSPACES, OPERATIONS)
    model = _litgpt_model(row)
    with as_cuda(casts=False), tracker:
        tracker.meet(model, [])
        trained = [weights for weights in model.parameters() if weights.requires_grad]
        optimizer = torch.optim.AdamW(trained, fused=True)
        for _ in range(2):
            for _ in range(min(2, row.accumulate)):
                _litgpt_micro_step(model, row, tracker)
            tracker.begin("step")
            optimizer.step()
            optimizer.zero_grad()
            state = (value for values in optimizer.state.values() for value in values.values())
            tracker.end_step(value for value in state if isinstance(value, torch.Tensor))
    return tracker.trace.peak().size


def _litgpt_model(row: Published) -> Any:
    from litgpt import lora  # pyright: ignore[reportMissingImports]
    from litgpt import model as litgpt_model  # pyright: ignore[reportMissingImports]

    adapted = {"lora_r": row.rank, "lora_alpha": 16, "lora_dropout": 0.05} | {
        f"lora_{name}": True for name in row.beside
    }
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.bfloat16)
    try:
        with torch.device("meta"):
            if not row.rank:
                model = litgpt_model.GPT(litgpt_model.Config.from_name(row.model))
            else:
                model = lora.GPT(lora.Config.from_name(row.model, **adapted))
                lora.mark_only_lora_as_trainable(model)
            model.max_seq_length = row.tokens
    finally:
        torch.set_default_dtype(before)
    return model.train()


def _litgpt_micro_step(model: Any, row: Published, tracker: Tracker) -> None:
    from litgpt.utils import chunked_cross_entropy  # pyright: ignore[reportMissingImports]

    tracker.begin("forward")
    tokens = torch.ones((row.rows, row.tokens), dtype=torch.int64, device="meta")
    logits = model(tokens, lm_head_chunk_size=128)
    logits[-1] = logits[-1][..., :-1, :]
    loss = chunked_cross_entropy(logits, tokens[..., 1:])
    del logits
    tracker.begin("backward")
    (loss / row.accumulate).backward()


def litgpt_table() -> list[str]:
    """A line for each published row, then the errors together."""
    head = "| litgpt | micro-batch | published GB | foreseen GB | error | fits, foreseen |"
    lines = [head, "| --- | --- | ---: | ---: | ---: | --- |"]
    errors, right = [], 0
    for row in PUBLISHED:
        foreseen = litgpt_peak(row) / GB
        fits = foreseen + BEFORE_CONTEXT / GB <= row.gpu_gb
        is_right = fits == (row.reference is not None)
        right += is_right
        error = "" if row.reference is None else f"{foreseen / row.reference - 1:+.1%}"
        if row.reference is not None:
            errors.append(foreseen / row.reference - 1)
        adapter = f"LoRA {row.rank}" if row.rank else "full"
        published = "out of memory" if row.reference is None else f"{row.reference:.2f}"
        verdict = f"{'yes' if fits else 'no'}{'' if is_right else ', wrong'}"
        lines.append(
            f"| {row.model}, {adapter} | {row.rows} x {row.tokens} "
            f"| {published} | {foreseen:.2f} | {error} | {verdict} |"
        )
    absolute = sorted(map(abs, errors))
    lines += [
        "",
        f"{len(errors)} peaks: median error {statistics.median(errors):+.1%} (of the sizes of errors "
        f"{statistics.median(absolute):.1%}), worst {max(errors, key=abs):+.1%}; "
        f"fits or not: right in {right} of {len(PUBLISHED)}.",
    ]
    return lines


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


def systems_table() -> list[str]:
    """A line for each system: doppel's own step at its settings, on micro-batches as long as it allows."""
    head = "| system | told | GPU | doppel: allocated GB | reserved GB | verdict |"
    lines = [head, "| --- | --- | --- | ---: | ---: | --- |"]
    for system in SYSTEMS:
        config, faults = compose("plan", [*system.words])
        # What must be given is a person's, and a plan of the longest micro-batch does not ask for it.
        check(_filled(config), ROOT, known_faults=faults, is_learning_here=False)
        known = known_model(config)
        steps = Steps(config, known)
        step = steps.whole(longest(config, known))
        gpu, machine = build_all(config["gpu"])[system.gpu], build(config["machine"])
        verdict = machine.verdict(step, gpu, steps.spread.devices)
        lines.append(
            f"| {system.name} | {system.told} | {gpu.title} | {step.allocated / GB:.2f} "
            f"| {step.reserved / GB:.2f} | {verdict} |"
        )
    return lines


def _filled(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _filled(value) for key, value in node.items()}
    return "given" if node == "???" else node


def cost_table() -> list[str]:
    """What a plan takes: a process from its start to its end."""
    lines = ["| doppel plan | seconds | peak MiB |", "| --- | ---: | ---: |"]
    common = ["lengths=longest", "changes=never", "gpus=[rtx_3090]"]
    for model in ("tiny_causal", "fred_t5_1_7b", "mistral_7b", "rugpt_3_5_13b"):
        words = [f"model={model}", "precision=bf16", "training.gradient_checkpointing=true", *common]
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "doppel", "plan", *words], capture_output=True, check=False)
        seconds = time.perf_counter() - start
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        lines.append(f"| {' '.join(words[:1])} | {seconds:.1f} | {peak:.0f} |")
    return [*lines, "", "The peak is the largest so far; each ran alone, with the largest micro-batch looked for."]


def main() -> None:
    """Prints the tables; --write keeps them."""
    parts = ["# What a plan foresees", "", conditions(["torch", "transformers", "peft", "bitsandbytes"]), ""]
    tables: list[Callable[[], list[str]]] = [systems_table, cost_table]
    if importlib.util.find_spec("litgpt") is not None:
        tables.insert(0, litgpt_table)
    for table in tables:
        parts += [*table(), ""]
    text = "\n".join(parts)
    print(text)
    if "--write" in sys.argv[1:]:
        HERE.with_suffix(".md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
