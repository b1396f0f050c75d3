import sqlite3
import stat
import threading

import pytest

from doppel.errors import RunError
from doppel.memory.database import open_database, transaction
from doppel.memory.schema import MEMORY, Tables

VERSION = MEMORY.version


def with_one_more(migration):
    return Tables(MEMORY.application_id, (*MEMORY.migrations, migration), "memory_file")


def test_a_new_file_is_its_owner_s_alone(tmp_path):
    file = tmp_path / "new" / "memory.sqlite3"
    connection = open_database(file)
    connection.execute("INSERT INTO person (account, name) VALUES ('a', 'b')")
    found = {one.name: stat.S_IMODE(one.stat().st_mode) for one in file.parent.iterdir()}
    assert found == dict.fromkeys(["memory.sqlite3", "memory.sqlite3-wal", "memory.sqlite3-shm"], 0o600)
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert connection.execute("PRAGMA user_version").fetchone()[0] == VERSION
    assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    connection.close()


def test_rights_that_are_too_wide_are_narrowed(tmp_path):
    file = tmp_path / "memory.sqlite3"
    file.touch(0o644)
    open_database(file).close()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_an_older_version_is_brought_up_with_its_content(tmp_path):
    file = tmp_path / "memory.sqlite3"
    connection = open_database(file)
    connection.execute("INSERT INTO person (account, name) VALUES ('a', 'Ann')")
    connection.close()
    later = "ALTER TABLE person ADD COLUMN mood TEXT;\nUPDATE person SET mood = 'good; or bad';\n"
    connection = open_database(file, with_one_more(later))
    assert tuple(connection.execute("SELECT name, mood FROM person").fetchone()) == ("Ann", "good; or bad")
    assert connection.execute("PRAGMA user_version").fetchone()[0] == VERSION + 1
    connection.close()


def test_a_migration_that_fails_leaves_the_version_before(tmp_path):
    file = tmp_path / "memory.sqlite3"
    open_database(file).close()
    with pytest.raises(RunError, match=r"cannot be used: no such column: absent"):
        open_database(file, with_one_more("CREATE TABLE one (id);\nSELECT absent;\n"))
    connection = open_database(file)
    assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'one'").fetchone()[0] == 0
    connection.close()


def of_a_later_version(file):
    connection = open_database(file)
    connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()


def of_another_program(file):
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE theirs (id)")
    connection.close()


def of_no_database(file):
    file.write_bytes(b"no database, but words enough that SQLite could take for a header of its own" * 40)


def with_a_torn_page(file):
    connection = open_database(file)
    with transaction(connection):
        connection.executemany("INSERT INTO person (account, name) VALUES (?, 'n')", [(f"a{n}",) for n in range(2000)])
    connection.close()
    content = bytearray(file.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 4096] = b"\xff" * 4096
    file.write_bytes(content)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (of_a_later_version, rf"written by a later doppel \(its version is {VERSION + 1}, this one knows {VERSION}\)"),
        (of_another_program, "is a database of another program: type memory_file="),
        (of_no_database, r"is damaged or no database \(file is not a database\), and is left as it is"),
        (with_a_torn_page, "is damaged or no database"),
    ],
)
def test_what_is_not_sound_is_told_and_never_written(spoil, told, tmp_path):
    file = tmp_path / "memory.sqlite3"
    spoil(file)
    file.chmod(0o640)
    before = file.read_bytes()
    with pytest.raises(RunError, match=told):
        open_database(file)
    assert file.read_bytes() == before
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


def test_a_folder_that_may_not_be_written(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match="type memory_file=/a/file/you/may/write"):
        open_database(tmp_path / "file" / "memory.sqlite3")


def test_a_transaction_is_whole_or_nothing(tmp_path):
    connection = open_database(tmp_path / "memory.sqlite3")

    def interrupted():
        with transaction(connection):
            connection.execute("INSERT INTO person (account, name) VALUES ('a', 'b')")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert connection.execute("SELECT count(*) FROM person").fetchone()[0] == 0
    connection.close()


def test_two_at_once_make_one_file(tmp_path):
    file, opened, faults = tmp_path / "memory.sqlite3", [], []

    def work():
        try:
            opened.append(open_database(file))
        except RunError as fault:
            faults.append(fault)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not faults
    assert len(opened) == 8
    for connection in opened:
        connection.close()
