"""The config tree mirrors the code: one file an option, its keys exactly the parameters of what it names."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from doppel.commands.arena import ROOT as ARENA
from doppel.commands.bot import ROOT as BOT
from doppel.commands.evaluate import ROOT as EVALUATE
from doppel.commands.frozen import ROOT as TRAIN
from doppel.commands.plan_changes import ROOT as PLAN
from doppel.commands.prepare import ROOT as PREPARE
from doppel.commands.serve import ROOT as SERVE
from doppel.commands.talk import ROOT as TALK
from doppel.commands.web import ROOT as WEB
from doppel.config.check import check
from doppel.config.compose import compose
from doppel.config.signature import signature_of
from doppel.config.tree import project_path
from tests.driving import TINY, done, from_export, only_run, state
from tests.experiments.test_training import SYSTEMS

CONF = project_path("conf")
PROJECT = CONF.parent
OPTIONS = sorted(f"{file.parent.name}={file.stem}" for file in CONF.glob("*/*.yaml"))
OWN = [option for option in OPTIONS if (PROJECT / "doppel" / option.split("=")[0]).is_dir()]
# Groups inside a group, such as samples/trivial: null unless asked for.
INNER = sorted(
    f"{file.parent.relative_to(CONF)}={file.stem}"
    for file in CONF.glob("*/*/*.yaml")
    if file.relative_to(CONF).parts[0] != "hydra"
)
EXPERIMENTS = sorted(file.stem for file in project_path("experiments").glob("*.yaml"))
MARKS = {"_target_", "_partial_"}
# For what an option goes with alone.
BESIDE = {option: ["model=tiny_seq2seq"] for option in OPTIONS if option.startswith("markup=fred")}
BESIDE["engine=vllm"] = [
    "generation.repetition_penalty=1.0",
    "generation.unrepeated_tokens=0",
    "generation.discouraged=[]",
]
BESIDE["optimizer=cpu_adamw"] = ["strategy=zero3_offload"]
BESIDE["strategy=zero"] = ["strategy.stage=2"]
BESIDE["training=dpo"] = BESIDE["training=kto"] = ["source=feedback"]
# For what an experiment asks of its data and the tiny export has not: many chats, long silences, replies, this year.
INSTEAD = {
    "ai_friend_data": ["split=none"],
    "digital_copy_data": ["split=none"],
    "devops_dude_data": ["sessions.attach_gap_minutes=5", "samples.question=previous"],
    "doppelganger_data": ["filters.dates.relative_to=2023-12-31"],
}


def filled(node: Any) -> Any:
    """The node with something in the place of what a user must give."""
    if isinstance(node, dict):
        return {key: filled(value) for key, value in node.items()}
    return "given" if node == "???" else node


def command_of(*overrides: str) -> tuple[str, str]:
    """The command that has all of these groups, and the schema of its config."""
    if any(override.startswith("evaluation=") for override in overrides):
        return "evaluate", EVALUATE
    if "serving=arena" in overrides:
        return "arena", ARENA
    if any(override.startswith("serving=") for override in overrides):
        return "serve", SERVE
    if any(override.startswith("gpu=") for override in overrides):
        return "plan", PLAN
    if any(override.startswith("web=") for override in overrides):
        return "web", WEB
    if any(override.startswith(("bot=", "timing=")) for override in overrides):
        return "bot", BOT
    if any(override.startswith(("steering=", "engine=llama", "engine=vllm")) for override in overrides):
        return "talk", TALK
    is_exported = any(override.startswith("export=") for override in overrides)
    return ("prepare", PREPARE) if is_exported else ("train", TRAIN)


def composed(*overrides: str) -> dict[str, Any]:
    config, faults = compose(command_of(*overrides)[0], list(overrides))
    assert faults == []
    return filled(config)


def nodes_of(value: Any) -> list[dict[str, Any]]:
    """The nodes of a group: itself, or each that it holds by name."""
    if "_target_" in value:
        return [value]
    return [child for child in value.values() if isinstance(child, dict) and "_target_" in child]


@pytest.mark.parametrize("option", OPTIONS)
def test_every_option_composes_and_passes_the_check(option: str) -> None:
    config, root = composed(option, *BESIDE.get(option, [])), command_of(option)[1]
    check(config, root, is_learning_here=False)  # some need a GPU


@pytest.mark.parametrize("option", INNER)
def test_every_inner_option_composes_and_its_keys_are_the_parameters(option: str) -> None:
    config = composed(option)
    group, inner = option.split("=")[0].split("/")
    node = config[group][inner]
    check({**config, group: {**config[group], inner: filled(node)}}, TRAIN)
    assert set(node) - MARKS == set(signature_of(node["_target_"]).parameters)


@pytest.mark.parametrize("option", OWN)
def test_the_keys_of_our_own_nodes_are_exactly_the_parameters(option: str) -> None:
    for node in nodes_of(composed(option)[option.split("=")[0]]):
        if node["_target_"].startswith("doppel."):
            parameters = signature_of(node["_target_"]).parameters
            assert set(node) - MARKS == set(parameters)
            assert all(parameter.is_required for parameter in parameters.values()), "a default has its home in the YAML"


@pytest.mark.parametrize("option", OWN)
def test_the_code_of_an_option_is_where_its_name_says(option: str) -> None:
    group, name = option.split("=")
    written = yaml.safe_load((CONF / group / f"{name}.yaml").read_text(encoding="utf-8")) or {}
    modules = {node["_target_"].rpartition(".")[0] for node in nodes_of(written)}
    in_group = [file.stem for file in (PROJECT / "doppel" / group).glob("*.py") if file.stem != "__init__"]
    if "defaults" in written or not modules:
        return  # overlays or gathers other options
    module = next((module for module in (name, group) if module in in_group), in_group[0])
    assert module in (name, group) or len(in_group) == 1
    assert modules == {f"doppel.{group}.{module}"}


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_experiment_composes_anywhere_and_passes_the_check(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    check(composed(f"experiment={name}"), TRAIN, is_learning_here=False)  # some need a GPU


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in EXPERIMENTS if name not in SYSTEMS])  # those are with theirs
def test_every_experiment_runs_on_the_tiny_model(name: str, tiny_export: Path, tmp_path: Path) -> None:
    tiny = [*TINY, *from_export(tiny_export), "trainer.max_steps=2", *INSTEAD.get(name, [])]
    done("train", f"experiment={name}", *tiny, cwd=tmp_path)
    assert state(only_run(tmp_path)) == "finished"


@pytest.mark.parametrize(
    "command",
    [
        "prepare",
        "plan",
        "talk",
        "serve",
        "bot",
        "web",
        "feedback",
        "forget",
        "merge",
        "gguf",
        "push",
        "evaluate",
        "arena",
        "compare",
    ],
)
def test_the_other_commands_compose_and_pass_the_check(command: str) -> None:
    config, faults = compose(command, [])
    check(filled(config), f"doppel.config.roots.{command.capitalize()}", known_faults=faults)
