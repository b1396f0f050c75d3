"""One run under every strategy: the same losses, one format of checkpoints, results that stock libraries load."""

import signal
from itertools import product
from pathlib import Path

import pytest
import torch
from peft import PeftModel

from doppel.model.tiny_causal import TinyCausal
from doppel.types import LoadedModel
from tests.driving import LONGER, TINY, done, end, from_export, has_logged, logged, only_run, start, state, wait_for
from tests.strategy.spread_runs import (
    STRATEGIES,
    cut_back,
    distance,
    is_same,
    last_checkpoint,
    learnt_under,
    losses,
    spreading,
    weight_distance,
    weights,
)

SEVERAL = STRATEGIES[1:]
SHARDING = STRATEGIES[2:]
LONG = 60  # steps: time enough for a signal
EXACT = 1e-5  # nats: sums in another order, in fp32


@pytest.fixture(scope="module")
def single(tiny_export: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return learnt_under("single", tiny_export, tmp_path_factory.mktemp("single"))


@pytest.fixture(scope="module")
def runs(tiny_export: Path, tmp_path_factory: pytest.TempPathFactory, single: Path) -> dict[str, Path]:
    """A run under each strategy as it is asked for."""

    class Runs(dict):
        def __missing__(self, strategy: str) -> Path:
            self[strategy] = learnt_under(strategy, tiny_export, tmp_path_factory.mktemp(strategy))
            return self[strategy]

    return Runs(single=single)


def base() -> LoadedModel:
    sizes = {"hidden_size": 64, "layers": 2, "heads": 4, "feed_forward_size": 128, "context_tokens": 2048, "seed": 0}
    return TinyCausal(**sizes).load({"dtype": torch.float32})


def logits(run: Path) -> torch.Tensor:
    model = PeftModel.from_pretrained(base().model, str(run / "adapter")).eval()
    with torch.no_grad():
        return model(input_ids=torch.arange(1, 33)[None]).logits


@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")  # of PEFT, stock
@pytest.mark.parametrize("strategy", ["fsdp", pytest.param("zero1", marks=pytest.mark.slow), "zero2", "zero3"])
def test_two_processes_learn_as_one_does(strategy: str, runs: dict[str, Path], single: Path) -> None:
    run = runs[strategy]
    assert distance(run, single) < EXACT
    assert weight_distance(run, single) < EXACT
    assert torch.allclose(logits(run), logits(single), atol=EXACT)
    own, other = last_checkpoint(run), last_checkpoint(single)
    assert own["state_dict"].keys() == other["state_dict"].keys()
    (state,), (of_single,) = own["optimizer_states"], other["optimizer_states"]
    assert state["param_groups"][0]["params"] == of_single["param_groups"][0]["params"]
    for name, values in of_single["state"].items():
        assert values.keys() == state["state"][name].keys()
        for key, value in values.items():
            assert state["state"][name][key].shape == value.shape
            assert torch.allclose(state["state"][name][key], value, atol=EXACT), (name, key)
    said = (run / "replies.md").read_text(encoding="utf-8")
    assert said == (single / "replies.md").read_text(encoding="utf-8")
    assert "WARNING deepspeed" not in (run / "log.txt").read_text()


def gone_on(run: Path, folder: Path, strategy: str, step: int = 4) -> Path:
    copy = cut_back(run, folder, step)
    told = done("train", f"resume={copy}", *spreading(strategy), cwd=folder)
    assert f"going on from step-{step:08d}" in told
    return copy


def test_what_zero_has_begun_fsdp_goes_on_with(runs: dict[str, Path], single: Path, tmp_path: Path) -> None:
    resumed = gone_on(runs["zero3"], tmp_path, "fsdp")
    assert distance(resumed, single) < EXACT
    assert weight_distance(resumed, single) < EXACT
    assert losses(resumed)[:4] == losses(runs["zero3"])[:4]


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["zero1", "zero3"])
def test_an_optimizer_of_bitsandbytes_in_32_bits_is_spread(strategy: str, tiny_export: Path, tmp_path: Path) -> None:
    single = learnt_under("single", tiny_export, tmp_path / "single", "optimizer=lion")
    run = learnt_under(strategy, tiny_export, tmp_path / "several", "optimizer=lion")
    assert distance(run, single) < EXACT
    for before, after in ((run, strategy), (single, strategy), (run, "single")):
        folder = tmp_path / f"{before.parent.parent.parent.name}-{after}"
        folder.mkdir()
        resumed = gone_on(before, folder, after, step=2)
        assert distance(resumed, single) < EXACT
        assert weight_distance(resumed, single) < EXACT


@pytest.mark.slow
@pytest.mark.parametrize(("before", "after"), list(product(STRATEGIES, STRATEGIES)), ids="-".join)
def test_every_strategy_goes_on_from_every_other(
    before: str, after: str, runs: dict[str, Path], single: Path, tmp_path: Path
) -> None:
    resumed = gone_on(runs[before], tmp_path, after, step=2)
    if before == after:
        assert is_same(resumed, runs[before])
    assert distance(resumed, single) < EXACT
    assert weight_distance(resumed, single) < EXACT


@pytest.mark.slow
@pytest.mark.parametrize("strategy", SEVERAL)
@pytest.mark.parametrize(
    ("model", "adapter", "precision"), list(product(["causal", "seq2seq"], ["lora", "full"], ["fp32", "bf16"]))
)
def test_accumulated_and_clipped(
    model: str, adapter: str, precision: str, strategy: str, tiny_export: Path, tmp_path: Path
) -> None:
    words = [f"model=tiny_{model}", f"adapter={adapter}", f"precision={precision}", "trainer.gradient_clip_val=0.1"]
    run = learnt_under(strategy, tiny_export, tmp_path / "several", *words, accumulate=2)
    single = learnt_under("single", tiny_export, tmp_path / "single", *words)
    bound = EXACT if precision == "fp32" else 2e-2
    assert distance(run, single) < bound
    assert weight_distance(run, single) < bound


@pytest.mark.slow
@pytest.mark.parametrize("strategy", SHARDING)
def test_ctrl_c_and_on_is_as_if_nothing_had_happened(strategy: str, tiny_export: Path, tmp_path: Path) -> None:
    """With dropout, the best checkpoint put back at the end, and a stop that all processes agree on."""
    two = ["strategy=" + strategy, f"trainer.max_steps={LONG}", "result=best"]
    whole, parted = tmp_path / "whole", tmp_path / "parted"
    whole.mkdir()
    parted.mkdir()
    done("train", *LONGER, *from_export(tiny_export), *two, cwd=whole)
    process = start(["train", *LONGER, *from_export(tiny_export), *two], parted)
    wait_for(has_logged(parted, 10), process)
    process.send_signal(signal.SIGINT)
    status, _, _ = end(process)
    run = only_run(parted)
    assert status == 130
    assert state(run) == "interrupted"
    done("train", f"resume={run}", cwd=parted)
    assert is_same(run, only_run(whole))


@pytest.mark.slow
@pytest.mark.parametrize("strategy", SHARDING)
def test_training_stops_early(strategy: str, tiny_export: Path, tmp_path: Path) -> None:
    words = ["callbacks=early_stopping", "callbacks.early_stopping.min_delta=9", "callbacks.early_stopping.patience=1"]
    words = [word for word in (*TINY, *words) if word != "~callbacks.progress"]
    done("train", *words, *spreading(strategy), *from_export(tiny_export), "trainer.max_epochs=9", cwd=tmp_path)
    run = only_run(tmp_path)
    assert logged(run)[-1]["epoch"] < 3
    assert weights(run)
