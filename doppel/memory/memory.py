"""The whole of it, for whoever talks: one connection, used by one thread."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from doppel.memory.database import open_database, transaction, wipe
from doppel.memory.feedback import Feedback
from doppel.memory.forgetting import Forgotten, forget, known_of
from doppel.memory.history import History
from doppel.memory.people import People
from doppel.memory.replies import Replies

if TYPE_CHECKING:
    from pathlib import Path


class Memory:
    """What is kept of talks, in a file. Raises: RunError."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.connection = open_database(file)
        self.people = People(self.connection)
        self.history = History(self.connection)
        self.replies = Replies(self.connection)
        self.feedback = Feedback(self.connection)

    def transaction(self) -> AbstractContextManager[None]:
        """What is written inside is there whole, or not at all."""
        return transaction(self.connection)

    def known_of(self, person_id: int) -> Forgotten:
        """How much of a person there is."""
        return known_of(self.connection, person_id)

    def forget(self, person_id: int) -> Forgotten:
        """How much of a person there was; now there is nothing. The transaction is the caller's, and then `wipe`."""
        return forget(self.connection, person_id)

    def wipe(self) -> None:
        """What has been deleted is gone from the file's free pages and its journal, too."""
        wipe(self.connection)

    def close(self) -> None:
        """Closes the file."""
        self.connection.close()
