"""Who talks with the model, and what its owner has noted about them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3


OF_STRANGER = "stranger:"  # what stands before the account of somebody whom the model does not know


@dataclass(frozen=True, slots=True)
class Person:
    """One account of a messenger."""

    id: int
    account: str  # telegram:1234567
    name: str  # as they call themselves
    contact: str | None  # the speaker_id that the model knows them by


@dataclass(frozen=True, slots=True)
class Note:
    """What the owner wants to remember of somebody."""

    id: int
    text: str
    written_at: datetime  # aware, UTC


class People:
    """The accounts that have been let in, and the notes on them."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def met(self, account: str, name: str, contact: str | None) -> Person:
        """Who has this account, with the name that they have today."""
        row = self.connection.execute(
            "INSERT INTO person (account, name, contact) VALUES (?, ?, ?) "
            "ON CONFLICT (account) DO UPDATE SET name = excluded.name, contact = excluded.contact RETURNING *",
            (account, name, contact),
        ).fetchone()
        return Person(**row)

    def everyone(self) -> list[Person]:
        """All of them, in the order in which they came."""
        return [Person(**row) for row in self.connection.execute("SELECT * FROM person ORDER BY id")]

    def called(self, wanted: str) -> list[Person]:
        """Everybody of this account, contact or name, the first of these that anybody has; names in any case."""
        people = self.everyone()
        for same in (
            [one for one in people if wanted in (one.account, one.contact)],
            [one for one in people if one.name == wanted],
            [one for one in people if one.name.casefold() == wanted.casefold()],
        ):
            if same:
                return same
        return []

    def note(self, person_id: int, text: str, at: datetime) -> None:
        """Adds a note."""
        self.connection.execute(
            "INSERT INTO note (person_id, text, written_at) VALUES (?, ?, ?)", (person_id, text, at.timestamp())
        )

    def remove_note(self, note_id: int) -> None:
        """Takes a note back."""
        self.connection.execute("DELETE FROM note WHERE id = ?", (note_id,))

    def known_as(self, speaker_id: str) -> list[Person]:
        """Every account of whom a model knows by this id; a stranger's id ends with their account."""
        own = (speaker_id, speaker_id.removeprefix(OF_STRANGER))
        return [one for one in self.everyone() if one.contact == speaker_id or one.account in own]

    def notes_on(self, speaker_id: str) -> list[Note]:
        """The notes on all of their accounts, newest first."""
        found = [note for person in self.known_as(speaker_id) for note in self.notes(person.id)]
        return sorted(found, key=lambda note: note.id, reverse=True)

    def notes(self, person_id: int) -> list[Note]:
        """The notes on a person, oldest first."""
        rows = self.connection.execute("SELECT * FROM note WHERE person_id = ? ORDER BY id", (person_id,))
        return [Note(row["id"], row["text"], datetime.fromtimestamp(row["written_at"], UTC)) for row in rows]
