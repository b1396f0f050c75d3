from pathlib import Path

from doppel.commands.notebook import Notebook
from doppel.engine.cast import STRANGER, Known, stranger

BOB = Known("user5", "Bob", 9)


def test_notes_are_added_listed_told_and_taken_back(tmp_path: Path) -> None:
    file = tmp_path / "memory" / "memory.sqlite3"
    book = Notebook(file)
    assert book.told("user5") == []
    assert book.obey("", BOB) == "There are no notes on Bob."
    assert not file.exists()  # nothing is made by looking
    assert book.obey("likes tea", BOB) == f"Noted on Bob, in {file}."
    book.obey("owes me a book", BOB)
    book.obey("came by twice", STRANGER)
    book.obey("another Bob", stranger("Bob"))
    assert book.told("user5") == ["owes me a book", "likes tea"]
    assert book.told("stranger:Bob") == ["another Bob"]
    listed = book.obey("", BOB).splitlines()
    assert [line.split(": ")[1] for line in listed] == ["owes me a book", "likes tea"]
    assert book.obey("-3", BOB) == "There is no note -3: 2 are kept."
    assert book.obey("-2", BOB) == "Taken back: likes tea"
    assert book.told("user5") == ["owes me a book"]
    book.close()
    again = Notebook(file)
    assert again.told("stranger") == ["came by twice"]
    again.close()
