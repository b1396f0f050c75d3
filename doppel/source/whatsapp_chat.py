"""The messages of one WhatsApp chat, from one file or from several exports of it."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from doppel.errors import DataError
from doppel.source.ledger import UNDATED
from doppel.source.whatsapp_body import NOTICE, read_body
from doppel.source.whatsapp_dates import day_of
from doppel.source.whatsapp_header import ANDROID, DayHalves, looks_like_header, shape_of
from doppel.source.whatsapp_names import Names
from doppel.source.whatsapp_survey import ADVICE
from doppel.types import Message

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

    from doppel.source.ledger import Ledger
    from doppel.source.local_clock import Day, LocalClock
    from doppel.source.whatsapp_dates import Order
    from doppel.source.whatsapp_survey import Survey
    from doppel.types import ChatKind

MAX_CHARS = 1 << 20  # of one message; WhatsApp itself allows 65,536
MAX_DATES = 4096  # cached
NOTICES_UNTIL = 5  # messages: there the notice about encryption stands
FOREIGN = (
    "hold a line like the begin of a message, but written in another way than those of their file: taken for words "
    "that the sender quotes"
)
REPEATED = "found in another file of the same chat, with the same time, sender and text"


class ChatReader:
    """Reads the files of one chat. `has_several`: the same message in two of them counts once."""

    def __init__(self, name: str, kind: ChatKind, clock: LocalClock, ledger: Ledger, *, has_several: bool) -> None:
        self.name = name
        self.kind: ChatKind = kind
        self.chat_id = f"whatsapp:{name}"
        self.clock, self.ledger = clock, ledger
        self.halves = DayHalves()
        self.number = 0
        self.skipped = 0  # lines above the first message
        self.is_android = False  # who wrote the file that is being read
        # Eight bytes and more a message, for chats that were exported several times only.
        self.all: Counter[int] | None = Counter() if has_several else None
        self.left: Counter[int] = Counter()

    def read(self, survey: Survey, order: Order) -> Iterator[Message]:
        """The messages of one file, in its order. Raises: DataError."""
        self.ledger.place = survey.file.label
        self.is_android = survey.header in ANDROID
        names, match = Names(survey.joined), survey.header.match
        days: dict[str, Day | None] = {}
        self.left = Counter(self.all or {})
        begun: tuple[float, str] | None = None
        below: list[str] = []
        chars = place = 0
        is_lost = False  # what stands below a header without a date is lost with it
        for number, line in survey.file.lines():
            found = match(line)
            seconds = None if found is None else self._seconds(found, days, order, survey.shape)
            if found is None or seconds is None:
                if begun is None:
                    self.skipped += not is_lost and bool(line.strip())
                    continue
                if found is not None or looks_like_header(line):
                    self.ledger.guessed[FOREIGN] += 1
                below.append(line)
                chars += len(line) + 1
                if chars > MAX_CHARS:
                    raise DataError(
                        f"{survey.file.label}, line {number:,}: a message goes on for more than {MAX_CHARS >> 20} "
                        f"million characters, which no chat has. {ADVICE}"
                    )
                continue
            if begun is not None and (message := self._message(begun, below, names, place)) is not None:
                yield message
            begun, below, chars = (seconds, line[found.end() :]), [], 0
            place += 1
            if math.isnan(seconds):
                self.ledger.reading.drop(UNDATED, f"{survey.file.label}, line {number:,}")
                begun, is_lost = None, True
        if begun is not None and (message := self._message(begun, below, names, place)) is not None:
            yield message

    def _seconds(self, found: re.Match[str], days: dict[str, Day | None], order: Order, shape: str) -> float | None:
        """Since 1970; None where the line only looks like the begin of a message.

        NaN for an impossible date or time: whoever wrote it, the line is not what the one above said.
        """
        written, join, hour, minute, second, after = found.group("date", "join", "hour", "minute", "second", "after")
        if written not in days:
            if len(days) >= MAX_DATES:
                days.clear()
            days[written] = day_of(written, order)
        day = days[written]
        minutes, rest = int(minute), int(second or 0)
        passed = self.halves.hour(int(hour), join, after) * 3600 + minutes * 60 + rest
        if day is None or minutes > 59 or rest > 59 or passed >= 86_400:
            if shape_of(found) == shape:
                return math.nan
            return None
        seconds = self.clock.seconds(day, passed)
        return math.nan if seconds is None else seconds

    def _message(self, begun: tuple[float, str], below: list[str], names: Names, place: int) -> Message | None:
        seconds, said = begun
        sent_at = self.ledger.moment(seconds)
        if sent_at is None:
            return None
        if below:
            said = "\n".join((said, *below)).rstrip("\n")
        if self.all is not None and self._is_repeated(hash((seconds, said))):
            return None
        sender, text = names.split(said)
        text, media, is_service = (
            read_body(text, is_first=place <= NOTICES_UNTIL, is_android=self.is_android) if sender else NOTICE
        )
        self.number += 1
        return self.ledger.keep(
            Message(
                chat_id=self.chat_id,
                chat_name=self.name,
                chat_kind=self.kind,
                message_id=self.number,
                sent_at=sent_at,
                sender_id=sender[0] if sender else f"unknown:{self.chat_id}",
                sender_name=sender[1] if sender else "",
                text=self.ledger.clean(text),
                media=media,
                is_service=is_service,
            )
        )

    def _is_repeated(self, key: int) -> bool:
        """Whether an earlier file has this message; as often as it is there."""
        assert self.all is not None
        if self.left[key] > 0:
            self.left[key] -= 1
            self.ledger.drop(REPEATED)
            return True
        self.all[key] += 1
        return False
