"""What goes with what: every combination composes and trains, or is refused by the one rule that says why."""

from itertools import product
from pathlib import Path

import pytest

from doppel.commands.train import ROOT
from doppel.config.check import check
from doppel.config.compose import compose
from doppel.config.rules import RULES
from doppel.errors import ConfigError
from tests.driving import TINY, done, from_export, logged, only_run

MODELS = ("tiny_causal", "tiny_seq2seq", "smollm2_135m")
COMBINATIONS = list(
    product(MODELS, ("full", "lora"), ("fp32", "bf16"), ("single", "ddp"), ("padded", "bucketed", "packed"))
)
# Each value of each axis once, and the pairs that share code: a few runs that stand for all of them.
COVERING = [
    ("tiny_causal", "full", "fp32", "single", "packed"),
    ("tiny_seq2seq", "lora", "bf16", "single", "padded"),
    ("tiny_causal", "lora", "bf16", "ddp", "packed"),
    ("tiny_seq2seq", "full", "fp32", "ddp", "bucketed"),
]


def overrides(combination: tuple[str, ...]) -> list[str]:
    groups = ("model", "adapter", "precision", "strategy", "batches")
    return [f"{group}={option}" for group, option in zip(groups, combination, strict=True)]


def is_sound(combination: tuple[str, ...]) -> bool:
    return not (combination[0] == "tiny_seq2seq" and combination[-1] == "packed")


def broken_rules(words: list[str]) -> list[str]:
    config, faults = compose("train", words)
    assert faults == []
    try:
        check(config, ROOT)
    except ConfigError as error:
        lines = str(error).splitlines()[1:]
        return [line.strip().split(":")[0] for line in lines]
    return []


def test_every_combination_is_sound_or_refused_by_its_rule() -> None:
    for combination in COMBINATIONS:
        expected = [] if is_sound(combination) else ["packed x seq2seq"]
        assert broken_rules(overrides(combination)) == expected, combination


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        (["model=tiny_seq2seq", "batches=packed"], "packed x seq2seq"),
        (["strategy=ddp", "trainer.devices=1"], "several processes x one device"),
        (["trainer.devices=2"], "single x devices"),
        (["trainer.num_nodes=2", "strategy=ddp"], "several machines"),
        (["trainer.max_epochs=-1"], "endless run"),
        (["trainer.max_steps=0"], "empty run"),
        (["~logger.csv"], "no record"),
        (["++resume=outputs/train/NAME"], "resume in a file"),
        (["split=none", "callbacks=early_stopping"], "early stopping x no validation"),
        (["model=tiny_causal", "batches.max_tokens=4096"], "batch x context"),
    ],
)
def test_every_rule_is_told_by_its_id(words: list[str], rule: str) -> None:
    assert broken_rules(words) == [rule]
    assert rule in [known.id for known in RULES]


def learn_two_steps(combination: tuple[str, ...], export: Path, cwd: Path) -> None:
    # Its own options last: TINY names a model and a precision too.
    words = [*TINY, *overrides(combination), *from_export(export), "trainer.max_steps=2"]
    done("train", *words, cwd=cwd)
    run = only_run(cwd)
    rows = [row for row in logged(run) if "train/loss" in row]
    assert [row["step"] for row in rows] == [1, 2]
    assert all(4 < row["train/loss"] < 8 or "smollm2" in combination[0] for row in rows)
    assert {"validation/loss", "step", "epoch"} <= set(logged(run)[-1])
    weights = "adapter/adapter_model.safetensors" if combination[1] == "lora" else "model/model.safetensors"
    assert (run / weights).stat().st_size > 10_000


@pytest.mark.parametrize("combination", COVERING, ids="-".join)
def test_a_covering_few_train(combination: tuple[str, ...], tiny_export: Path, tmp_path: Path) -> None:
    learn_two_steps(combination, tiny_export, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("combination", [each for each in COMBINATIONS if is_sound(each)], ids="-".join)
def test_all_of_them_train(combination: tuple[str, ...], tiny_export: Path, tmp_path: Path) -> None:
    learn_two_steps(combination, tiny_export, tmp_path)
