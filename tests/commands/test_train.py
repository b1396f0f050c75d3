"""What a finished run leaves, and what others can do with it."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import yaml
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM, AutoTokenizer

from doppel.commands.learner import Learner
from doppel.commands.train import anchored
from doppel.run.directory import open_run
from doppel.run.metrics import values_of
from doppel.run.samples import fingerprint
from tests.driving import STEPS, TINY, done, from_export, logged, only_run, state

FILES = {
    "adapter",
    "checkpoints",
    "command.txt",
    "config.yaml",
    "data",
    "facts.json",
    "first_samples.txt",
    "funnel.json",
    "log.txt",
    "manifest.json",
    "metrics.csv",
    "overrides.yaml",
    "replies.md",
    "replies_before.json",
    "status.json",
    "tokens_train.json",
    "tokens_validation.json",
}


def test_the_files_of_a_run(finished_run: Path) -> None:
    assert {entry.name for entry in finished_run.iterdir()} - {"code.diff"} == FILES
    assert state(finished_run) == "finished"
    assert {entry.name for entry in (finished_run / "data").iterdir()} == {
        "train.jsonl",
        "validation.jsonl",
        "test.jsonl",
    }
    assert len(list((finished_run / "checkpoints").iterdir())) in (2, 3)
    log = (finished_run / "log.txt").read_text(encoding="utf-8")
    assert [line.split("doppel.commands.")[1].split(",")[0] for line in log.splitlines()] == [
        "learner: model: source " + log.split("source ")[1].split(",")[0],
        "learn: training from step 0",
        f"learn: training ended at step {STEPS}",
    ]


def test_the_adapter_carries_no_chat_template_it_was_not_trained_on(finished_run: Path) -> None:
    assert not (finished_run / "adapter" / "chat_template.jinja").exists()
    settings = json.loads((finished_run / "adapter" / "tokenizer_config.json").read_text())
    assert settings.get("chat_template") is None


def test_a_run_is_its_owners_alone(finished_run: Path) -> None:
    assert stat.S_IMODE(finished_run.stat().st_mode) == 0o700


def test_the_frozen_config_is_whole(finished_run: Path) -> None:
    text = (finished_run / "config.yaml").read_text(encoding="utf-8")
    assert "${" not in text
    assert "???" not in text
    config = yaml.safe_load(text)
    assert config["trainer"]["max_steps"] == STEPS
    assert config["trainer"]["devices"] == 1
    assert config["training"]["seed"] == config["seed"] == 0
    overrides = yaml.safe_load((finished_run / "overrides.yaml").read_text(encoding="utf-8"))
    assert f"trainer.max_steps={STEPS}" in overrides
    command = (finished_run / "command.txt").read_text(encoding="utf-8")
    assert command.startswith("doppel train model=tiny_causal precision=fp32 ")


def test_the_manifest_says_what_the_run_was_made_of(finished_run: Path) -> None:
    manifest = json.loads((finished_run / "manifest.json").read_text(encoding="utf-8"))
    assert {"created_at", "code", "python", "packages", "machine", "data", "personas", "model", "kept_step"} <= set(
        manifest
    )
    assert manifest["personas"] == [{"name": "Никита", "ids": ["user1"]}]
    assert set(manifest["data"]["inputs"]) == {"result.json"}
    for part, count in manifest["data"]["samples"].items():
        file = finished_run / "data" / f"{part}.jsonl"
        assert len(file.read_text(encoding="utf-8").splitlines()) == count > 0
        assert manifest["data"]["sha256"][part] == fingerprint(file)
    assert manifest["packages"]["torch"] == torch.__version__
    assert manifest["machine"]["cores"] == os.cpu_count()


def test_the_loss_of_every_step_is_logged_and_falls(finished_run: Path) -> None:
    rows = logged(finished_run)
    training = values_of(rows, "train/loss")
    assert [step for step, _ in training] == list(range(1, STEPS + 1))
    assert training[-1][1] < training[0][1]
    validation = values_of(rows, "validation/loss")
    assert (validation[0][0], validation[-1][0]) == (0, STEPS)
    assert validation[-1][1] < validation[0][1]


def test_the_card_tells_the_loss_of_the_weights_beside_it(finished_run: Path) -> None:
    kept = json.loads((finished_run / "manifest.json").read_text(encoding="utf-8"))["kept_step"]
    loss = dict(values_of(logged(finished_run), "validation/loss"))[kept]
    card = (finished_run / "adapter" / "README.md").read_text(encoding="utf-8")
    assert f"| validation loss, nats per learnt token | {loss:.4f} |" in card


def test_what_is_told_at_the_end(finished_run: Path) -> None:
    told = (finished_run.parent.parent.parent / "output.txt").read_text(encoding="utf-8")
    assert "persona: Никита (user1)" in told
    assert "before training" in told
    assert f"adapter: {finished_run / 'adapter'}" in told
    assert f"talk to it: doppel talk {finished_run}" in told
    assert "⟦" in (finished_run / "first_samples.txt").read_text(encoding="utf-8")


def run_s_own(run: Path) -> tuple[Learner, torch.nn.Module]:
    learner = Learner(open_run(str(run)).config())
    return learner, learner.adapter.load(learner.load().model, run / learner.adapter.folder_name).eval()


@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing:FutureWarning")  # PEFT asks transformers for it
def test_stock_peft_loads_the_adapter(finished_run: Path) -> None:
    folder = finished_run / "adapter"
    base = json.loads((folder / "adapter_config.json").read_text())["base_model_name_or_path"]
    stock_base = AutoModelForCausalLM.from_pretrained(base)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    ids = torch.tensor([tokenizer("sea gull <|im_end|>")["input_ids"]])
    with torch.no_grad():
        untrained = stock_base(ids).logits.clone()
        stock = PeftModel.from_pretrained(stock_base, folder).eval()(ids).logits
        own = run_s_own(finished_run)[1](ids).logits
    assert torch.equal(stock, own)
    assert not torch.allclose(stock, untrained, atol=1e-3)


@pytest.fixture(scope="module")
def full_run(tiny_export: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    cwd = tmp_path_factory.mktemp("full")
    words = [*TINY, *from_export(tiny_export), "model=tiny_seq2seq", "adapter=full", "trainer.max_steps=3"]
    done("train", *words, cwd=cwd)
    return only_run(cwd)


def test_stock_transformers_loads_a_full_model(full_run: Path) -> None:
    folder = full_run / "model"
    assert {"config.json", "model.safetensors", "tokenizer_config.json", "markup.json", "README.md"} <= {
        entry.name for entry in folder.iterdir()
    }
    learner, own = run_s_own(full_run)
    stock = AutoModelForSeq2SeqLM.from_pretrained(folder).eval()
    ids = torch.tensor([learner.tokenizer("sea gull")["input_ids"]])
    with torch.no_grad():
        same = [model(input_ids=ids, decoder_input_ids=ids).logits for model in (stock, own)]
        base = learner.load().model.eval()(input_ids=ids, decoder_input_ids=ids).logits
    assert torch.equal(*same)
    assert not torch.allclose(same[0], base, atol=1e-4)


def test_checkpoints_hold_tensors_and_plain_values_only(finished_run: Path) -> None:
    file = max((finished_run / "checkpoints").iterdir())
    assert torch.load(file, weights_only=True)["global_step"] == STEPS


def test_a_models_folder_is_frozen_whole_and_a_hub_id_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "models" / "mine").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    paths = [
        anchored({"model": {"path": path}, "memory": {}})["model"]["path"] for path in ("models/mine", "owner/name")
    ]
    assert paths == [str(tmp_path / "models" / "mine"), "owner/name"]
    own = {"model": {"layers": 2}, "memory": {}}
    assert anchored(own) == own


def test_prepare_stops_after_the_samples(tiny_export: Path, tmp_path: Path) -> None:
    told = done("prepare", *from_export(tiny_export), "persona=Anna", cwd=tmp_path)
    run = only_run(tmp_path, "prepare")
    assert "persona: Anna (user2)" in told
    assert state(run) == "finished"
    text = (run / "train.md").read_text(encoding="utf-8")
    assert "* Anna: " in text
    assert "  Никита: " in text
    assert stat.S_IMODE(run.stat().st_mode) == 0o700


@pytest.mark.parametrize(("without", "told"), [("test", "(validation)"), ("validation", "(test)")])
def test_one_part_alone_may_be_held_out(without: str, told: str, tiny_export: Path, tmp_path: Path) -> None:
    shown = done("prepare", *from_export(tiny_export), f"split.{without}_fraction=0", cwd=tmp_path)
    line = next(line for line in shown.splitlines() if line.startswith("held out: "))
    assert line.endswith(told)
    assert line.count("UTC") == 1


def test_a_persona_with_a_russian_name(tiny_export: Path, tmp_path: Path) -> None:
    told = done("prepare", *from_export(tiny_export), "persona=Никита", cwd=tmp_path)
    assert "persona: Никита (user1)" in told


def test_a_full_disk_is_told_and_the_run_can_go_on(tiny_export: Path, tmp_path: Path) -> None:
    # 200 KB a file: data and metrics fit, a checkpoint of the tiny model does not.
    words = " ".join(f"'{word}'" for word in [*TINY, *from_export(tiny_export), "trainer.max_steps=4"])
    status, told = limited(f"train {words}", tmp_path)
    assert status == 2
    assert "the checkpoint step-00000004.ckpt could not be saved" in told
    run = only_run(tmp_path)
    assert state(run) == "failed"
    assert list((run / "checkpoints").iterdir()) == []
    assert f"no checkpoint had been written yet; start it again with: doppel train resume={run}" in told
    done("train", f"resume={run}", cwd=tmp_path)
    assert state(run) == "finished"


def limited(words: str, cwd: Path) -> tuple[int, str]:
    """A command that may write 200 KB a file."""
    line = f"ulimit -f 200; trap '' XFSZ; exec {sys.executable} -m doppel {words}"
    ended = subprocess.run(["bash", "-c", line], cwd=cwd, capture_output=True, text=True, check=False)
    assert "Traceback" not in ended.stderr
    return ended.returncode, ended.stderr
