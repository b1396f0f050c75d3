from pathlib import Path
from typing import Any

import pytest

from doppel.config.compose import compose, faults_of_sweep, foreign_targets
from doppel.errors import ConfigError


def composed(*overrides: str) -> dict[str, Any]:
    config, faults = compose("train", list(overrides))
    assert faults == []
    return config


def message(*overrides: str) -> str:
    return "\n".join(compose("train", list(overrides))[1])


def test_groups_and_values_are_swapped_from_the_command_line() -> None:
    config = composed("model=tiny_seq2seq", "adapter=full", "optimizer.lr=1e-3", "persona=Никита")
    assert config["model"]["_target_"] == "doppel.model.tiny_seq2seq.TinySeq2Seq"
    assert config["optimizer"]["lr"] == 1e-3
    assert config["persona"] == "Никита"
    assert "hydra" not in config


def test_every_override_that_cannot_be_used_is_told_with_what_is_near() -> None:
    text = message("optimizer.lrr=3", "model=tiny_casual", "sed=1")
    assert "`optimizer.lrr=3`: there is no key optimizer.lrr, did you mean optimizer.lr?" in text
    assert "`model=tiny_casual`: model has no such option, did you mean tiny_causal?; it has: " in text
    assert "`sed=1`: there is no key sed, did you mean seed?" in text


def test_an_option_of_a_list_is_told_with_what_is_near() -> None:
    told = "`filters=[default,langage]`: filters has no option langage, did you mean language?; it has: ai_friend, bots"
    assert told in message("filters=[default,langage]")


def test_a_group_that_does_not_exist_is_told() -> None:
    assert "adaptr" in message("adaptr=lora")


def test_several_values_need_a_sweep() -> None:
    with pytest.raises(ConfigError, match="add --multirun"):
        compose("train", ["adapter.rank=4,8"])


def test_an_experiment_of_the_working_directory_is_known_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "experiments").mkdir()
    (tmp_path / "experiments" / "mine.yaml").write_text(
        "# @package _global_\ndefaults:\n  - override /model: tiny_seq2seq\noptimizer:\n  lr: 1e-3\n"
    )
    monkeypatch.chdir(tmp_path)
    config = composed("experiment=mine")
    assert config["model"]["_target_"] == "doppel.model.tiny_seq2seq.TinySeq2Seq"
    assert config["optimizer"]["lr"] == 1e-3
    assert "experiment=nine" in message("experiment=nine")


@pytest.mark.parametrize(("text", "told"), [("a: [", "not valid YAML"), ("- 1", "holds no settings")])
def test_a_broken_experiment_file_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, told: str
) -> None:
    (tmp_path / "experiments").mkdir()
    (tmp_path / "experiments" / "broken.yaml").write_text(text)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=told):
        compose("train", [])


def test_a_sweep_is_looked_at_before_its_first_trial() -> None:
    sound = ["adapter.rank=4,8", "optimizer.lr=interval(1e-4,1e-2)", "seed=range(3,9)", "model=tiny_causal"]
    assert faults_of_sweep("train", sound) == []
    assert "did you mean adapter.rank?" in faults_of_sweep("train", ["adapter.rnk=4,8"])[0]


def test_every_option_of_a_sweep_is_looked_at() -> None:
    misspelt = faults_of_sweep("train", ["model=tiny_causal,tiny_casual", "adapter=lora,full", "adapter.rank=4,8"])
    assert [line.split(":")[0] for line in misspelt] == ["`model=tiny_casual`", "`adapter.rank=4`"]


def test_what_hydra_itself_would_build_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "experiments").mkdir()
    (tmp_path / "experiments" / "evil.yaml").write_text(
        "# @package _global_\nhydra:\n  callbacks:\n    mine:\n      _target_: os.system\n      command: ls\n"
    )
    monkeypatch.chdir(tmp_path)
    words = ["experiment=evil", "adapter.rank=4,8"]
    refusal = "hydra.callbacks.mine._target_=os.system is refused: to run your own, type +allow_targets=[os]"
    assert foreign_targets("train", words, ()) == [refusal]
    assert foreign_targets("train", words, ("os",)) == []
    assert foreign_targets("train", ["hydra/sweeper=optuna", "adapter.rank=4,8"], ()) == []
