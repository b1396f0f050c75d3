"""Hydra's own flags, as a user types them."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from doppel.__main__ import COMMANDS, dispatch
from tests.driving import done

Refused = Callable[..., str]


def test_what_only_a_sweep_uses_needs_a_sweep(refused: Refused) -> None:
    told = refused("train", "hydra/sweeper=optuna", "hydra.sweeper.n_trials=2")
    assert "`hydra/sweeper=optuna`: only a sweep uses it, add --multirun" in told


@pytest.mark.parametrize("word", ["hydra.run.dir=here", "++hydra.run.dir=here", "hydra.job.chdir=true"])
def test_hydra_s_own_run_directory_is_refused(word: str, refused: Refused) -> None:
    told = refused("prepare", word)
    assert told == (
        f"doppel: `{word}` would have no effect: doppel makes the directories of its runs itself. "
        "To have them elsewhere type outputs=FOLDER\n"
    )
    assert told == refused("prepare", word, "--cfg", "job")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """The standard output of a command that only tells, run in this process and an empty folder."""
    monkeypatch.chdir(tmp_path)

    def told(*words: str) -> str:
        monkeypatch.setattr("sys.argv", ["doppel", *words])
        try:
            status = dispatch(list(words))
        except SystemExit as ending:  # Hydra's, after its help
            status = ending.code
        assert status == 0
        return capsys.readouterr().out

    return told


def test_the_composed_config_is_shown(run: Callable[..., str], tmp_path: Path) -> None:
    config = yaml.safe_load(run("train", "model=tiny_causal", "--cfg", "job", "--resolve", "persona=Никита", "seed=3"))
    assert config["model"]["_target_"] == "doppel.model.tiny_causal.TinyCausal"
    assert (config["persona"], config["seed"], config["trainer"]["devices"]) == ("Никита", 3, 1)
    assert list(tmp_path.iterdir()) == []


def test_one_group_of_it_is_shown(run: Callable[..., str]) -> None:
    shown = run("train", "--cfg", "job", "--package", "optimizer", "optimizer.lr=1e-3")
    assert yaml.safe_load(shown.replace("# @package optimizer", ""))["lr"] == 1e-3


@pytest.mark.parametrize("command", ["train", "prepare", "talk", "serve"])
def test_help_lists_groups_and_values(command: str, run: Callable[..., str]) -> None:
    shown = run(command, "--help")
    assert shown.startswith(f"doppel {command} is powered by Hydra.")
    assert "== Configuration groups ==" in shown


def test_where_each_value_comes_from_is_shown(tmp_path: Path) -> None:
    # In a process of its own: Hydra sets up logging for it, and leaves it so.
    assert "| model/tiny_seq2seq" in done("train", "--info", "defaults", "model=tiny_seq2seq", cwd=tmp_path)


def test_a_folder_of_the_users_own_options(run: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "mine" / "generation").mkdir(parents=True)
    (tmp_path / "mine" / "generation" / "wild.yaml").write_text("defaults: [default, _self_]\ntemperature: 2.0\n")
    shown = run("train", "--config-dir", str(tmp_path / "mine"), "--cfg", "job", "generation=wild")
    assert yaml.safe_load(shown)["generation"]["temperature"] == 2.0


def test_faults_are_told_alike_with_flags(refused: Refused) -> None:
    assert "there is no key adapter.rnk, did you mean adapter.rank?" in refused(
        "train", "--cfg", "job", "adapter.rnk=4"
    )


def test_what_cannot_be_swept_is_told(refused: Refused) -> None:
    assert "doppel prepare does not sweep" in refused("prepare", "--multirun", "sessions=gap,none")


def test_reproduce_takes_a_run_and_nothing_else(refused: Refused) -> None:
    assert "takes one run directory and no overrides" in refused("reproduce", "somewhere", "seed=3")
    assert "somewhere does not exist" in refused("reproduce", "somewhere")


COMPLETE = """
eval "$(doppel train --shell-completion install=bash)"
complete_line() {
    COMP_LINE="$1"; COMP_POINT=${#1}; COMP_WORDS=($1); COMP_CWORD=$2; COMPREPLY=()
    hydra_bash_completion
    echo "${COMPREPLY[*]}"
}
complete -p doppel
complete_line "doppel tr" 1
complete_line "doppel train model=ti" 2
complete_line "doppel train adapter.ra" 2
complete_line "doppel train model=tiny_causal adapter=l" 3
complete_line "doppel talk outputs/train/x generation=g" 3
"""


def test_bash_completes_commands_groups_and_keys(tmp_path: Path) -> None:
    program = tmp_path / "bin" / "doppel"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m doppel "$@"\n')
    program.chmod(0o755)
    line = f'PATH="{program.parent}:$PATH"\n{COMPLETE}'
    ended = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines() == [
        "complete -o default -o nospace -F hydra_bash_completion doppel",
        "train",
        "model=tiny_causal model=tiny_seq2seq",
        "adapter.rank=",
        "adapter=lora",
        "generation=greedy",
    ]


def test_every_command_can_be_completed(monkeypatch: pytest.MonkeyPatch, run: Callable[..., str]) -> None:
    monkeypatch.setenv("COMP_LINE", "doppel ")
    assert run("-sc", "query=bash").split() == list(COMMANDS)
