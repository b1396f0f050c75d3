"""Judged replies are learnt by every kind of adapter, of both architectures, and however a run is spread."""

from pathlib import Path

import pytest

from tests import opinions
from tests.driving import TINY, done, logged, only_run

KINDS = [
    ["training=dpo", "model=tiny_seq2seq"],
    ["training=kto", "model=tiny_seq2seq", "batches=padded"],
    ["training=dpo", "adapter=full", "optimizer.lr=1e-3"],
    ["training=kto", "adapter=qlora", "precision=nf4", "optimizer=adamw"],
    ["training=dpo", "adapter=ia3", "optimizer.lr=1e-2", "training.gradient_checkpointing=true"],
    ["training=dpo", "strategy=ddp", "trainer.devices=2", "trainer.accumulate_grad_batches=2"],
    ["training=kto", "strategy=fsdp", "trainer.devices=2"],
    ["training=dpo", "strategy=fsdp", "trainer.devices=2", "adapter=full", "optimizer.lr=1e-3"],
    ["training=kto", "strategy=zero3", "trainer.devices=2"],
    ["training=dpo", "strategy=zero3", "trainer.devices=2", "adapter=full", "optimizer.lr=1e-3"],
]


@pytest.mark.slow
@pytest.mark.parametrize("words", KINDS, ids=" ".join)
def test_judged_replies_are_told_apart(words: list[str], tmp_path: Path) -> None:
    file = opinions.write(tmp_path / "feedback.jsonl", opinions.some_opinions(60))
    source = ["source=feedback", f"source.path={file}", "trainer.max_epochs=4", "result=last", "optimizer.lr=5e-3"]
    done("train", *TINY, *source, *words, cwd=tmp_path)
    first, *_, last = [row for row in logged(only_run(tmp_path)) if "validation/loss" in row]
    assert first["validation/reward_margin"] == pytest.approx(0, abs=1e-4)
    assert last["validation/reward_margin"] > 0.02
    assert last["validation/loss"] < first["validation/loss"]
