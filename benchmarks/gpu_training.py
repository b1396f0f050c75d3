"""Training at real size on a GPU: Mistral-7B and FRED-T5-1.7B with random weights, doppel beside TRL.

Run: .venv/bin/python benchmarks/gpu_training.py [--python PATH] [--steps N] [--only WORD ...] [--size tiny] [--write]

The weights are random, as speed and memory do not depend on what they say: nothing is downloaded. Each cell runs in a
process of its own. `--size tiny` is the same at the size of a test, on any machine; `--only lora 2048` keeps the cells
whose name has all of these words.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from side_by_side import conditions
from training import Result, interpreter_of, others, run_once
from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM, MistralConfig, T5Config

from doppel.model.byte_tokenizer import byte_tokenizer
from doppel.training.throughput import peak_flops

HERE = Path(__file__).resolve()
TINY = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4}
TINY_T5 = {"d_model": 64, "d_ff": 128, "d_kv": 16, "num_layers": 2, "num_decoder_layers": 2, "num_heads": 4}
# As in their config.json: mistralai/Mistral-7B-v0.1 and ai-forever/FRED-T5-1.7B.
MISTRAL = {"hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32, "num_attention_heads": 32}
FRED = {"d_model": 1536, "d_ff": 4096, "d_kv": 64, "num_layers": 24, "num_decoder_layers": 24, "num_heads": 24}
MEAN_TOKENS, SPREAD = 4.8, 0.9  # of the logarithm of a sample's length: a median of 120 tokens, some of thousands
LEARNT_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Cell:
    """One way to train, and who does it."""

    model: str  # mistral or fred
    way: str  # lora, qlora or full
    longest: int  # tokens
    is_packed: bool
    contestant: str

    @property
    def name(self) -> str:
        """What a row of the table is called."""
        return f"{self.model} {self.way} {self.longest} {'packed' if self.is_packed else 'padded'} {self.contestant}"


def cells() -> list[Cell]:
    """All that is measured."""
    found = []
    for way in ("lora", "qlora", "full"):
        for longest in (1024, 2048):
            for is_packed, kinds in (
                (True, ("doppel_packed", "trl_packed")),
                (False, ("doppel_bucketed", "trl_padded")),
            ):
                found += [Cell("mistral", way, longest, is_packed, kind) for kind in kinds]
    return found + [Cell("fred", way, 512, is_packed=False, contestant="doppel_bucketed") for way in ("lora", "full")]


def write_model(folder: Path, model: str, *, is_tiny: bool) -> None:
    """A model with random weights in bf16 and a tokenizer of bytes, as transformers loads them."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    ends: dict[str, Any] = {"pad_token_id": 0, "eos_token_id": 1}
    if model == "mistral":
        sizes: dict[str, Any] = TINY if is_tiny else MISTRAL
        vocabulary, heads = (512, 2) if is_tiny else (32000, 8)
        config: Any = MistralConfig(**sizes, vocab_size=vocabulary, num_key_value_heads=heads, bos_token_id=2, **ends)
        kind = AutoModelForCausalLM
    else:
        sizes = TINY_T5 if is_tiny else FRED
        more: dict[str, Any] = {
            "feed_forward_proj": "gated-gelu",
            "tie_word_embeddings": False,
            "decoder_start_token_id": 0,
        }
        config = T5Config(**sizes, vocab_size=512 if is_tiny else 50364, dropout_rate=0.0, **more, **ends)
        kind = AutoModelForSeq2SeqLM
    with torch.device(device):
        made = kind.from_config(config, dtype=torch.bfloat16)
    made.save_pretrained(folder)
    byte_tokenizer().save_pretrained(folder)


def write_samples(folder: Path, cell: Cell, rows: int, steps: int) -> None:
    """Samples of chat-like lengths, enough for the steps; in their second half they are learnt."""
    draw = random.Random(0)
    wanted = rows * steps * (cell.longest if cell.is_packed else 1)
    with (folder / "train.jsonl").open("w", encoding="utf-8") as stream:
        while wanted > 0:
            length = min(cell.longest, max(8, int(draw.lognormvariate(MEAN_TOKENS, SPREAD))))
            ids = [draw.randrange(3, 256) for _ in range(length)]
            start = 0 if cell.model == "fred" else int(length * (1 - LEARNT_SHARE))
            sample = {"input_ids": ids, "labels": [-100] * start + ids[start:]}
            if cell.model == "fred":
                sample["source_ids"] = ids[::-1]
            stream.write(json.dumps(sample) + "\n")
            wanted -= length if cell.is_packed else 1
    (folder / "held_out.jsonl").touch()


