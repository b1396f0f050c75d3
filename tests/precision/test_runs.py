"""Each precision over each architecture, from the command line's words to a model that answers."""

import io
import shutil

import pytest
import torch

from doppel.commands import talk
from doppel.commands.learn import learn
from doppel.run.directory import RunDirectory, open_run
from tests.driving import logged
from tests.precision.conftest import Learnt

# What the first two steps say, in nats per learnt token; bf16 and fewer bits round near the third digit.
LOSSES = {
    ("tiny_causal", "fp32"): [5.5706, 5.5668],
    ("tiny_causal", "bf16"): [5.5705, 5.5668],
    ("tiny_causal", "bf16_mixed"): [5.5706, 5.5666],
    ("tiny_causal", "int8"): [5.5707, 5.5667],
    ("tiny_causal", "nf4"): [5.5647, 5.5554],
    ("tiny_causal", "nf4_double"): [5.5645, 5.5553],
    ("tiny_seq2seq", "fp32"): [5.4529, 5.5304],
    ("tiny_seq2seq", "bf16"): [5.4539, 5.5303],
    ("tiny_seq2seq", "bf16_mixed"): [5.4541, 5.5316],
    ("tiny_seq2seq", "int8"): [5.4504, 5.5288],
    ("tiny_seq2seq", "nf4"): [5.4869, 5.5493],
    ("tiny_seq2seq", "nf4_double"): [5.4846, 5.5513],
}


def losses(run: RunDirectory) -> list[float]:
    return [row["train/loss"] for row in logged(run.path) if "train/loss" in row]


def told(run: RunDirectory) -> list[dict[str, float]]:
    """The logged rows without what a machine's clock and memory say."""
    said_of_learning = ("step", "train/loss", "train/grad_norm", "train/learnt_tokens", "validation/loss")
    return [{name: row[name] for name in said_of_learning if name in row} for row in logged(run.path)]


def result(run: RunDirectory) -> bytes:
    (file,) = [*run.path.glob("adapter/*.safetensors"), *run.path.glob("model/*.safetensors")]
    return file.read_bytes()


@pytest.mark.parametrize(("model", "precision"), LOSSES)
def test_two_steps(model: str, precision: str, learnt: Learnt) -> None:
    run = learnt(f"model={model}", f"precision={precision}")
    assert losses(run) == pytest.approx(LOSSES[model, precision], abs=0.002)
    adapter = run.path / "adapter" / "adapter_model.safetensors"
    assert adapter.is_file()


@pytest.mark.parametrize(
    "words",
    [
        ["model=tiny_causal", "adapter=full"],
        ["model=tiny_seq2seq", "precision=nf4_double"],
        pytest.param(["model=tiny_seq2seq", "adapter=full"], marks=pytest.mark.slow),
        pytest.param(["model=tiny_causal", "precision=bf16"], marks=pytest.mark.slow),
        pytest.param(["model=tiny_seq2seq", "precision=bf16_mixed", "adapter=full"], marks=pytest.mark.slow),
        pytest.param(["model=tiny_causal", "precision=nf4", "batches=packed"], marks=pytest.mark.slow),
    ],
    ids=" ".join,
)
def test_gradient_checkpointing_changes_no_loss_and_no_reply(words: list[str], learnt: Learnt) -> None:
    plain = learnt(*words)
    checkpointed = learnt(*words, "training.gradient_checkpointing=true")
    assert told(checkpointed) == told(plain)
    assert (checkpointed.path / "replies.md").read_bytes() == (plain.path / "replies.md").read_bytes()


@pytest.mark.parametrize("model", ["tiny_seq2seq", pytest.param("tiny_causal", marks=pytest.mark.slow)])
def test_int8_is_checkpointed_too(model: str, learnt: Learnt) -> None:
    run = learnt(f"model={model}", "precision=int8", "training.gradient_checkpointing=true")
    assert losses(run) == pytest.approx(LOSSES[model, "int8"], abs=0.002)


@pytest.mark.parametrize(
    "words",
    [
        ["precision=nf4_double", "adapter.dropout=0.1"],
        ["adapter=full", "optimizer=lion", "optimizer.optim_bits=8"],
        pytest.param(["precision=int8", "model=tiny_seq2seq"], marks=pytest.mark.slow),
        pytest.param(["adapter=qlora", "precision=nf4"], marks=pytest.mark.slow),
        pytest.param(["adapter=full", "optimizer=adamw_8bit"], marks=pytest.mark.slow),
        pytest.param(["precision=bf16_mixed", "adapter=full"], marks=pytest.mark.slow),
    ],
    ids=" ".join,
)
def test_a_run_goes_on_exactly(words: list[str], learnt: Learnt) -> None:
    run = learnt(*words, "trainer.max_steps=4", "checkpoint.every_n_steps=1")
    broken_off = open_run(str(shutil.copytree(run.path, run.path.with_name("broken_off"))))
    for step in (3, 4):
        (broken_off.checkpoints / f"step-{step:08d}.ckpt").unlink()
    assert learn(broken_off, broken_off.config())
    assert told(broken_off) == told(run)
    assert result(broken_off) == result(run)


@pytest.mark.parametrize("precision", ["nf4", pytest.param("int8", marks=pytest.mark.slow)])
def test_over_a_quantised_base_what_is_trained_is_kept_alone_and_talks(
    precision: str, learnt: Learnt, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = learnt(f"precision={precision}")
    content = torch.load(run.checkpoints / "step-00000002.ckpt", weights_only=True)
    assert all("lora_" in name for name in content["state_dict"])
    assert {weights.dtype for weights in content["state_dict"].values()} == {torch.float32}
    monkeypatch.setattr("sys.stdin", io.StringIO("hello\n"))
    assert talk.run([str(run.path), "seed=1", "generation.max_new_tokens=8"]) == 0
    assert capsys.readouterr().out.rstrip().endswith("bye")


def test_layers_of_odd_sizes_are_quantised(learnt: Learnt) -> None:
    odd = ["model.hidden_size=6", "model.heads=1", "model.feed_forward_size=33"]  # 99 bytes a matrix
    for precision in ("nf4_double", "int8"):
        assert losses(learnt(f"precision={precision}", *odd)) == pytest.approx([5.57, 5.57], abs=0.05)


@pytest.mark.parametrize("optimizer", ["adamw_8bit", "paged_adamw_8bit", "lion"])
def test_the_optimizers_of_bitsandbytes_learn(optimizer: str, learnt: Learnt) -> None:
    run = learnt(f"optimizer={optimizer}", "adapter=full")
    before, after = [row["validation/loss"] for row in logged(run.path) if "validation/loss" in row]
    assert after < before - 0.03
    moments = torch.load(run.checkpoints / "step-00000002.ckpt", weights_only=True)["optimizer_states"][0]["state"]
    is_8bit = [state["__bnb_optimizer_quant_state__"]["state1"].dtype == torch.uint8 for state in moments.values()]
    assert any(is_8bit) == (optimizer != "lion")
