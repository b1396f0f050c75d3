"""`doppel plan` as it is typed: what it tells, how it ends, what it refuses."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from doppel.__main__ import dispatch
from tests.driving import from_export

TINY = ["model=tiny_causal", "precision=bf16", "gpus=[t4]"]
NONE_FIT = ["gpu.t4.memory_gib=0.63", "machine.context_gib=0.6"]


@pytest.fixture
def planned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Runs a plan in this process, which must end so; what it tells."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str, status: int) -> str:
        monkeypatch.setattr("sys.argv", ["doppel", "plan", *words])
        assert dispatch(["plan", *words]) == status
        told = capsys.readouterr()
        assert told.err == ""
        return told.out

    return run


def test_a_plan_of_real_data_has_all_its_numbers(planned: Callable[..., str], tiny_export: Path) -> None:
    words = [
        *TINY,
        *from_export(tiny_export),
        "prints=json",
        "trainer.max_epochs=3",
        "gpu.t4.price=3600",
        "gpu.t4.memory_gib=0.8",
    ]
    told = json.loads(planned(*words, status=0))
    assert told["model"]["weights"] > told["model"]["trained"] > 0
    assert sum(told["peak"]["by_category"].values()) == told["peak"]["allocated"] <= told["peak"]["reserved"]
    assert told["epoch"]["steps"] > 0
    (gpu,) = told["gpus"]
    assert gpu["verdict"] == "fits"
    assert gpu["lacks_bf16"]
    assert gpu["largest_batch_size"] > told["micro_batch"]["rows"]
    least, most = gpu["run_seconds"]
    assert 0 < least < most <= gpu["step_seconds"][1] * 3 * told["epoch"]["steps"]
    assert gpu["run_dollars"] == pytest.approx([least, most])
    assert told["changes"] == []


def test_what_does_not_fit_is_told_with_what_would(planned: Callable[..., str]) -> None:
    words = [*TINY, *NONE_FIT, "lengths=longest"]
    found = json.loads(planned(*words, "prints=json", status=4))["changes"]
    tried = [" ".join(one["overrides"]) for one in found]
    assert {
        "training.gradient_checkpointing=true",
        "training.offloads_activations=true",
        "batches.batch_size=1 trainer.accumulate_grad_batches=4",
    } <= set(tried)
    kinds = {word.split("=")[1] for word in " ".join(tried).split() if word.startswith("strategy=")}
    assert kinds == {"fsdp", "fsdp_offload", "zero1", "zero2", "zero3", "zero3_offload"}
    fitting = [one["verdicts"]["t4"] == "fits" for one in found]
    assert fitting == sorted(fitting, reverse=True)
    costs = [one["slower"]["t4"] for one, fits in zip(found, fitting, strict=True) if fits]
    assert costs == sorted(costs) != []


def test_what_would_make_it_fit_is_a_table_of_words_to_type(planned: Callable[..., str]) -> None:
    told = planned(*TINY, "lengths=longest", "largest_tensors=2", "changes=always", "gpu.t4.memory_gib=0.7", status=0)
    assert "what would make it fit" in told
    assert "batches.batch_size=1" in told
    assert "not in the plan: " in told


def test_a_run_that_only_just_fits_is_tight(planned: Callable[..., str]) -> None:
    words = [*TINY, "lengths=longest", "changes=never", "machine.context_gib=0"]
    told = json.loads(planned(*words, "prints=json", status=0))
    between = (told["peak"]["allocated"] + told["peak"]["reserved"]) / 2**31
    planned(*words, f"gpu.t4.memory_gib={max(between, told['peak']['reserved'] / 2**30):.5f}", status=3)


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["gpus=[rtx_309]"], "there is no rtx_309 in the table, did you mean rtx_3090?"),
        (["gpus=[]"], "type gpus=[rtx_3090]"),
        (
            ["model=qwen3_8b", "model.context_tokens=null", "batches.max_tokens=50000"],
            "type batches.max_tokens=40960 or less",
        ),
        (["model=seq2seq", "model.path=mistralai/Mistral-7B-v0.1"], "type model=causal model.path=mistralai"),
        (["strategy=single", "trainer.devices=4"], "type strategy=ddp"),
        (["strategy=ddp", "trainer.devices=1"], "type trainer.devices=2"),
        (["strategy=fsdp", "precision=int8", "trainer.devices=2"], "type strategy=ddp"),
        (["machine.margin=-1"], "machine.margin=-1 is refused"),
        (["gpu.t4.memory_gib=lots"], "gpu.t4.memory_gib='lots' is refused"),
    ],
)
def test_what_cannot_be_planned_is_refused(refused: Callable[..., str], words: list[str], wanted: str) -> None:
    assert wanted in " ".join(refused("plan", *words).split())


def test_an_unknown_architecture_names_the_nearest_that_ships(
    refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("doppel.model.whereabouts.HfApi", no_hub)
    told = refused("plan", "model=causal", "model.path=mistralai/Mistral-7B-v0.9", "lengths=longest")
    assert "model.path=mistralai/Mistral-7B-v0.1" in told
    assert "model.path=/folder" in told


def no_hub() -> None:
    raise ConnectionError("no network in tests")