def settings_of(cell: Cell, model: Path, rows: int) -> dict[str, Any]:
    """What contestants.py reads."""
    kind = "causal" if cell.model == "mistral" else "seq2seq"
    overrides = [f"model={kind}", f"model.path={model}", f"batches.max_tokens={cell.longest}"]
    overrides += ["training.gradient_checkpointing=true", f"adapter={cell.way}"]
    return {
        "rank": 16,
        "alpha": 32,
        "lr": 1e-5,
        "rows": rows,
        "row_tokens": cell.longest,
        "model": str(model),
        "overrides": overrides,
        "is_nf4": cell.way == "qlora",
        "is_full": cell.way == "full",
        "is_checkpointed": True,
    }


def mfu(cell: Cell, result: Result, config: dict[str, Any], peak: float | None) -> str:
    """The share of the device's arithmetic, by 6 operations a trained weight and 4 a frozen one; "" where unknown."""
    if peak is None or cell.model != "mistral":
        return ""
    width, layers = config["hidden_size"], config["num_hidden_layers"]
    of_heads = width * config["num_key_value_heads"] // config["num_attention_heads"]
    weights = layers * (2 * width * width + 2 * width * of_heads + 3 * width * config["intermediate_size"])
    factor = 6 if cell.way == "full" else 4
    operations = factor * (
        weights * result["real_per_second"] + width * config["vocab_size"] * result["learnt_per_second"]
    )
    return f"{operations / peak:.1%}"


def row_of(cell: Cell, result: Result | str, config: dict[str, Any], peak: float | None) -> str:
    """A row of the table; what failed says so."""
    if isinstance(result, str):
        return f"| {cell.name} | {result} | | | |"
    real, learnt = result["real_per_second"], result["learnt_per_second"]
    return f"| {cell.name} | {real:.0f} | {learnt:.0f} | {mfu(cell, result, config, peak)} | {result['peak_mib']:.0f} |"


def measured(cell: Cell, python: str, model: Path, rows: int, steps: int) -> Result | str:
    """What a cell gives, or the last line of its complaint."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write_samples(folder, cell, rows, steps)
        (folder / "settings.json").write_text(json.dumps(settings_of(cell, model, rows)), encoding="utf-8")
        try:
            return run_once(cell.contestant, python, folder)
        except SystemExit as error:
            return str(error).strip().splitlines()[-1].replace("|", "/")[:160]


def main() -> None:
    """Prints the table; --write keeps it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", default=sys.executable, help="interpreter that has trl")
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--rows", type=int, default=4, help="rows in a step of padded batches; packed ones have one")
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--size", choices=("real", "tiny"), default="real")
    parser.add_argument("--write", action="store_true")
    asked: Any = parser.parse_args()
    peak = peak_flops(torch.device("cuda", 0)) if torch.cuda.is_available() else None
    chosen = [cell for cell in cells() if all(word in cell.name.split() for word in asked.only)]
    lines = ["| | real tokens/s | learnt tokens/s | MFU | peak MiB |", "| --- | ---: | ---: | ---: | ---: |"]
    with tempfile.TemporaryDirectory() as scratch:
        for kind in dict.fromkeys(cell.model for cell in chosen):
            folder = Path(scratch, kind)
            write_model(folder, kind, is_tiny=asked.size == "tiny")
            config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
            for cell in [cell for cell in chosen if cell.model == kind]:
                python = interpreter_of(cell.contestant, asked.python)
                rows = 1 if cell.is_packed else asked.rows
                result = measured(cell, python, folder, rows, asked.steps) if python else "not installed"
                lines.append(row_of(cell, result, config, peak))
                print(lines[-1], flush=True)
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU"
    head = conditions(["torch", "transformers", "peft", "pytorch-lightning"]) + others(asked.python)
    how = f"random weights, bf16, activations checkpointed, {asked.steps} steps"
    about = f"{device}. {asked.size.capitalize()} size, {how}."
    text = "\n".join(["# Training on a GPU", "", head, "", about, "", *lines, ""])
    print(text)
    if asked.write:
        HERE.with_suffix(".md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
