"""What a plan foresees of a run beside what the run then takes: ten ways to train, from 135 M to 7 B weights, on a GPU.

Run: .venv/bin/python benchmarks/gpu_plan.py [--only WORD ...] [--steps N] [--size tiny] [--write]

Each is `doppel train` itself on the bundled chats and a model with random weights, of which memory and speed say
nothing: nothing is downloaded. It plans the run first, and its manifest has the plan and torch's own peaks beside each
other. `--size tiny` is the same at the size of a test, on any machine: without a GPU there is nothing to compare.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from side_by_side import conditions
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForSeq2SeqLM

from doppel.model.byte_tokenizer import byte_tokenizer
from doppel.plan.architecture import shipped

HERE = Path(__file__).resolve()
GIB = 2**30
SMOLLM, QWEN_S, QWEN_M, QWEN_L, FRED, MISTRAL = (
    "HuggingFaceTB/SmolLM2-135M-Instruct",
    "Qwen/Qwen3-0.6B",
    "Qwen/Qwen3-1.7B",
    "Qwen/Qwen3-4B",
    "ai-forever/FRED-T5-1.7B",
    "mistralai/Mistral-7B-v0.1",
)
CHECKPOINTED, PACKED = "training.gradient_checkpointing=true", "batches=packed"
TINY = {
    **dict.fromkeys(("num_hidden_layers", "num_layers", "num_decoder_layers"), 2),
    **dict.fromkeys(("hidden_size", "d_model"), 64),
    **dict.fromkeys(("intermediate_size", "d_ff"), 128),
    **dict.fromkeys(("num_attention_heads", "num_heads"), 4),
    "num_key_value_heads": 2,
    "head_dim": 16,
    "d_kv": 16,
}


@dataclass(frozen=True, slots=True)
class Way:
    """A model and what is typed beside it."""

    model: str
    words: tuple[str, ...]

    @property
    def name(self) -> str:
        """What a row of the table is called."""
        short = (word.partition("=") for word in self.words)
        return " ".join(
            [self.model.partition("/")[2], *(f"{key.rpartition('.')[2]}={value}" for key, _, value in short)]
        )


WAYS = (
    Way(SMOLLM, ("adapter=full", "precision=fp32", "batches.batch_size=8", "batches.max_tokens=512")),
    Way(SMOLLM, ("adapter=lora", "precision=bf16", PACKED, "batches.batch_size=4", "batches.max_tokens=2048")),
    Way(QWEN_S, ("adapter=full", "precision=bf16_mixed", PACKED, "batches.batch_size=2", "batches.max_tokens=1024")),
    Way(QWEN_M, ("adapter=full", "precision=bf16", CHECKPOINTED, PACKED, "batches.batch_size=4")),
    Way(QWEN_L, ("adapter=lora", "precision=bf16", "batches.batch_size=4", "batches.max_tokens=512")),
    Way(FRED, ("adapter=lora", "precision=bf16", "batches.batch_size=4", "batches.max_tokens=512")),
    Way(FRED, ("adapter=full", "precision=bf16", CHECKPOINTED, "batches.batch_size=2", "batches.max_tokens=512")),
    Way(MISTRAL, ("adapter=lora", "precision=bf16", CHECKPOINTED, PACKED, "batches.max_tokens=1024")),
    Way(MISTRAL, ("adapter=qlora", "precision=nf4_double", PACKED, "batches.max_tokens=1024")),
    Way(MISTRAL, ("adapter=lora", "precision=int8", CHECKPOINTED, "batches.batch_size=2", "batches.max_tokens=512")),
)


def write_model(folder: Path, name: str, *, is_tiny: bool) -> str:
    """Writes a model of this architecture with random weights; the option of conf/model that reads it."""
    facts = dict(shipped()[name])
    if is_tiny:
        facts |= {key: value for key, value in TINY.items() if key in facts}
    kind = facts.pop("model_type")
    make: Any = AutoModelForSeq2SeqLM if kind == "t5" else AutoModelForCausalLM
    with torch.device("cuda" if torch.cuda.is_available() else "cpu"):
        made = make.from_config(AutoConfig.for_model(kind, **facts), dtype=torch.bfloat16)
    made.save_pretrained(folder)
    byte_tokenizer().save_pretrained(folder)
    return "seq2seq" if kind == "t5" else "causal"


def beside(way: Way, option: str, model: Path, folder: Path, steps: int) -> dict[str, Any] | str:
    """What the run's manifest has of plan and measurement, or the last line of why there is none."""
    words = [f"model={option}", f"model.path={model}", *way.words, f"trainer.max_steps={steps}", "plan_check=warn"]
    words += ["compared_replies=0", "first_samples=0", "split=none", f"outputs={folder}"]
    command = [sys.executable, "-m", "doppel", "train", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    manifests = sorted(folder.glob("train/*/manifest.json"))
    told = json.loads(manifests[-1].read_text(encoding="utf-8")) if done.returncode == 0 else {}
    if "beside_plan" in told:
        return told["beside_plan"]
    return (done.stderr.strip() or done.stdout.strip()).splitlines()[-1].replace("|", "/")[:160]


def row_of(way: Way, found: dict[str, Any] | str) -> str:
    """A row of the table."""
    if isinstance(found, str):
        return f"| {way.name} | {found} | | | | | |"
    foreseen, measured = found["foreseen"], found["measured"]
    cells = [f"{side[name] / GIB:.2f}" for name in ("allocated", "reserved") for side in (foreseen, measured)]
    errors = f"{foreseen['allocated'] / measured['allocated'] - 1:+.1%}"
    least, most = foreseen.get("positions_per_second", (0, 0))
    speed = f"{least:,.0f} - {most:,.0f} | {measured['positions_per_second']:,.0f}"
    return f"| {way.name} | {cells[0]} | {cells[1]} | {errors} | {cells[2]} | {cells[3]} | {speed} |"


def main() -> None:
    """Prints the table; --write keeps it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--size", choices=("real", "tiny"), default="real")
    parser.add_argument("--write", action="store_true")
    asked: Any = parser.parse_args()
    head = ["", "GiB allocated, foreseen", "measured", "error", "reserved, foreseen", "measured"]
    head += ["positions a second, foreseen", "measured"]
    lines, errors = [f"| {' | '.join(head)} |", "|" + " --- |" * len(head)], []
    for way in [one for one in WAYS if all(word in one.name for word in asked.only)]:
        with tempfile.TemporaryDirectory() as scratch:
            option = write_model(Path(scratch, "model"), way.model, is_tiny=asked.size == "tiny")
            found = beside(way, option, Path(scratch, "model"), Path(scratch, "outputs"), asked.steps)
        lines.append(row_of(way, found))
        print(lines[-1], flush=True)
        if not isinstance(found, str):
            errors.append(found["foreseen"]["allocated"] / found["measured"]["allocated"] - 1)
    if errors:
        lines += ["", f"Allocated: median error {statistics.median(errors):+.1%}, worst {max(errors, key=abs):+.1%}."]
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU"
    versions = conditions(["torch", "transformers", "peft", "bitsandbytes"])
    text = "\n".join(["# Plans and runs on a GPU", "", versions, "", f"{device}, {asked.steps} steps.", "", *lines, ""])
    print(text)
    if asked.write:
        HERE.with_suffix(".md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
