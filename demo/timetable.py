"""When the conversations take place: days, hours, typing, silence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from people import PEOPLE, chat_hours, reply_seconds

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from grammar import Dealer, Script, Utterance

ZONE = timezone(timedelta(hours=1))  # Skerrow Island keeps one time all the year
FIRST_DAY = datetime(2024, 9, 2, tzinfo=ZONE)
DAYS = 425  # fourteen months
REST = timedelta(hours=5)  # the least silence between two conversations of one chat
ONE_AT_A_TIME = timedelta(minutes=25)  # Nell finishes one conversation before the next
LONGEST_REPLY = 20 * 60  # seconds: a conversation stays one


@dataclass(frozen=True)
class Meeting:
    """A script that will be told in a chat."""

    script: Script
    chat: str
    starts_at: datetime


@dataclass(frozen=True)
class Sent:
    """A message with its moment."""

    utterance: Utterance
    sent_at: datetime


def plan_meetings(scripts: Sequence[Script], dealer: Dealer, rng: random.Random) -> list[Meeting]:
    """Return what is to be told where and when, in the order of time; every script is spread over all months."""
    topics = [script for script in scripts if script.role == "topic"]
    wishes = [_wish(script, told, dealer, rng) for script in topics for told in range(script.weight)]
    return sorted(wishes, key=lambda meeting: meeting.starts_at)


def _wish(script: Script, told: int, dealer: Dealer, rng: random.Random) -> Meeting:
    """Return the `told`-th meeting of a script, at an hour and in a month that suit it."""
    chat = dealer.deal((script.name, "chats"), script.chats)
    first, last = script.hours or chat_hours(chat)
    while True:
        share = rng.random() if script.months else (told + rng.random()) / script.weight
        day = FIRST_DAY + timedelta(days=int(share * DAYS))
        is_in_season = not script.months or day.month in script.months
        is_in_season &= script.days is None or script.days[0] <= day.day <= script.days[1]
        if is_in_season and (day.weekday() < 5 or chat not in PEOPLE or PEOPLE[chat].works_weekends):
            return Meeting(script, chat, day + timedelta(seconds=int(3600 * (first + (last - first) * rng.random()))))


def is_free(meeting: Meeting, busy_until: datetime, last_said: dict[str, datetime]) -> bool:
    """Tell whether Nell has finished her last conversation and this chat has rested."""
    rested = last_said.get(meeting.chat, FIRST_DAY) + REST
    return meeting.starts_at > max(rested, busy_until + ONE_AT_A_TIME)


def clock(said: Sequence[Utterance], starts_at: datetime, rng: random.Random) -> list[Sent]:
    """Return the messages with their times: a reply waits for its writer, then every message for its letters."""
    now, before = starts_at, ""
    sent: list[Sent] = []
    for utterance in said:
        pause = 1 + len(utterance.text) * PEOPLE[utterance.who].seconds_per_letter * (0.6 + 0.8 * rng.random())
        if before and utterance.who != before:
            middle = reply_seconds(utterance.who, now.hour)
            pause += min(LONGEST_REPLY, middle * 4 ** (2 * rng.random() - 1))
        if before:
            now += timedelta(seconds=max(1, int(pause)))
        before = utterance.who
        sent.append(Sent(utterance, now))
        now += timedelta(seconds=int(utterance.text) if utterance.tag == "call" else 0)
    return sent
