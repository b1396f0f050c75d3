"""What the README tells people to type can be typed."""

import shlex
import shutil
from pathlib import Path

import pytest

from doppel.commands.plan_changes import ROOT as PLAN
from doppel.commands.prepare import ROOT as PREPARE
from doppel.commands.train import ROOT as TRAIN
from doppel.config.check import check
from doppel.config.compose import compose, faults_of_sweep
from doppel.model.tiny_causal import TinyCausal
from tests.driving import TINY, done, from_export

README = Path(__file__).resolve().parent.parent / "README.md"
COMMANDS = [line.strip() for line in README.read_text(encoding="utf-8").splitlines() if line.startswith("    doppel ")]
SHORT = [*TINY, "trainer.max_steps=1", "hydra.sweep.dir=sweep", "compared_replies=0"]


def words_of(command: str) -> list[str]:
    return shlex.split(command, comments=True)[1:]


def composed_by(command: str) -> bool:
    words = words_of(command)
    return words[0] in ("train", "prepare", "plan") and not words[1].startswith(("resume=", "--help"))


COMPOSED = [command for command in COMMANDS if composed_by(command)]


def test_the_readme_is_short_and_full_of_commands() -> None:
    assert len(README.read_text(encoding="utf-8").splitlines()) < 200
    assert len(COMMANDS) > 12
    talking = {"talk", "serve", "web", "bot", "feedback", "forget"}
    shown = {"prepare", "train", "plan", "evaluate", "arena", "compare", "merge", "gguf", "reproduce"} | talking
    assert {words_of(command)[0] for command in COMMANDS} == shown


@pytest.mark.parametrize("command", COMPOSED)
def test_every_composed_command_composes_and_passes_the_check(command: str) -> None:
    name, *words = words_of(command)
    if "--multirun" in words:
        words.remove("--multirun")
        assert faults_of_sweep(name, words) == []
        return
    config, faults = compose(name, words)
    assert faults == []
    check(config, {"train": TRAIN, "prepare": PREPARE, "plan": PLAN}[name], is_learning_here=name != "plan")


def test_what_takes_a_run_takes_it_first(finished_run: Path, tmp_path: Path) -> None:
    run = tmp_path / "outputs" / "train" / "NAME"
    shutil.copytree(finished_run, run)
    for command in COMMANDS:
        words = words_of(command)
        if words[0] in ("talk", "merge", "gguf", "reproduce"):
            done(*words, cwd=tmp_path, typed="hi\n/quit\n")


@pytest.mark.slow
@pytest.mark.parametrize("command", [command for command in COMPOSED if "outputs/train/" not in command])
def test_every_composed_command_runs_on_the_tiny_model(command: str, tiny_export: Path, tmp_path: Path) -> None:
    name, *words = words_of(command)
    shutil.copy(tiny_export, tmp_path / "result.json")
    (tmp_path / "me.md").write_text("I keep a lighthouse.\n")
    if not any(word.startswith("source=") for word in words):
        words += from_export(tiny_export)
    if "model.path=/models/any-llama" in words:
        tiny = TinyCausal(hidden_size=32, layers=1, heads=2, feed_forward_size=32, context_tokens=2048, seed=0)
        tiny.load({"dtype": "float32"})
        words = [f"model.path={tiny._pretrained().path}" if word.startswith("model.path") else word for word in words]
    # The README's own words come last: they are what is tried.
    short = [] if name == "prepare" else [word for word in SHORT if "--multirun" in words or "hydra" not in word]
    words = [word.replace("n_trials=20", "n_trials=2") for word in words]
    done(name, *short, *words, cwd=tmp_path)
