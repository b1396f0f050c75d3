"""LoRA on SmolLM2-135M over real chats: doppel beside TRL's SFTTrainer, litgpt and a bare PyTorch loop.

Run: .venv/bin/python benchmarks/training.py [--python PATH] [--repetitions N] [--tokens N] [--only NAME ...] [--write]

All learn the same samples, prepared by doppel from `chitchat` (see README.md), once: the same token ids, the same
learnt tokens, the same LoRA in bf16, each in a process of its own, one after the other and that N times. TRL and litgpt
are looked for in the interpreter --python (else in this one), and left out, with a word, where they are not installed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from contestants import CONTESTANTS
from side_by_side import conditions

from doppel.commands.data import prepared_samples
from doppel.commands.learner import Learner
from doppel.commands.prepared import sample_file
from doppel.config.compose import compose
from doppel.run.samples import each_sample
from doppel.types import Funnel, Tokens

HERE = Path(__file__).resolve()
DATA = Path(os.environ.get("DOPPEL_SHARED_DATA", HERE.parent.parent.parent / "shared" / "data")).resolve()
OVERRIDES = ["source=telegram", f"source.path={DATA / 'chitchat/owner1.result.json.gz'}", "model=smollm2_135m"]
OVERRIDES += ["sessions.max_gap_minutes=10"]  # as the doppelganger project cuts chats into sessions
SETTINGS = {"rank": 16, "alpha": 32, "lr": 2e-4, "rows": 8, "row_tokens": 512}
NEEDED = {"trl": "trl", "litgpt": "litgpt"}  # what a contestant's name begins with -> the package it needs
HELD_OUT = 24
Result = dict[str, float]


def prepare(folder: Path, tokens: int) -> None:
    """Writes what all contestants read: about so many tokens to learn from, samples held out, settings."""
    config, faults = compose("train", [*OVERRIDES, f"batches.max_tokens={SETTINGS['row_tokens']}"])
    assert not faults, faults
    learner = Learner(config)
    with prepared_samples(config) as (prepared, _):
        train, held_out = (
            learner.encoder.encode_all(each_sample(sample_file(prepared, part)), Funnel())
            for part in ("train", "validation")
        )
    chosen: list[Tokens] = []
    for sample in random.Random(0).sample(train, len(train)):
        chosen.append(sample)
        if sum(len(one.ids) for one in chosen) >= tokens:
            break
    _write(folder / "train.jsonl", chosen)
    _write(folder / "held_out.jsonl", held_out[:: max(1, len(held_out) // HELD_OUT)][:HELD_OUT])
    model = str(learner.option._pretrained().path)
    settings = {**SETTINGS, "model": model, "overrides": ["model=smollm2_135m"]}
    (folder / "settings.json").write_text(json.dumps(settings), encoding="utf-8")


def _write(file: Path, samples: list[Tokens]) -> None:
    with file.open("w", encoding="utf-8") as stream:
        for one in samples:
            pairs = zip(one.ids, one.is_learnt, strict=True)
            labels = [token if is_learnt else -100 for token, is_learnt in pairs]
            stream.write(json.dumps({"input_ids": list(one.ids), "labels": labels}) + "\n")


def interpreter_of(name: str, python: str) -> str | None:
    """The interpreter that runs a contestant; None where its package is not installed there."""
    package = next((package for start, package in NEEDED.items() if name.startswith(start)), None)
    if package is None:
        return sys.executable
    asked = [python, "-c", f"import importlib.util as i, sys; sys.exit(i.find_spec({package!r}) is None)"]
    return python if subprocess.run(asked, check=False).returncode == 0 else None


def run_once(name: str, python: str, folder: Path) -> Result:
    """One contestant, in a process of its own."""
    command = [python, "-W", "ignore", str(HERE.with_name("contestants.py")), name, str(folder)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise SystemExit(f"{name} failed:\n{answer.stderr[-3000:]}")
    return json.loads(answer.stdout.splitlines()[-1])


def table(results: dict[str, list[Result]]) -> str:
    """A line for each contestant: the best of its repetitions, as noise only ever adds; ratios of real tokens."""
    lines = [
        "| | real tokens/s | learnt tokens/s | real tokens per CPU s | peak MiB | held-out loss | doppel / it |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    ours = max(best(of, "real_per_second") for name, of in results.items() if name.startswith("doppel"))
    for name, of in results.items():
        speeds = [best(of, key) for key in ("real_per_second", "learnt_per_second", "real_per_cpu_second")]
        peak, loss = min(one["peak_mib"] for one in of), statistics.mean(one["loss"] for one in of)
        cells = [*(f"{speed:.0f}" for speed in speeds), f"{peak:.0f}", f"{loss:.4f}", f"{ours / speeds[0]:.2f}"]
        lines.append(f"| {name.replace('_', ', ')} | {' | '.join(cells)} |")
    return "\n".join(lines)


def best(results: list[Result], key: str) -> float:
    """The most of the repetitions."""
    return max(one[key] for one in results)


def main() -> None:
    """Prints the table; --write keeps it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", default=sys.executable, help="interpreter that has trl and litgpt")
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--tokens", type=int, default=12_000, help="real tokens that each one learns from")
    parser.add_argument("--only", nargs="*", choices=tuple(CONTESTANTS), default=list(CONTESTANTS))
    parser.add_argument("--write", action="store_true")
    asked: Any = parser.parse_args()
    interpreters = {name: interpreter_of(name, asked.python) for name in asked.only}
    for name in [name for name, python in interpreters.items() if python is None]:
        print(f"left out: {name}, which is not installed in {asked.python}")
    results: dict[str, list[Result]] = {name: [] for name, python in interpreters.items() if python is not None}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        prepare(folder, asked.tokens)
        for repetition in range(asked.repetitions):
            for name, of in results.items():
                of.append(run_once(name, interpreters[name] or sys.executable, folder))
                print(repetition, name, {key: round(value, 3) for key, value in of[-1].items()}, flush=True)
    learnt = {int(of[0]["learnt_tokens"]) for of in results.values()}
    text = "\n".join(
        [
            "# Training",
            "",
            conditions(["torch", "transformers", "peft", "pytorch-lightning"]) + others(asked.python),
            "",
            f"SmolLM2-135M, LoRA of rank {SETTINGS['rank']} on all linear layers, bf16, AdamW; one pass over the same "
            f"samples of chitchat, {'/'.join(map(str, sorted(learnt)))} learnt tokens. The best of "
            f"{asked.repetitions} repetitions, without the first step. Peak of the whole process.",
            "",
            table(results),
            "",
        ]
    )
    print(text)
    if asked.write:
        HERE.with_suffix(".md").write_text(text, encoding="utf-8")


def others(python: str) -> str:
    """The versions of what is measured beside doppel."""
    code = f"import importlib.metadata as m; print({{n: m.version(n) for n in {list(NEEDED.values())}}})"
    answer = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
    return f" Beside it: {answer.stdout.strip()}." if answer.returncode == 0 else ""


if __name__ == "__main__":
    main()
