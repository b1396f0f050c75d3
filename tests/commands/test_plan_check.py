"""`doppel train` where a driver tells of a GPU: it plans the run first, and refuses, warns or begins."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from doppel.commands.plan_check import plan_ahead
from doppel.config import machine
from doppel.config.compose import compose
from doppel.errors import ConfigError
from tests.driving import TINY, done, from_export, only_run

RTX_3090 = "NVIDIA GeForce RTX 3090"
CONTEXT_MIB = 614.4
ONE_ROW = [*TINY, "batches.batch_size=1", "batches.max_tokens=64"]
FITTING = {
    "gpu": RTX_3090,
    "verdict": "fits",
    "room": 20 * 2**30,
    "allocated": 9 * 2**30,
    "reserved": 10 * 2**30,
    "largest_batch_size": 16,
    "run_seconds": [3600, 9000],
    "overrated": [],
    "changes": [["training.gradient_checkpointing=true"]],
}
WITHOUT = {**FITTING, "verdict": "does not", "largest_batch_size": 0}


@pytest.fixture
def has_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[float, str], None]]:
    """Puts a driver on the path that tells of a GPU with so many MiB free for tensors."""
    cached = (machine.gpu_capabilities, machine.fastest_precision)

    def put(mib: float, name: str = RTX_3090) -> None:
        folder = tmp_path / "driver"
        folder.mkdir(exist_ok=True)
        program = folder / "nvidia-smi"
        row = f"{name}, 8.6, 24576 MiB, {CONTEXT_MIB + mib:.2f} MiB"
        program.write_text(f"#!/bin/sh\ncase $1 in *name,*) echo '{row}';; *) echo 8.6;; esac\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
        for function in cached:
            function.cache_clear()

    yield put
    for function in cached:
        function.cache_clear()


def test_a_run_that_cannot_fit_is_refused_before_it_is_there(
    has_gpu: Callable[..., None], refused: Callable[..., str], tiny_export: Path
) -> None:
    has_gpu(1.5)
    told = refused("train", *ONE_ROW, *from_export(tiny_export))
    assert f"that {RTX_3090} has for tensors now" in told
    assert "it cannot fit, and would end after its set-up: " in told
    assert "plan_check=warn begins all the same, plan_check=off does not look" in told


def test_a_run_that_fits_says_so_and_keeps_its_plan(
    has_gpu: Callable[..., None], tiny_export: Path, tmp_path: Path
) -> None:
    has_gpu(4000)
    told = done("train", *ONE_ROW, *from_export(tiny_export), "trainer.max_steps=2", cwd=tmp_path)
    assert "it fits; " in told
    assert f"the plan is of {RTX_3090}, and the run was on the cpu" in told
    run = only_run(tmp_path)
    plan = json.loads((run / "plan.json").read_text())
    assert (plan["verdict"], plan["in_table"], plan["devices"]) == ("fits", "rtx_3090", 1)
    assert plan["speed"]["least"] < plan["speed"]["middle"] < plan["speed"]["most"]
    assert json.loads((run / "manifest.json").read_text())["memory"]["device"] == "cpu"


def planned(
    monkeypatch: pytest.MonkeyPatch, answer: dict[str, object], *words: str, can_shrink: bool = True
) -> dict[str, object] | None:
    monkeypatch.setattr("doppel.commands.plan_check._asked", lambda *_: answer)
    config = compose("train", list(words))[0]
    return plan_ahead(config, list(words), (), Path("samples"), can_shrink=can_shrink)


def test_what_does_not_fit_and_mends_itself_only_warns(
    has_gpu: Callable[..., None], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    has_gpu(1)
    larger = {**WITHOUT, "largest_batch_size": 3}
    assert planned(monkeypatch, larger, "batches.batch_size=8") is larger
    told = " ".join(capsys.readouterr().out.split())
    assert "it goes on with smaller micro-batches once memory runs out" in told
    assert "type batches.batch_size=2 trainer.accumulate_grad_batches=4, or training.gradient_checkpointing" in told
    with pytest.raises(ConfigError, match="cannot fit"):
        planned(monkeypatch, larger, "batches.batch_size=8", can_shrink=False)


@pytest.mark.parametrize(
    ("answer", "words", "wanted"),
    [
        (FITTING, [], "10.0 GiB of the 20.0 GiB that"),
        (FITTING, [], "it fits; 60 min to 2.5 h"),
        ({**FITTING, "run_seconds": None}, [], "of a GPU that is not in conf/gpu/table.yaml"),
        (
            {**FITTING, "verdict": "tight", "largest_batch_size": 0},
            [],
            "note: it is tight, and memory may run out: type training.gradient",
        ),
        (WITHOUT, ["plan_check=warn"], "begins all the same, as plan_check=warn says"),
        ({**WITHOUT, "overrated": ["compiled layers need less"]}, [], "the plan counts too much (compiled layers"),
        ({"unknown": "no architecture"}, [], "plan: none, and the run begins without: no architecture"),
    ],
)
def test_what_a_plan_tells_before_a_run(
    has_gpu: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    answer: dict[str, object],
    words: list[str],
    wanted: str,
) -> None:
    has_gpu(1)
    planned(monkeypatch, answer, *words)
    assert wanted in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("words", [["plan_check=off"], ["trainer.accelerator=cpu"]])
def test_nothing_is_planned_where_nobody_asks(
    has_gpu: Callable[..., None], monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    has_gpu(1)
    assert planned(monkeypatch, WITHOUT, *words) is None
    monkeypatch.setattr("doppel.commands.plan_check.gpus_here", tuple)
    assert planned(monkeypatch, WITHOUT) is None
