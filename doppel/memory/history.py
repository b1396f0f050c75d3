"""What was said where, and which updates of a messenger have been seen to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from doppel.memory.people import Person

if TYPE_CHECKING:
    import sqlite3

    from doppel.types import PositiveInt

TAKEN_SECONDS = 7 * 24 * 3600  # Telegram keeps an update for a day: a number this old is not told again
IN_THE_PAST = "'heard', 'waiting', 'answered', 'queued', 'sending', 'sent'"  # the rest nobody has read
# A reply stands after what it answers: what came while it was made is not answered by it.
NEWEST_FIRST = "coalesce(reply.seen_up_to, message.id) DESC, message.person_id IS NULL DESC, message.id DESC"
ALL = -1  # SQLite's LIMIT that is none

KEPT = (
    "SELECT message.*, person.account, person.name, person.contact FROM message "
    "LEFT JOIN person ON person.id = message.person_id "
    "LEFT JOIN reply ON reply.id = message.reply_id AND message.person_id IS NULL"
)


@dataclass(frozen=True, slots=True)
class Conversation:
    """One chat."""

    id: int
    place: str
    is_group: bool
    speaker_id: str | None  # who answers there, None: the run's persona


@dataclass(frozen=True, slots=True)
class Kept:
    """One message of it."""

    id: int
    person: Person | None  # None: the model's own
    text: str
    at: datetime  # aware, UTC


class History:
    """Conversations. What is written for one update belongs into one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def take(self, source: str, number: int, at: datetime) -> bool:
        """Whether this update had not been seen to yet; now it has."""
        self.connection.execute(
            "DELETE FROM taken WHERE source = ? AND at < ?", (source, at.timestamp() - TAKEN_SECONDS)
        )
        row = (source, number, at.timestamp())
        return self.connection.execute("INSERT OR IGNORE INTO taken VALUES (?, ?, ?)", row).rowcount > 0

    def conversation(self, place: str, *, is_group: bool) -> Conversation:
        """The conversation of this place, a new one where there is none."""
        row = self.connection.execute(
            "INSERT INTO conversation (place, is_group) VALUES (?, ?) "
            "ON CONFLICT (place) DO UPDATE SET is_group = excluded.is_group RETURNING *",
            (place, is_group),
        ).fetchone()
        return _conversation(row)

    def by_id(self, conversation_id: int) -> Conversation:
        """The conversation of this id, which there must be."""
        row = self.connection.execute("SELECT * FROM conversation WHERE id = ?", (conversation_id,)).fetchone()
        return _conversation(row)

    def move(self, conversation_id: int, place: str) -> bool:
        """Whether the conversation goes on in another place; not where one is already."""
        sql = "UPDATE OR IGNORE conversation SET place = ? WHERE id = ?"
        return self.connection.execute(sql, (place, conversation_id)).rowcount > 0

    def speak_as(self, conversation_id: int, speaker_id: str | None) -> None:
        """Who answers from now on."""
        self.connection.execute("UPDATE conversation SET speaker_id = ? WHERE id = ?", (speaker_id, conversation_id))

    def hear(
        self, conversation_id: int, person_id: int, text: str, at: datetime, outside_id: int, *, is_waiting: bool
    ) -> None:
        """Keeps what somebody has said; `is_waiting`: for an answer."""
        self.connection.execute(
            "INSERT INTO message (conversation_id, person_id, outside_id, text, at, state) VALUES (?, ?, ?, ?, ?, ?)",
            (conversation_id, person_id, outside_id, text, at.timestamp(), "waiting" if is_waiting else "heard"),
        )

    def correct(self, conversation_id: int, person_id: int, outside_id: int, text: str) -> None:
        """What they have said is now this."""
        self.connection.execute(
            "UPDATE message SET text = ? WHERE conversation_id = ? AND person_id = ? AND outside_id = ?",
            (text, conversation_id, person_id, outside_id),
        )

    def waiting(self, conversation_id: int) -> list[Kept]:
        """What waits for an answer, oldest first."""
        return self._kept("message.conversation_id = ? AND message.state = 'waiting'", (conversation_id,))

    def past(
        self, conversation_id: int, up_to: int, newest: PositiveInt, before_reply: int | None = None
    ) -> list[Kept]:
        """Of what had been said when message `up_to` was the newest one read, the last so many, oldest first.

        Of the model's own words those that had been given then; `before_reply`: those of earlier replies alone.
        """
        where = (
            f"message.conversation_id = ? AND message.state IN ({IN_THE_PAST}) "
            "AND (message.person_id IS NULL OR message.id <= ?) "
            "AND (message.person_id IS NOT NULL OR ? IS NULL OR message.reply_id < ?)"
        )
        return self._kept(where, (conversation_id, up_to, before_reply, before_reply), newest)

    def unfinished(self) -> list[Conversation]:
        """Conversations in which something waits for an answer, or to be sent."""
        rows = self.connection.execute(
            "SELECT * FROM conversation WHERE id IN "
            "(SELECT conversation_id FROM message WHERE state IN ('waiting', 'queued') "
            "UNION SELECT conversation_id FROM notice) ORDER BY id"
        )
        return [_conversation(row) for row in rows]

    def tell(self, conversation_id: int, text: str) -> None:
        """Keeps what the program itself has to tell there; nobody's history has it."""
        self.connection.execute("INSERT INTO notice (conversation_id, text) VALUES (?, ?)", (conversation_id, text))

    def notice(self, conversation_id: int) -> tuple[int, str] | None:
        """The oldest of these, with its id."""
        where = "WHERE conversation_id = ? ORDER BY id LIMIT 1"
        row = self.connection.execute(f"SELECT id, text FROM notice {where}", (conversation_id,)).fetchone()  # noqa: S608
        return None if row is None else (row["id"], row["text"])

    def told(self, notice_id: int) -> None:
        """It has been told."""
        self.connection.execute("DELETE FROM notice WHERE id = ?", (notice_id,))

    def clear(self, conversation_id: int) -> None:
        """Erases what was said there."""
        self.connection.execute("DELETE FROM message WHERE conversation_id = ?", (conversation_id,))
        self.connection.execute("DELETE FROM reply WHERE conversation_id = ?", (conversation_id,))

    def _kept(self, where: str, values: tuple[object, ...], newest: int = ALL) -> list[Kept]:
        """The last so many, oldest first."""
        sql = f"{KEPT} WHERE {where} ORDER BY {NEWEST_FIRST} LIMIT ?"
        return [_kept(row) for row in self.connection.execute(sql, (*values, newest)).fetchall()[::-1]]


def _conversation(row: sqlite3.Row) -> Conversation:
    return Conversation(row["id"], row["place"], bool(row["is_group"]), row["speaker_id"])


def _kept(row: sqlite3.Row) -> Kept:
    person = None
    if row["person_id"] is not None:
        person = Person(row["person_id"], row["account"], row["name"], row["contact"])
    return Kept(row["id"], person, row["text"], datetime.fromtimestamp(row["at"], UTC))
