"""A piped conversation with a finished run, whose export is long gone."""

import io
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from doppel.commands import talk
from doppel.config.compose import compose
from doppel.engine.transformers import TransformersEngine
from doppel.types import Turn
from tests.driving import TINY, done, from_export, only_run

Refused = Callable[..., str]
Spoken = Callable[..., tuple[str, list[list[Turn]]]]  # what is shown, and for each answer what the model is given
LINES = "sea gull\nhow is the boat?\n"


def test_the_same_seed_gives_the_same_conversation(finished_run: Path, tmp_path: Path) -> None:
    words = ["talk", finished_run, "seed=1", "generation.max_new_tokens=24"]
    first, second = (done(*words, cwd=tmp_path, typed=LINES) for _ in range(2))
    assert first == second
    assert "Никита answers; you are" in first
    assert first.rstrip().endswith("bye")
    assert list(tmp_path.iterdir()) == []  # nothing is written


def test_someone_else_may_speak(finished_run: Path, tmp_path: Path) -> None:
    words = ["talk", finished_run, "speaker=Anna", "partner=Никита", "seed=1", "generation.max_new_tokens=8"]
    told = done(*words, cwd=tmp_path, typed="sea\n")
    assert "Anna answers; you are Никита." in told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["speaker=Ana"], "The model knows nobody called 'Ana'."),
        (["speakr=Anna"], "there is no key speakr, did you mean speaker?"),
        (["generation.temperature=-1"], "generation.temperature=-1 is refused"),
        (["model=tiny_causal"], "model"),
    ],
)
def test_what_cannot_be_is_told(words: list[str], told: str, finished_run: Path, refused: Refused) -> None:
    assert told in refused("talk", finished_run, *words)


def test_a_near_miss_of_a_name_is_told(finished_run: Path, refused: Refused) -> None:
    assert "Anna" in refused("talk", finished_run, "speaker=Ana").partition("'Ana'")[2]


def test_a_run_that_has_not_finished(finished_run: Path, tmp_path: Path, refused: Refused) -> None:
    copied = shutil.copytree(finished_run, tmp_path / "before", ignore=shutil.ignore_patterns("adapter"))
    (copied / "status.json").write_text('{"state": "interrupted"}')
    told = refused("talk", copied)
    assert f"has nothing to talk to yet: it is interrupted. Type doppel train resume={copied}" in told


@pytest.fixture(scope="module")
def run_of_two(tiny_export: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two personas, the one who says less first; the situation is told, but for the clock, which never is the same."""
    cwd = tmp_path_factory.mktemp("two")
    two = ["persona={Jess: user2, Nell: user1}", "trainer.max_steps=1", "samples/situation=told"]
    two += ["samples.situation.clock=false", "samples.situation.relationships={Boris: my boss}"]
    done("train", *TINY, *from_export(tiny_export), *two, cwd=cwd)
    return only_run(cwd)


@pytest.fixture
def spoken(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Spoken:
    """A chat in this process whose model says the number of its seed."""

    def chat(run: Path, typed: str) -> tuple[str, list[list[Turn]]]:
        given: list[list[Turn]] = []

        def stream(_: Any, turns: tuple[Turn, ...], speaker: Turn, _sampling: Any, *, seed: int) -> Iterator[str]:
            given.append([*turns, speaker])
            yield f">>> {seed}"

        monkeypatch.setattr(TransformersEngine, "stream", stream)
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        assert talk.run([str(run), "seed=1"]) == 0
        return capsys.readouterr().out, given

    return chat


def test_every_turn_is_told_what_training_told(run_of_two: Path, spoken: Spoken) -> None:
    _, given = spoken(run_of_two, "hi\nyou\n/me Boris\n/as Nell\nyou too\n/clear\nhi\n")
    assert [[(turn.speaker_name, turn.is_persona, turn.aside) for turn in turns] for turns in given[1:]] == [
        [
            ("Stranger", False, "with Stranger"),
            ("Jess", True, None),
            ("Stranger", False, None),
            ("Jess", True, None),
        ],
        [
            ("Stranger", False, "with Stranger"),
            ("Jess", True, None),
            ("Stranger", False, None),
            ("Jess", True, None),
            ("Boris", False, "with Boris, my boss"),
            ("Nell", True, None),
        ],
        [("Boris", False, "with Boris, my boss"), ("Nell", True, None)],
    ]


def test_personas_are_listed_first_in_their_order(run_of_two: Path, spoken: Spoken) -> None:
    shown, _ = spoken(run_of_two, "/people\n")
    assert "Jess answers; you are Stranger." in shown
    listed = [line.split(":")[0] for line in shown.splitlines() if "messages, id" in line]
    assert listed == ["Jess (the persona)", "Nell (the persona)", "Boris"]
    assert "one role" not in shown


def test_a_markup_that_cannot_tell_personas_apart_is_told(run_of_two: Path, tmp_path: Path, spoken: Spoken) -> None:
    copied = shutil.copytree(run_of_two, tmp_path / "chatml")
    config = yaml.safe_load((copied / "config.yaml").read_text(encoding="utf-8"))
    config["markup"] = compose("train", ["markup=chatml"])[0]["markup"]
    (copied / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    shown, _ = spoken(copied, "hi\n")
    assert "note: the markup of this run gives Jess and Nell one role, so the model cannot be told which of" in shown


def test_without_a_situation_nothing_is_told(finished_run: Path, spoken: Spoken) -> None:
    _, given = spoken(finished_run, "hi\n")
    assert [(turn.speaker_name, turn.aside) for turn in given[0]] == [("Stranger", None), ("Никита", None)]


def test_replies_of_two_personas_are_compared_and_the_card_shows_an_aside(run_of_two: Path) -> None:
    assert "really said**" in (run_of_two / "replies.md").read_text(encoding="utf-8")
    card = (run_of_two / "adapter" / "README.md").read_text(encoding="utf-8")
    assert "<|im_start|>Ann\n[with Ann]\n>>> are you coming?" in card
    assert "boss" not in card


@pytest.mark.parametrize("personas", [None, [], [{"name": "Jess", "ids": []}]])
def test_a_manifest_without_personas(personas: Any, finished_run: Path, tmp_path: Path, refused: Refused) -> None:
    copied = shutil.copytree(finished_run, tmp_path / "damaged", ignore=shutil.ignore_patterns("adapter"))
    manifest = json.loads((copied / "manifest.json").read_text(encoding="utf-8"))
    (copied / "manifest.json").write_text(json.dumps(manifest | {"personas": personas}), encoding="utf-8")
    assert "manifest.json is damaged: it does not tell the personas" in refused("talk", copied)


def test_no_run_at_all(refused: Refused, finished_run: Path) -> None:
    assert "doppel talk needs a run first: doppel talk outputs/train/NAME" in refused("talk")
    told = refused("talk", finished_run.parent / "nothing")
    assert f"does not exist; the newest runs here: {finished_run}" in told
