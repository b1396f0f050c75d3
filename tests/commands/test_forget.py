"""Erasing a person, and telling which runs have their words."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from doppel.__main__ import dispatch
from doppel.memory.memory import Memory

Refused = Callable[..., str]
Told = Callable[..., str]
NOW = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Told:
    """What doppel forget says, here."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def run(*words: str) -> str:
        assert dispatch(["forget", *words]) == 0
        return capsys.readouterr().out

    return run


def keep(folder: Path, *people: tuple[str, str, str | None]) -> Path:
    """Somebody's talk each."""
    file = folder / "outputs" / "memory" / "memory.sqlite3"
    memory = Memory(file)
    for account, name, contact in people:
        person = memory.people.met(account, name, contact)
        conversation = memory.history.conversation(f"telegram:9:{account.rpartition(':')[2]}", is_group=False)
        memory.history.hear(conversation.id, person.id, f"words of {name}", NOW, 1, is_waiting=True)
        memory.people.note(person.id, "a note", NOW)
        memory.replies.answer(conversation.id, [person.id], ["yes"], run="r", speaker_id="u", at=NOW, is_asked=False)
    memory.close()
    return file


def names(file: Path) -> list[str]:
    memory = Memory(file)
    found = [person.name for person in memory.people.everyone()]
    memory.close()
    return found


def test_a_person_is_erased_and_the_runs_that_have_their_words_are_told(
    told: Told, tmp_path: Path, finished_run: Path
) -> None:
    run = shutil.copytree(finished_run, tmp_path / "outputs" / "train" / "first")
    later = shutil.copytree(finished_run, tmp_path / "outputs" / "train" / "later")
    config = yaml.safe_load((later / "config.yaml").read_text(encoding="utf-8"))
    (later / "config.yaml").write_text(yaml.safe_dump({**config, "continue_from": str(run)}), encoding="utf-8")
    for part in ("train", "validation", "test"):
        (later / "data" / f"{part}.jsonl").write_text("")
    file = keep(tmp_path, ("telegram:2", "Annie", "user2"), ("telegram:3", "Bob", None))
    shown = told("contact=telegram:2", "only_shows=true")
    assert f"would be erased from {file.relative_to(tmp_path)}: Annie (telegram:2), 1 message, 1 reply, 1 note" in shown
    assert names(file) == ["Annie", "Bob"]
    lines = told("contact=Annie").splitlines()
    assert lines[0].startswith("erased from outputs/memory/memory.sqlite3: Annie (telegram:2), 1 message, 1 reply")
    assert lines[1] == "these runs have their words, which no erasing takes out of a model:"
    assert lines[2].startswith(f"  {run}: ")
    assert lines[2].endswith(" messages read, 0 of them learnt")
    assert lines[3].startswith("    again without them: doppel train ")
    assert lines[3].endswith("'filters.people.exclude=[user2]'")
    assert lines[4] == f"  {later}: goes on from {run}"
    assert lines[-1] == f"  rm -r {tmp_path / 'cache' / 'doppel'}"
    assert names(file) == ["Bob"]
    assert b"words of Annie" not in file.read_bytes()


def test_who_is_only_in_runs_is_told(told: Told, tmp_path: Path, finished_run: Path) -> None:
    shutil.copytree(finished_run, tmp_path / "outputs" / "train" / "first")
    lines = told("contact=anna").splitlines()
    assert lines[0] == "nothing is kept of talks: there is no outputs/memory/memory.sqlite3"
    assert "messages read, 0 of them learnt" in lines[2]
    assert not (tmp_path / "outputs" / "memory").exists()


def test_who_is_only_in_talks_is_told(told: Told, tmp_path: Path) -> None:
    keep(tmp_path, ("telegram:3", "Bob", None))
    assert told("contact=Bob").splitlines()[1:] == ["no run has read their words"]


def test_nobody_and_several_are_told(told: Told, refused: Refused, tmp_path: Path) -> None:
    assert "nobody is called 'Zoe' in outputs/memory/memory.sqlite3, nor in the data" in refused(
        "forget", "contact=Zoe"
    )
    assert "contact must be given: type contact=..." in refused("forget")
    file = keep(tmp_path / "else", ("telegram:2", "Bob", None), ("telegram:3", "Bob", None))
    where = f"memory_file={file}"
    assert "2 people are called 'Bob': type one of contact=telegram:2, contact=telegram:3" in refused(
        "forget", "contact=Bob", where
    )
    assert names(file) == ["Bob", "Bob"]


def test_a_damaged_file_is_told_and_kept(refused: Refused, tmp_path: Path) -> None:
    file = tmp_path / "memory.sqlite3"
    file.write_bytes(b"words" * 1000)
    assert "is damaged or no database" in refused("forget", "contact=Bob", f"memory_file={file}")
    assert file.read_bytes() == b"words" * 1000
