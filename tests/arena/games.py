"""Games with made-up moments, in a file of their own."""

import sqlite3
from pathlib import Path

from doppel.arena.game import Game
from doppel.arena.nouns import REAL, About, Pair, Said
from doppel.arena.schema import APPLICATION_ID, MIGRATIONS
from doppel.arena.store import Store
from doppel.memory.database import open_database
from doppel.memory.schema import Tables

TABLES = Tables(APPLICATION_ID, MIGRATIONS, "arena_file")


def about(rival: str = REAL, identical: int = 0) -> About:
    return About("Никита", "one", rival, "test", 0, identical)


def pairs(number: int) -> list[Pair]:
    context = (Said("A", False, ("how is the boat?",)),)
    return [Pair(context, (f"machine {at}",), (f"person {at}", ")))")) for at in range(number)]


def opened(folder: Path) -> sqlite3.Connection:
    return open_database(folder / "guesses.sqlite3", TABLES)


def game(connection: sqlite3.Connection, number: int = 12, rival: str = REAL) -> Game:
    store = Store(connection)
    return Game(store, store.add(f"{rival}/{number}", about(rival), pairs(number)))
