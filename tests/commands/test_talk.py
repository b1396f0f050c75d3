"""A piped conversation with a finished run, whose export is long gone."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.driving import done

Refused = Callable[..., str]
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


def test_no_run_at_all(refused: Refused, finished_run: Path) -> None:
    assert "doppel talk needs a run first: doppel talk outputs/train/NAME" in refused("talk")
    told = refused("talk", finished_run.parent / "nothing")
    assert f"does not exist; the newest runs here: {finished_run}" in told
