"""The file: its owner's alone, never written where it is not sound, not doppel's, or of a later doppel."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from typing import TYPE_CHECKING

from doppel.errors import RunError
from doppel.memory.schema import MEMORY, Tables

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WAIT_SECONDS = 10.0  # for another process's transaction
PAUSE_SECONDS = 0.05
# One statement sees one state, also while another process makes the file.
MADE = """
    SELECT application_id, (SELECT count(*) FROM sqlite_master), user_version
    FROM pragma_application_id, pragma_user_version
"""


def open_database(file: Path, tables: Tables = MEMORY) -> sqlite3.Connection:
    """A connection to the file, which is made where there is none, and brought to today's version.

    Raises: RunError for a file that cannot be had, is damaged, is another program's or of a later doppel: it stays as
    it is.
    """
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # SQLite gives its journals the rights of the file: owner only, before anything is in it.
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise RunError(f"{file} cannot be opened: {error.strerror}; type {tables.key}=/a/file/you/may/write") from error
    try:
        return _patiently_opened(file, tables)
    except sqlite3.DatabaseError as error:
        raise RunError(_told(file, error, tables.key)) from error


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """What is written inside is there whole, or not at all."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        if connection.in_transaction:  # of a full disk SQLite itself goes back
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def wipe(connection: sqlite3.Connection) -> None:
    """What has been deleted is gone from the file and its journal as well."""
    connection.execute("VACUUM")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _patiently_opened(file: Path, tables: Tables) -> sqlite3.Connection:
    """Waits for others, also where SQLite does not: while two switch a new file to its journal."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            return _opened(file, tables)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(PAUSE_SECONDS)


def _opened(file: Path, tables: Tables) -> sqlite3.Connection:
    connection = sqlite3.connect(file, timeout=WAIT_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")
        _require_ours(connection, file, tables)
        file.chmod(0o600)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")  # what was answered stays answered when the power fails
        _migrate(connection, tables)
    except BaseException:
        connection.close()
        raise
    return connection


def _require_ours(connection: sqlite3.Connection, file: Path, tables: Tables) -> None:
    """Raises: RunError, sqlite3.DatabaseError."""
    (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise sqlite3.DatabaseError(found)
    owner, number, version = connection.execute(MADE).fetchone()
    if number and owner != tables.application_id:
        raise RunError(f"{file} is a database of another program: type {tables.key}=ANOTHER/FILE")
    if version > tables.version:
        raise RunError(
            f"{file} was written by a later doppel (its version is {version}, this one knows {tables.version}): "
            f"update doppel, or type {tables.key}=ANOTHER/FILE; the file is left as it is"
        )


def _migrate(connection: sqlite3.Connection, tables: Tables) -> None:
    if _version(connection) == tables.version:
        return
    with transaction(connection):  # another process may have been faster
        for number in range(_version(connection), tables.version):
            for statement in _statements(tables.migrations[number]):
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {tables.application_id}")
        connection.execute(f"PRAGMA user_version = {tables.version}")


def _statements(script: str) -> Iterator[str]:
    """One by one: `executescript` would commit first."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _version(connection: sqlite3.Connection) -> int:
    return connection.execute("PRAGMA user_version").fetchone()[0]


def _told(file: Path, error: sqlite3.DatabaseError, key: str) -> str:
    if isinstance(error, sqlite3.OperationalError):
        return f"{file} cannot be used: {error}; is another program working on it?"
    return (
        f"{file} is damaged or no database ({error}), and is left as it is. Put a copy of yours in its place, try "
        f"sqlite3 {file} .recover, or begin anew with {key}=ANOTHER/FILE"
    )
