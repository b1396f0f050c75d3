"""What people think of replies, with all that learning from it takes; exported as lines of JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

import msgspec

from doppel.types import Turn

if TYPE_CHECKING:
    import sqlite3

Kind = Literal["reaction", "approval", "refusal", "edit", "thumb"]
ENCODE = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Opinion:
    """One judgement of one reply."""

    kind: Kind
    rating: Literal[-1, 1]
    run: str  # whose model said it
    turns: tuple[Turn, ...]  # what the reply answers, as the model was given it
    speaker: Turn  # what was asked for, without words
    reply: tuple[str, ...]
    better: tuple[str, ...] | None  # what should have been said; a pair with `reply`
    at: datetime  # aware, UTC


class Feedback:
    """Opinions, and whose words are in them."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def add(self, opinion: Opinion, reply_id: int | None, given_by: int | None, people: Sequence[int]) -> int:
        """Keeps an opinion in the place of what the same person has thought before, in the same way, of that reply.

        The number that it is kept under.
        """
        if reply_id is not None:
            self.remove(reply_id, given_by, opinion.kind)
        values = (
            opinion.kind,
            opinion.rating,
            opinion.run,
            *(ENCODE(part).decode() for part in (opinion.turns, opinion.speaker, opinion.reply)),
            None if opinion.better is None else ENCODE(opinion.better).decode(),
            given_by,
            reply_id,
            opinion.at.timestamp(),
        )
        fields = "kind, rating, run, turns, speaker, reply, better, given_by, reply_id, at"
        sql = f"INSERT INTO feedback ({fields}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id"  # noqa: S608
        (number,) = self.connection.execute(sql, values).fetchone()
        rows = [(number, person) for person in people]
        self.connection.executemany("INSERT OR IGNORE INTO feedback_person VALUES (?, ?)", rows)
        return number

    def take_back(self, number: int) -> None:
        """Keeps the opinion of this number no more."""
        self.connection.execute("DELETE FROM feedback WHERE id = ?", (number,))

    def remove(self, reply_id: int, given_by: int | None, kind: Kind) -> None:
        """Somebody has taken their opinion back."""
        self.connection.execute(
            "DELETE FROM feedback WHERE reply_id = ? AND given_by IS ? AND kind = ?", (reply_id, given_by, kind)
        )

    def each(self) -> Iterator[Opinion]:
        """All opinions, oldest first."""
        for row in self.connection.execute("SELECT * FROM feedback ORDER BY id"):
            better = row["better"]
            yield Opinion(
                row["kind"],
                row["rating"],
                row["run"],
                msgspec.json.decode(row["turns"], type=tuple[Turn, ...]),
                msgspec.json.decode(row["speaker"], type=Turn),
                msgspec.json.decode(row["reply"], type=tuple[str, ...]),
                None if better is None else msgspec.json.decode(better, type=tuple[str, ...]),
                datetime.fromtimestamp(row["at"], UTC),
            )
