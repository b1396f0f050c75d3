"""The checks that every messenger's messages go through, and what they count."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from doppel.source.id_set import IdSet
from doppel.source.reading import Reading
from doppel.types import Message

if TYPE_CHECKING:
    from doppel.types import Funnel

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST_SECOND = datetime(2200, 1, 1, tzinfo=UTC).timestamp()
DAY_SECONDS = 86_400
REPEATED = "read before: another file of the same chat has them too"
UNDATED = "without a date that can be read"
NO_OBJECT = "that are no objects with the fields of a message"
FUTURE = "are dated more than a day in the future, as if the clock of that device was wrong"


class Ledger:
    """What is kept of a source, with `advice` at the end of every error message."""

    def __init__(self, advice: str) -> None:
        self.advice = advice
        self.place = ""  # what is being read: the first fault of each kind is told with it
        self.reading = Reading()
        self.guessed = self.reading.guessed
        self.changed: Counter[str] = Counter()
        self.ids: dict[str, IdSet] = {}  # chat_id -> what has been read of it
        self.speakers: set[str] = set()  # as many as there are people
        self.names: dict[str, str] = {}  # as written -> clean
        self.latest = time.time() + DAY_SECONDS

    def moment(self, seconds: float) -> datetime | None:
        """The time in UTC; None and a count where no chat can have it."""
        if not 0 <= seconds < LAST_SECOND:  # NaN too
            return self.drop(UNDATED)
        if seconds > self.latest:
            self.guessed[FUTURE] += 1
        return EPOCH + timedelta(seconds=seconds)

    def is_new(self, chat_id: str, message_id: int) -> bool:
        """Whether this message was not read before; otherwise it is counted as left out."""
        ids = self.ids.get(chat_id)
        if ids is None:
            ids = self.ids[chat_id] = IdSet()
        if ids.add(message_id):
            return True
        self.drop(REPEATED)
        return False

    def clean(self, text: str) -> str:
        """The text as UTF-8 can hold it."""
        return self.reading.clean(text)

    def name(self, written: str) -> str:
        """A name or an id as UTF-8 can hold it."""
        name = self.names.get(written)
        if name is None:
            name = self.names[written] = self.clean(written)
        return name

    def drop(self, reason: str) -> None:
        """Counts a message that is left out."""
        self.reading.drop(reason, self.place)

    def keep(self, message: Message) -> Message:
        """The same message, counted."""
        self.reading.kept += 1
        if not message.is_service:
            self.speakers.add(message.sender_id)
        return message

    def report(self, funnel: Funnel, what: str) -> None:
        """The source's line of the funnel and its notes. `what` names the data. Raises: DataError if none was kept."""
        for guess in [guess for guess, count in self.guessed.items() if not count]:
            del self.guessed[guess]
        self.reading.report(funnel, what, self.advice)
        if self.changed:
            funnel.tally("source", self.changed)
        if len(self.speakers) == 1:
            funnel.note(f"source: one person alone speaks here, so there is nobody to answer. {self.advice}")
