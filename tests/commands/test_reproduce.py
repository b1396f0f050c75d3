"""A run repeated from its directory alone."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from doppel.__main__ import dispatch
from doppel.run.directory import RunDirectory
from tests.driving import STEPS, done, doppel, only_run, state

Refused = Callable[..., str]


@pytest.fixture
def copied(finished_run: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished_run, tmp_path / "outputs_before" / "run"))


def test_a_run_is_repeated_bit_for_bit(finished_run: Path, tmp_path: Path) -> None:
    told = done("reproduce", finished_run, cwd=tmp_path)
    again = only_run(tmp_path, "reproduce")
    compared = json.loads((again / "comparison.json").read_text())
    assert f"all {compared['num_compared']} logged losses are equal, bit for bit" in told
    assert compared["num_compared"] > STEPS
    assert compared["num_different"] == 0
    weights = "adapter/adapter_model.safetensors"
    assert (again / weights).read_bytes() == (finished_run / weights).read_bytes()
    assert json.loads((again / "manifest.json").read_text())["reproduces"] == str(finished_run)
    assert (again / "command.txt").read_text(encoding="utf-8") == f"doppel reproduce {finished_run}\n"


def test_a_loss_that_differs_is_shown(
    copied: Path,
    finished_run: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    # The repetition itself is stood in for: it logs what the run did log.
    def repeat(run: RunDirectory, *_: object) -> int:
        shutil.copy(finished_run / "metrics.csv", run.metrics_file)
        return 0

    monkeypatch.setattr("doppel.commands.reproduce.work", repeat)
    monkeypatch.chdir(tmp_path)
    lines = (copied / "metrics.csv").read_text().splitlines(keepends=True)
    column = lines[0].split(",").index("train/loss")
    row = next(index for index, line in enumerate(lines) if line.startswith("7,"))
    cells = lines[row].split(",")
    cells[column] = repr(float(cells[column]) + 1e-9)
    (copied / "metrics.csv").write_text("".join([*lines[:row], ",".join(cells), *lines[row + 1 :]]))
    assert dispatch(["reproduce", str(copied)]) == 1
    told = capsys.readouterr().out
    assert "1 of " in told
    assert "logged losses differ" in told
    assert "│ 7    │ train/loss │" in told
    assert "nothing is known to have changed" in told


def test_what_has_not_finished_cannot_be_repeated(copied: Path, refused: Refused) -> None:
    (copied / "status.json").write_text('{"state": "interrupted"}')
    told = refused("reproduce", copied)
    assert f"has not finished (it is interrupted): doppel train resume={copied} first" in told


@pytest.mark.parametrize("command", ["reproduce", "talk", "resume"])
@pytest.mark.parametrize("target", ["os.system", "torch.load", "doppel_evil.Model"])
def test_somebody_elses_config_runs_no_code(command: str, target: str, copied: Path, refused: Refused) -> None:
    config = yaml.safe_load((copied / "config.yaml").read_text())
    config["model"] = {"_target_": target, "command": "touch owned"}
    config["allow_targets"] = [target.split(".")[0]]
    (copied / "config.yaml").write_text(yaml.safe_dump(config))
    words = ["train", f"resume={copied}", "trainer.max_steps=999"] if command == "resume" else [command, copied]
    told = refused(*words)
    assert f"model._target_={target} is refused: code comes from" in told
    assert "allow_targets is unknown" in told
    assert state(copied) == "finished"
    assert not (copied.parent / "owned").exists()


def test_the_user_may_opt_in_on_their_own_command_line(copied: Path, refused: Refused) -> None:
    config = yaml.safe_load((copied / "config.yaml").read_text())
    config["model"] = {"_target_": "doppel_own.Model"}
    (copied / "config.yaml").write_text(yaml.safe_dump(config))
    for command in (["reproduce", copied], ["talk", copied], ["train", f"resume={copied}"]):
        told = refused(*command, "+allow_targets=[doppel_own]")
        assert "model._target_=doppel_own.Model cannot be found: there is no installed package doppel_own" in told


@pytest.mark.parametrize("command", ["reproduce", "talk", "resume"])
def test_a_model_authors_code_is_not_run_for_somebody_elses_run(
    command: str, copied: Path, tmp_path: Path, refused: Refused
) -> None:
    config = yaml.safe_load((copied / "config.yaml").read_text())
    model = {"path": str(tmp_path / "none"), "revision": None, "trust_remote_code": True, "context_tokens": None}
    config["model"] = {"_target_": "doppel.model.causal.Causal", **model}
    (copied / "config.yaml").write_text(yaml.safe_dump(config))
    words = ["train", f"resume={copied}"] if command == "resume" else [command, copied]
    assert "If you trust them and whoever made the run, type +allow_targets=[trust_remote_code]" in refused(*words)
    if command == "talk":
        assert "there is no folder" in refused(*words, "+allow_targets=[trust_remote_code]")


def test_a_run_without_a_model_is_told(copied: Path, refused: Refused) -> None:
    config = yaml.safe_load((copied / "config.yaml").read_text())
    (copied / "config.yaml").write_text(yaml.safe_dump({**config, "export": {}, "measured_samples": 0}))
    for words in (["talk", copied], ["reproduce", copied], ["train", f"resume={copied}"]):
        assert f"{copied} holds prepared data and no model: to learn from it type doppel train" in refused(*words)


def test_a_damaged_run_is_told(copied: Path, refused: Refused) -> None:
    (copied / "config.yaml").write_text("[1, 2")
    assert "config.yaml cannot be read" in refused("reproduce", copied)
    assert "config.yaml cannot be read" in refused("talk", copied)
    (copied / "status.json").write_text("{}")
    assert "status.json is damaged: its state is None" in refused("reproduce", copied)


def test_a_run_of_the_wrong_command_is_told(copied: Path, tmp_path: Path) -> None:
    status, _, told = doppel("reproduce", copied / "adapter", cwd=tmp_path)
    assert status == 2
    assert "is no run directory" in told
