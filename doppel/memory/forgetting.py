"""Erasing a person from all that talking has left behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How much of a person there is, or was."""

    messages: int
    replies: int  # the model's, to them
    notes: int
    opinions: int  # theirs, or on a reply to them


MESSAGES = "SELECT id FROM message WHERE person_id = :id"
# All of a private chat; of a group the replies to them: the model may have repeated what they had said.
PRIVATE = (
    "SELECT conversation.id FROM conversation WHERE NOT is_group "
    "AND EXISTS (SELECT 1 FROM message WHERE conversation_id = conversation.id AND person_id = :id)"
)
REPLIES = (
    f"SELECT id FROM reply WHERE conversation_id IN ({PRIVATE}) "  # noqa: S608 (constants)
    "OR id IN (SELECT reply_id FROM message WHERE person_id = :id)"
)
NOTES = "SELECT id FROM note WHERE person_id = :id"
OPINIONS = (
    "SELECT id FROM feedback WHERE given_by = :id "
    "OR id IN (SELECT feedback_id FROM feedback_person WHERE person_id = :id)"
)


def known_of(connection: sqlite3.Connection, person_id: int) -> Forgotten:
    """How much of a person there is."""
    counts = [
        connection.execute(f"SELECT count(*) FROM ({rows})", {"id": person_id}).fetchone()[0]  # noqa: S608 (constants)
        for rows in (MESSAGES, REPLIES, NOTES, OPINIONS)
    ]
    return Forgotten(*counts)


def forget(connection: sqlite3.Connection, person_id: int) -> Forgotten:
    """How much of a person there was; now there is nothing. The transaction is the caller's."""
    found = known_of(connection, person_id)
    for statement in (
        f"DELETE FROM feedback WHERE id IN ({OPINIONS})",  # noqa: S608 (constants)
        f"DELETE FROM message WHERE person_id IS NULL AND reply_id IN ({REPLIES})",  # noqa: S608
        f"DELETE FROM reply WHERE id IN ({REPLIES})",  # noqa: S608
        f"DELETE FROM conversation WHERE id IN ({PRIVATE})",  # noqa: S608
        "DELETE FROM person WHERE id = :id",  # and with them their messages and the notes on them
    ):
        connection.execute(statement, {"id": person_id})
    return found
