"""Where a conversation ends."""

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from doppel.sessions.gap import SplitByGap
from doppel.types import Count, Funnel, Message, Session

T0 = datetime(2024, 1, 15, 12, tzinfo=UTC)


def said(number: int, minutes: float, chat: str = "personal_chat:1") -> Message:
    sent_at = T0 + timedelta(minutes=minutes)
    return Message(chat, "Ann", "personal", number, sent_at, "user2", "Ann", "hi", None, None, None, False, False, None)


def cut(*messages: Message, max_gap_minutes: float = 60) -> tuple[list[list[int]], Funnel]:
    funnel = Funnel()
    sessions = list(SplitByGap(max_gap_minutes=max_gap_minutes)(iter(messages), funnel))
    return [[message.message_id for message in session.messages] for session in sessions], funnel


def test_a_session_in_full() -> None:
    message = said(1, 0)
    assert list(SplitByGap(max_gap_minutes=1)(iter([message]), Funnel())) == [
        Session("personal_chat:1", "Ann", (message,))
    ]


@pytest.mark.parametrize(
    ("minutes", "sessions"),
    [(60, [[1, 2]]), (60.01, [[1], [2]]), (24 * 60 + 5, [[1], [2]]), (7 * 24 * 60, [[1], [2]])],
)
def test_a_silence_longer_than_the_gap_ends_it_days_included(minutes: float, sessions: list) -> None:
    assert cut(said(1, 0), said(2, minutes))[0] == sessions


def test_a_session_never_spans_chats() -> None:
    assert cut(said(1, 0), said(2, 1), said(1, 2, "personal_chat:2"))[0] == [[1, 2], [1]]


def test_messages_are_sorted_by_time_then_id_and_disorder_is_noted() -> None:
    sessions, funnel = cut(said(3, 0), said(2, 0), said(-999_999_000, 5), said(1, -5))
    assert sessions == [[1, 2, 3, -999_999_000]]
    assert funnel.counts == [Count("sessions", 4, 0, "messages", "")]
    assert funnel.notes == ["sessions: 2 messages came before an earlier one: chats were sorted by time."]


def test_nothing_is_lost_and_gaps_are_where_they_should_be() -> None:
    rng = random.Random(0)
    for _ in range(50):
        times = [rng.choice([1, 30, 90, 2000]) * rng.random() for _ in range(40)]
        messages = [said(number, sum(times[:number])) for number in range(40)]
        sessions = list(SplitByGap(max_gap_minutes=60)(iter(rng.sample(messages, 40)), Funnel()))
        assert [message for session in sessions for message in session.messages] == messages
        borders = [right.messages[0].sent_at - left.messages[-1].sent_at for left, right in pairwise(sessions)]
        inner = [b.sent_at - a.sent_at for s in sessions for a, b in pairwise(s.messages)]
        assert all(gap > timedelta(minutes=60) for gap in borders)
        assert all(gap <= timedelta(minutes=60) for gap in inner)


def test_no_messages_no_sessions() -> None:
    sessions, funnel = cut()
    assert (sessions, funnel.counts) == ([], [Count("sessions", 0, 0, "messages", "")])
