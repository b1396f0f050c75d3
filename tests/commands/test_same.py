from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from doppel.commands.same import same_model, same_tokens
from doppel.errors import RunError
from doppel.run.directory import RunDirectory, take, write_json
from doppel.types import Tokens

SAMPLE = Tokens((5, 6, 7), (False, True, True), (), "chat/1")


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    taken = take(tmp_path, "run")
    write_json(taken.manifest_file, {"created_at": "now"})
    return taken


@pytest.fixture
def learner(tmp_path: Path) -> Any:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(bytes(range(256)) * 40_000)
    facts = {
        "source": str(folder),
        "commit": None,
        "config_sha256": "c" * 64,
        "tokenizer_sha256": "t" * 64,
        "merged_adapters": "",
    }
    return SimpleNamespace(facts=facts, tokenizer=SimpleNamespace(name_or_path="some/model"))


def test_the_same_tokens_may_come_again(run: RunDirectory, learner: Any) -> None:
    for _ in range(2):
        same_tokens(run, learner, {"train": [SAMPLE], "validation": []})
    assert set(run.manifest()) == {"created_at", "tokens"}


@pytest.mark.parametrize(
    "other",
    [
        [replace(SAMPLE, ids=(5, 6, 8))],
        [replace(SAMPLE, is_learnt=(True, False, True))],
        [replace(SAMPLE, ids=(5, 6), source_ids=(7,))],
        [],
    ],
)
def test_other_tokens_of_the_same_samples_are_refused(run: RunDirectory, learner: Any, other: list[Tokens]) -> None:
    same_tokens(run, learner, {"train": [SAMPLE], "validation": [SAMPLE]})
    with pytest.raises(RunError, match=r"the validation samples .* make other tokens now .* of some/model has changed"):
        same_tokens(run, learner, {"train": [SAMPLE], "validation": other})


def test_another_process_than_the_first_writes_nothing(
    run: RunDirectory, learner: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANK", "1")
    same_tokens(run, learner, {"train": [SAMPLE]})
    same_model(run, learner)
    assert set(run.manifest()) == {"created_at"}


def cut_one_byte(learner: Any) -> None:
    file = Path(learner.facts["source"]) / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-1])


def train_it_on(learner: Any) -> None:
    file = Path(learner.facts["source"]) / "model.safetensors"
    file.write_bytes(bytes(byte ^ 1 for byte in file.read_bytes()))


def change_config(learner: Any) -> None:
    learner.facts["config_sha256"] = "d" * 64


def pull(learner: Any) -> None:
    learner.facts["commit"] = "abc"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (cut_one_byte, "weights"),
        (train_it_on, "weights"),
        (change_config, "config_sha256 cccccccccccc then, dddddddddddd now"),
        (pull, "commit none then, abc now"),
    ],
)
def test_another_base_model_is_refused(
    run: RunDirectory, learner: Any, change: Callable[[Any], None], named: str
) -> None:
    same_model(run, learner)
    same_model(run, learner)
    change(learner)
    with pytest.raises(RunError, match=rf"the base model .*model is not what the run began with \({named}"):
        same_model(run, learner)
