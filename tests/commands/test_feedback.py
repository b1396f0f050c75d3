"""Opinions, counted and exported for whoever learns from them."""

import json
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from doppel.__main__ import dispatch
from doppel.memory.feedback import Opinion
from doppel.memory.memory import Memory
from doppel.types import Turn

Refused = Callable[..., str]
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SAID = Turn("user2", "Anna", ("hi", "you?"), is_persona=False, is_learnt=False, aside="at night")
ASKED = Turn("user1", "Никита", (), is_persona=True, is_learnt=False)
FILE = Path("outputs", "memory", "memory.sqlite3")


def opinion(kind: Any = "thumb", rating: Any = 1, run: str = "first", better: Any = None) -> Opinion:
    return Opinion(kind, rating, run, (SAID,), ASKED, ("hello", "😀"), better, NOW)


KEPT = [opinion(), opinion("edit", -1, better=("hey", "there")), opinion("thumb", -1, "second"), opinion("approval")]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Callable[..., str]:
    """What doppel feedback says where the opinions above are kept."""
    monkeypatch.chdir(tmp_path)
    memory = Memory(tmp_path / FILE)
    for one in KEPT:
        memory.feedback.add(one, None, None, [])
    memory.close()

    def run(*words: str) -> str:
        assert dispatch(["feedback", *words]) == 0
        return capsys.readouterr().out

    return run


def test_opinions_are_counted_by_run_kind_and_rating(told: Callable[..., str]) -> None:
    rows = [line.replace("│", " ").split() for line in told().splitlines() if "│" in line]
    assert rows == [
        ["first", "approval", "1", "0", "0"],
        ["first", "edit", "0", "1", "1"],
        ["first", "thumb", "1", "0", "0"],
        ["second", "thumb", "0", "1", "0"],
    ]


def test_the_export_is_whole_and_its_owner_s_alone(told: Callable[..., str], tmp_path: Path) -> None:
    lines = told("out=feedback.jsonl").splitlines()
    assert lines[0] == "4 opinions: feedback.jsonl"
    assert "do not share it" in lines[1]
    file = tmp_path / "feedback.jsonl"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    written = file.read_bytes().splitlines()
    assert [msgspec.json.decode(line, type=Opinion) for line in written] == KEPT
    assert json.loads(written[1]) == {
        "kind": "edit",
        "rating": -1,
        "run": "first",
        "turns": [
            {
                "speaker_id": "user2",
                "speaker_name": "Anna",
                "messages": ["hi", "you?"],
                "is_persona": False,
                "is_learnt": False,
                "aside": "at night",
                "briefing": None,
            }
        ],
        "speaker": {
            "speaker_id": "user1",
            "speaker_name": "Никита",
            "messages": [],
            "is_persona": True,
            "is_learnt": False,
            "aside": None,
            "briefing": None,
        },
        "reply": ["hello", "😀"],
        "better": ["hey", "there"],
        "at": "2026-01-02T03:04:05Z",
    }


def test_those_of_a_run_or_a_kind_alone(told: Callable[..., str], tmp_path: Path) -> None:
    told("out=second.jsonl", "only_run=second")
    told("out=edits.jsonl", "only_kind=edit")
    of = {name: len((tmp_path / f"{name}.jsonl").read_text().splitlines()) for name in ("second", "edits")}
    assert of == {"second": 1, "edits": 1}


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["only_run=secnd"], "no opinion is on a run called secnd, did you mean second?; there are some on first"),
        (["only_kind=reaction"], f"of the 4 opinions in {FILE} none is of kind reaction"),
        (["only_kind=stars"], "only_kind='stars' is refused: it must be 'reaction', 'approval'"),
        (["out=there.jsonl"], "there.jsonl is there already: type another file, out=..."),
        (["out=no/such/folder.jsonl"], "no/such/folder.jsonl cannot be written: No such file or directory; type out="),
        (["memory_file=there.jsonl"], "is damaged or no database"),
        (["memory_file=nothing"], "no opinion is kept: there is no nothing"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_is_written(
    words: list[str], complaint: str, told: Callable[..., str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    there = tmp_path / "there.jsonl"
    there.write_bytes(b"mine " * 1000)
    assert dispatch(["feedback", *words]) == 2
    assert complaint in capsys.readouterr().err
    assert there.read_bytes() == b"mine " * 1000
    assert sorted(one.name for one in tmp_path.iterdir()) == ["outputs", "there.jsonl"]


def test_no_opinion_yet(refused: Refused, tmp_path: Path) -> None:
    Memory(tmp_path / "empty.sqlite3").close()
    assert "holds no opinion yet: thumbs, edits" in refused("feedback", f"memory_file={tmp_path / 'empty.sqlite3'}")
