"""Games and guesses in their file. Each statement is a transaction of its own: what was answered stays answered."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec

from doppel.arena.nouns import About, Guess, Pair

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

ENCODE = msgspec.json.Encoder().encode
PAIRS = msgspec.json.Decoder(tuple[Pair, ...])
ABOUT = msgspec.json.Decoder(About)


class Store:
    """All games of one file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def find(self, fingerprint: str) -> int | None:
        """The game that was made of the same, None where there is none."""
        row = self._connection.execute("SELECT id FROM game WHERE fingerprint = ?", (fingerprint,)).fetchone()
        return row and row["id"]

    def add(self, fingerprint: str, about: About, pairs: Sequence[Pair]) -> int:
        """A new game, or the one that another process has made of the same meanwhile."""
        values = (fingerprint, ENCODE(about).decode(), ENCODE(pairs).decode(), time.time())
        self._connection.execute(
            "INSERT INTO game (fingerprint, about, moments, made_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", values
        )
        found = self.find(fingerprint)
        assert found is not None
        return found

    def game(self, game_id: int) -> tuple[About, tuple[Pair, ...]]:
        """What a game asks, and its moments."""
        row = self._connection.execute("SELECT about, moments FROM game WHERE id = ?", (game_id,)).fetchone()
        return ABOUT.decode(row["about"]), PAIRS.decode(row["moments"])

    def guess(self, game_id: int, guess: Guess) -> bool:
        """Whether the guess is kept: the first of a judge in a moment counts."""
        kept = self._connection.execute(
            "INSERT INTO guess (game_id, place, judge, choice, is_first_left, seconds, at) VALUES (?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO NOTHING",
            (game_id, guess.place, guess.judge, guess.choice, guess.is_first_left, guess.seconds, time.time()),
        )
        return kept.rowcount == 1

    def guesses(self, game_id: int) -> list[Guess]:
        """All that were made, in the order of time."""
        rows = self._connection.execute(
            "SELECT place, judge, choice, is_first_left, seconds FROM guess WHERE game_id = ? ORDER BY at, place",
            (game_id,),
        )
        return [Guess(place, judge, choice, bool(is_left), seconds) for place, judge, choice, is_left, seconds in rows]

    def other_guesses(self, game_id: int) -> int:
        """Guesses that the other games of the file have got."""
        return self._connection.execute("SELECT count(*) FROM guess WHERE game_id != ?", (game_id,)).fetchone()[0]
