"""Where a conversation ends."""

import random
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

import pytest

from doppel.sessions.gap import SplitByGap
from doppel.types import Count, Funnel, Message, Session
from tests.sessions.said import cut, said

HOUR = SplitByGap(max_gap_minutes=60, topics=True)


def test_a_session_in_full() -> None:
    message = said(1, 0)
    assert list(HOUR(iter([message]), Funnel())) == [Session("p:1/1", "p:1", "Ann", (message,))]


@pytest.mark.parametrize(
    ("minutes", "sessions"),
    [(60, [[1, 2]]), (60.01, [[1], [2]]), (24 * 60 + 5, [[1], [2]]), (7 * 24 * 60, [[1], [2]])],
)
def test_a_silence_longer_than_the_gap_ends_it_days_included(minutes: float, sessions: list[list[int]]) -> None:
    assert cut(HOUR, said(1, 0), said(2, minutes)) == sessions


def test_a_session_never_spans_chats() -> None:
    assert cut(HOUR, said(1, 0), said(2, 1), said(1, 2, "p:2")) == [[1, 2], [1]]


def test_topics_run_side_by_side_unless_they_are_one_room() -> None:
    talk = [
        said(1, 0, topic="a"),
        said(2, 50, topic="b"),
        said(3, 55, topic="a"),
        said(4, 100, topic="b"),
        said(5, 110),
    ]
    assert cut(HOUR, *talk) == [[1, 3], [2, 4], [5]]
    assert cut(SplitByGap(max_gap_minutes=60, topics=False), *talk) == [[1, 2, 3, 4, 5]]


def test_a_conversation_is_given_out_before_the_next_begins_so_few_are_held() -> None:
    read = []

    def messages() -> Iterator[Message]:
        for number in range(4):
            read.append(number)
            yield said(number, number * 61, topic=f"t{number % 2}")

    for number, session in enumerate(HOUR(messages(), Funnel())):
        assert [message.message_id for message in session.messages] == [number]
        assert len(read) == min(number + 2, 4)


def test_conversations_end_at_a_break_which_is_never_part_of_one() -> None:
    funnel = Funnel()
    talk = [said(1, 0), said(2, 1, is_break=True), said(3, 2), said(4, 3, is_break=True), said(5, 4, is_break=True)]
    sessions = list(HOUR(iter(talk), funnel))
    assert [session.session_id for session in sessions] == ["p:1/1", "p:1/3"]
    assert funnel.counts == [Count("sessions", 2, 0, "messages", "")]


def test_a_break_ends_its_topic_or_all_where_its_topic_is_not_known() -> None:
    talk = [said(1, 0, topic="a"), said(2, 1, topic="b")]
    after = [said(4, 3, topic="a"), said(5, 4, topic="b")]
    assert cut(HOUR, *talk, said(3, 2, topic="a", is_break=True), *after) == [[1], [2, 5], [4]]
    assert cut(HOUR, *talk, said(3, 2, is_break=True), *after) == [[1], [2], [4], [5]]


def test_nothing_is_lost_and_gaps_are_where_they_should_be() -> None:
    rng = random.Random(0)
    for _ in range(50):
        times = [rng.choice([1, 30, 90, 2000]) * rng.random() for _ in range(40)]
        messages = [said(number, sum(times[:number])) for number in range(40)]
        sessions = list(HOUR(iter(messages), Funnel()))
        assert [message for session in sessions for message in session.messages] == messages
        borders = [right.messages[0].sent_at - left.messages[-1].sent_at for left, right in pairwise(sessions)]
        inner = [b.sent_at - a.sent_at for s in sessions for a, b in pairwise(s.messages)]
        assert all(gap > timedelta(minutes=60) for gap in borders)
        assert all(gap <= timedelta(minutes=60) for gap in inner)


def test_no_messages_no_sessions() -> None:
    funnel = Funnel()
    assert list(HOUR(iter(()), funnel)) == []
    assert funnel.counts == [Count("sessions", 0, 0, "messages", "")]
