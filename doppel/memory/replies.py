"""What the model has said, from its being made to its being sent, and what the owner thinks of it before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import sqlite3

GIVEN = "SELECT reply.*, conversation.place FROM reply JOIN conversation ON conversation.id = reply.conversation_id"


@dataclass(frozen=True, slots=True)
class Given:
    """A reply."""

    id: int
    conversation_id: int
    place: str
    run: str
    speaker_id: str
    seen_up_to: int
    at: datetime  # aware, UTC: when it was made
    state: Literal["asked", "given", "refused"]
    messages: tuple[str, ...]  # those that are left; none of a refused one


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message that is to be sent."""

    id: int
    text: str
    is_first: bool  # of its reply


class Replies:
    """Replies. A message is `sending` while nobody knows whether it has arrived."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def answer(
        self,
        conversation_id: int,
        answered: Sequence[int],
        messages: Sequence[str],
        *,
        run: str,
        speaker_id: str,
        at: datetime,
        is_asked: bool,
    ) -> int:
        """The id of a reply to these messages, which wait no more; `is_asked`: the owner decides before it is sent."""
        state = "asked" if is_asked else "given"
        row = (conversation_id, run, speaker_id, max(answered), at.timestamp(), state)
        fields = "conversation_id, run, speaker_id, seen_up_to, made_at, state"
        sql = f"INSERT INTO reply ({fields}) VALUES (?, ?, ?, ?, ?, ?) RETURNING id"  # noqa: S608 (constants)
        (reply_id,) = self.connection.execute(sql, row).fetchone()
        self.connection.executemany(
            "UPDATE message SET state = 'answered', reply_id = ? WHERE id = ?", [(reply_id, one) for one in answered]
        )
        self._add(conversation_id, reply_id, messages, at, "drafted" if is_asked else "queued")
        return reply_id

    def leave(self, answered: Sequence[int]) -> None:
        """These messages get no reply."""
        self.connection.executemany("UPDATE message SET state = 'answered' WHERE id = ?", [(one,) for one in answered])

    def next(self, conversation_id: int) -> Outgoing | None:
        """What is to be sent first, None where nothing is."""
        row = self.connection.execute(
            "SELECT id, text, NOT EXISTS (SELECT 1 FROM message AS other WHERE other.reply_id = message.reply_id "
            "AND other.person_id IS NULL AND other.id < message.id) AS is_first "
            "FROM message WHERE conversation_id = ? AND state = 'queued' ORDER BY id LIMIT 1",
            (conversation_id,),
        ).fetchone()
        return None if row is None else Outgoing(row["id"], row["text"], bool(row["is_first"]))

    def mark(self, message_id: int, state: Literal["queued", "sending", "sent", "unsent"]) -> None:
        """How far a message is."""
        self.connection.execute("UPDATE message SET state = ? WHERE id = ?", (state, message_id))

    def sent(self, message_id: int, outside_id: int, at: datetime) -> None:
        """A message has arrived, and is known by this."""
        self.connection.execute(
            "UPDATE message SET state = 'sent', outside_id = ?, at = ? WHERE id = ?",
            (outside_id, at.timestamp(), message_id),
        )

    def settle(self) -> int:
        """How many messages were being sent when the program ended: they may have arrived, and are not sent again."""
        return self.connection.execute("UPDATE message SET state = 'sent' WHERE state = 'sending'").rowcount

    def asked(self) -> list[Given]:
        """Replies that the owner has to decide about, oldest first."""
        return self._given("reply.state = 'asked'", ())

    def unasked(self) -> list[Given]:
        """Those of them that the owner has not been shown yet."""
        return self._given("reply.state = 'asked' AND reply.asked_as IS NULL", ())

    def ask(self, reply_id: int, asked_as: int) -> None:
        """The owner is asked in this message."""
        self.connection.execute("UPDATE reply SET asked_as = ? WHERE id = ?", (asked_as, reply_id))

    def asked_in(self, asked_as: int) -> Given | None:
        """The reply that the owner is asked about in this message."""
        return next(iter(self._given("reply.asked_as = ?", (asked_as,))), None)

    def by_id(self, reply_id: int) -> Given | None:
        """The reply of this id, None where it has been erased."""
        return next(iter(self._given("reply.id = ?", (reply_id,))), None)

    def of_message(self, conversation_id: int, outside_id: int) -> Given | None:
        """The reply that the model's message of this name is part of."""
        where = (
            "reply.id = (SELECT reply_id FROM message "
            "WHERE conversation_id = ? AND outside_id = ? AND person_id IS NULL)"
        )
        return next(iter(self._given(where, (conversation_id, outside_id))), None)

    def approve(self, given: Given, at: datetime, better: Sequence[str] | None = None) -> None:
        """It is to be sent, in these words where there are others."""
        self.connection.execute("UPDATE reply SET state = 'given' WHERE id = ?", (given.id,))
        if better is None:
            own = "UPDATE message SET state = 'queued' WHERE reply_id = ? AND person_id IS NULL"
            self.connection.execute(own, (given.id,))
        else:
            self._erase(given)
            self._add(given.conversation_id, given.id, better, at, "queued")

    def refuse(self, given: Given) -> None:
        """It is never sent."""
        self.connection.execute("UPDATE reply SET state = 'refused' WHERE id = ?", (given.id,))
        self._erase(given)

    def people(self, given: Given) -> list[int]:
        """Everybody who had said something in its conversation before it."""
        rows = self.connection.execute(
            "SELECT DISTINCT person_id FROM message WHERE conversation_id = ? AND id <= ? AND person_id IS NOT NULL",
            (given.conversation_id, given.seen_up_to),
        )
        return [row["person_id"] for row in rows]

    def _add(self, conversation_id: int, reply_id: int, messages: Sequence[str], at: datetime, state: str) -> None:
        rows = [(conversation_id, reply_id, text, at.timestamp(), state) for text in messages]
        self.connection.executemany(
            "INSERT INTO message (conversation_id, reply_id, text, at, state) VALUES (?, ?, ?, ?, ?)", rows
        )

    def _erase(self, given: Given) -> None:
        self.connection.execute("DELETE FROM message WHERE reply_id = ? AND person_id IS NULL", (given.id,))

    def _given(self, where: str, values: tuple[object, ...]) -> list[Given]:
        rows = self.connection.execute(f"{GIVEN} WHERE {where} ORDER BY reply.id", values).fetchall()
        return [self._with_messages(row) for row in rows]

    def _with_messages(self, row: sqlite3.Row) -> Given:
        own = "SELECT text FROM message WHERE reply_id = ? AND person_id IS NULL ORDER BY id"
        messages = tuple(one["text"] for one in self.connection.execute(own, (row["id"],)))
        names = ("id", "conversation_id", "place", "run", "speaker_id", "seen_up_to", "state")
        at = datetime.fromtimestamp(row["made_at"], UTC)
        return Given(**{name: row[name] for name in names}, at=at, messages=messages)
