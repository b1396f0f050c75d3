"""Who talks with the model, and what its owner has noted about them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3


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

    def notes(self, person_id: int) -> list[Note]:
        """The notes on a person, oldest first."""
        rows = self.connection.execute("SELECT * FROM note WHERE person_id = ? ORDER BY id", (person_id,))
        return [Note(row["text"], datetime.fromtimestamp(row["written_at"], UTC)) for row in rows]
