"""LoRA steps on SmolLM2-135M: doppel's module, loader and checks beside a bare PyTorch loop on the same batches.

Run: .venv/bin/python benchmarks/training.py [--write]
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import torch
from pytorch_lightning import Callback
from side_by_side import conditions, measure, table

from doppel.commands.data import prepared_samples
from doppel.commands.learner import Learner
from doppel.commands.prepared import sample_file
from doppel.config.build import build
from doppel.config.compose import compose
from doppel.run.samples import each_sample
from doppel.training import noise
from doppel.types import Funnel

HERE = Path(__file__).resolve()
STEPS = 12
WARM_UP_STEPS = 2


def prepared() -> tuple[dict[str, Any], Learner, Any]:
    """The default run's config, learner and training loader, on the bundled export."""
    config, _ = compose("train", [f"trainer.max_steps={STEPS}", "schedule.num_warmup_steps=0"])
    learner = Learner(config)
    with prepared_samples(config) as (folder, _):
        tokens = learner.encoder.encode_all(each_sample(sample_file(folder, "train")), Funnel())
    loader = build(config["batches"])(
        tokens,
        architecture=learner.architecture,
        pad_id=learner.tokenizer.pad_token_id,
        seed=config["seed"],
        accumulate=1,
        world_size=1,
        rank=0,
        is_training=True,
    )
    return config, learner, loader


def with_doppel() -> str:
    """Tokens a second and the last loss of STEPS steps of the default run."""
    noise.silence()
    config, learner, loader = prepared()
    module = build(
        config["training"],
        learner.build_model,
        build(config["optimizer"]),
        build(config["schedule"]),
        learner.architecture,
        loader.num_steps,
    )
    clock = Clock()
    build(
        config["trainer"],
        callbacks=[clock],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
    ).fit(module, loader)
    return clock.told()


def with_a_bare_loop() -> str:
    """The same with nothing but PyTorch, transformers' own loss and the same batches."""
    config, learner, loader = prepared()
    model = learner.build_model().train()
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = build(config["optimizer"])(trained)
    clock = Clock()
    for step, batch in enumerate(loader):
        inputs = {name: batch[name] for name in ("input_ids", "labels", "attention_mask")}
        loss = model(**inputs, use_cache=False).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, config["trainer"]["gradient_clip_val"])
        optimizer.step()
        optimizer.zero_grad()
        clock.tick(batch)
        if step + 1 == STEPS:
            break
    return clock.told()


class Clock(Callback):
    """Counts real tokens and seconds after the first steps."""

    def __init__(self) -> None:
        self.steps, self.tokens, self.start = 0, 0, 0.0

    def tick(self, batch: Any) -> None:
        """Notes the end of a step."""
        self.steps += 1
        if self.steps == WARM_UP_STEPS:
            self.start = time.perf_counter()
        elif self.steps > WARM_UP_STEPS:
            self.tokens += int(batch["attention_mask"].sum())

    def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:  # noqa: ARG002
        """A step of the trainer has ended."""
        self.tick(batch)

    def told(self) -> str:
        """Real tokens a second, warm-up steps left out."""
        return f"{self.tokens / (time.perf_counter() - self.start):.0f}"


def main() -> None:
    """Prints the table; --write keeps it."""
    contenders = [("bare PyTorch loop", with_a_bare_loop), ("doppel", with_doppel)]
    rows = [measure(name, HERE, function.__name__, [], repetitions=2) for name, function in contenders]
    ratio = float(str(rows[1].result)) / float(str(rows[0].result))
    text = "\n".join(
        [
            "# Training",
            "",
            conditions(["torch", "transformers", "peft", "pytorch-lightning"]),
            "",
            f"{STEPS} steps of the default run (SmolLM2-135M, LoRA, precision of this machine).",
            "Seconds hold loading too; result: real tokens a second.",
            "",
            table(rows),
            "",
            f"Tokens a second, doppel / bare loop: {ratio:.2f}",
            "",
        ]
    )
    print(text)
    if "--write" in sys.argv:
        HERE.with_suffix(".md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
