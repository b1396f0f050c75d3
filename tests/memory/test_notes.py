"""Notes on whoever talks: the same from the terminal and from the bot, and forgotten with the person."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from doppel.memory.memory import Memory

NOW = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    opened = Memory(tmp_path / "memory.sqlite3")
    yield opened
    opened.close()


def test_notes_follow_the_contact_over_its_accounts(memory: Memory) -> None:
    phone, terminal = memory.people.met("telegram:5", "Bob", "user5"), memory.people.met("user5", "Bob", "user5")
    other = memory.people.met("telegram:6", "Bob", None)
    memory.people.note(phone.id, "owes me a book", NOW)
    memory.people.note(terminal.id, "likes tea", NOW)
    memory.people.note(other.id, "a namesake", NOW)
    assert [note.text for note in memory.people.notes_on("user5")] == ["likes tea", "owes me a book"]
    assert [note.text for note in memory.people.notes_on("stranger:telegram:6")] == ["a namesake"]
    assert memory.people.notes_on("stranger") == []
    memory.people.remove_note(memory.people.notes_on("user5")[0].id)
    assert [note.text for note in memory.people.notes_on("user5")] == ["owes me a book"]
    assert memory.forget(phone.id).notes == 1
    assert memory.people.notes_on("user5") == []
