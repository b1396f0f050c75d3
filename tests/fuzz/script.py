"""What is said in every made-up export, and the words by which a leak of it is known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

PRIVATE = (
    "zebrafinch",
    "жарптица",
)  # in the texts alone: no error may tell them
START = datetime(2023, 5, 12, 12, tzinfo=UTC)
PEOPLE = ("Anna K", "Борис", "Carol")
TEXTS = (
    "zebrafinch, how are you? \U0001f600",
    "жарптица прилетела",
    "fine,\nand the zebrafinch?",
    "жарптица: +7 921 123-45-67, a.zebrafinch@example.org",
    "see https://example.org/zebrafinch \U0001f44d\U0001f3fd",
    "\u05e9\u05dc\u05d5\u05dd zebrafinch \u202eabc\u202c",
    "no; \"zebrafinch\" <b>is</b> & 'was', {here}: 12:30 - 1/2/2023",
    "жарптица...",
)


class Line(NamedTuple):
    """One message."""

    number: int  # from 1
    who: int  # index into PEOPLE; 0 is the owner
    sent_at: datetime
    text: str


def script(people: int = 2, sessions: int = 3, length: int = 8) -> list[Line]:
    """Conversations a day apart, in which everyone speaks in turn, the owner twice in a row."""
    lines = []
    for session in range(sessions):
        for place in range(length):
            number = session * length + place + 1
            sent_at = START + timedelta(days=session, minutes=2 * place, seconds=place)
            who = 0 if place % (people + 1) == people else place % people
            lines.append(Line(number, who, sent_at, f"{TEXTS[number % len(TEXTS)]} {number}"))
    return lines


def iso(moment: datetime) -> str:
    """Without a zone."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


def unix(moment: datetime) -> int:
    """Whole seconds."""
    return int(moment.timestamp())
