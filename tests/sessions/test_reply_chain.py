"""Conversations as trees of replies."""

import random

import pytest

from doppel.sessions.reply_chain import ReplyChains
from doppel.types import Count, Funnel
from tests.sessions.said import cut, ids, said

LINKED = ReplyChains(attach_gap_minutes=None)
ATTACHED = ReplyChains(attach_gap_minutes=5)


def test_trees_side_by_side_and_what_stands_alone_left_out() -> None:
    funnel = Funnel()
    talk = [
        said(1, 0),
        said(2, 1),
        said(3, 2, reply_to=1),
        said(4, 3, reply_to=2),
        said(5, 4, reply_to=1),  # another branch of the first tree
        said(6, 5),  # alone
        said(7, 9000, reply_to=3),
        said(8, 9001, reply_to=99),  # what it replies to is gone
    ]
    sessions = list(LINKED(iter(talk), funnel))
    assert ids(iter(sessions)) == [[1, 3, 5, 7], [2, 4]]
    assert sessions[0].session_id == "p:1/1"
    why = "that neither reply nor are replied to (sessions.attach_gap_minutes)"
    assert funnel.counts == [Count("sessions", 6, 2, "messages", why)]
    assert funnel.notes == ["sessions: 1 replies are to messages that are not there: deleted, or left out."]
    assert [message.message_id for message in funnel.examples["sessions"]] == [6, 8]


def test_what_is_no_reply_goes_on_with_the_message_before_it() -> None:
    talk = [said(1, 0), said(2, 1), said(3, 2, reply_to=1), said(4, 3), said(5, 9), said(6, 10, reply_to=99)]
    assert cut(ATTACHED, *talk) == [[1, 2, 3, 4], [5, 6]]
    assert cut(ATTACHED, said(1, 0), said(2, 5), said(3, 10.1)) == [[1, 2], [3]]


def test_nothing_is_attached_across_topics_chats_and_breaks() -> None:
    assert cut(ATTACHED, said(1, 0, topic="a"), said(2, 1, topic="b"), said(3, 2, topic="b")) == [[1], [2, 3]]
    assert cut(ATTACHED, said(1, 0), said(1, 1, "p:2")) == [[1], [1]]
    assert cut(ATTACHED, said(1, 0), said(2, 1, is_break=True), said(3, 2)) == [[1], [3]]


def test_a_tree_falls_apart_where_a_message_may_not_be_shown() -> None:
    talk = [said(1, 0), said(2, 1, reply_to=1, is_break=True), said(3, 2, reply_to=2), said(4, 3, reply_to=3)]
    assert cut(LINKED, *talk) == [[3, 4]]


@pytest.mark.parametrize("target", [1, 2])
def test_a_reply_to_itself_or_to_a_later_message_does_no_harm(target: int) -> None:
    assert cut(ATTACHED, said(1, 0, reply_to=target), said(2, 1)) == [[1, 2]]


def test_every_message_is_kept_or_counted_and_no_link_is_cut() -> None:
    draw = random.Random(3)
    for _ in range(30):
        talk = [
            said(number, number, reply_to=draw.choice([None, None, *range(max(0, number - 9), number)]))
            for number in range(60)
        ]
        for stage in (LINKED, ATTACHED):
            funnel = Funnel()
            sessions = ids(stage(iter(talk), funnel))
            home = {message_id: place for place, session in enumerate(sessions) for message_id in session}
            (line,) = funnel.counts
            assert (len(home), line.kept + line.dropped) == (line.kept, 60)
            for message in talk:
                if message.reply_to is not None:
                    assert home[message.message_id] == home[message.reply_to]
            assert all(session == sorted(session) for session in sessions)


def test_a_long_chain_is_one_conversation() -> None:
    talk = [said(number, number, reply_to=number - 1) for number in range(1, 20_001)]
    assert [len(session) for session in cut(LINKED, *talk)] == [20_000]


def test_topics_side_by_side_are_conversations_of_their_own_and_real_replies_win() -> None:
    talk = [
        said(1, 0, topic="a"),
        said(2, 1, topic="b"),
        said(3, 2, topic="a"),
        said(4, 3, topic="b"),
        said(5, 4),
        said(6, 6.5, topic="b", reply_to=3),  # across topics
        said(7, 8, topic="a"),  # six minutes after the last of its topic, two after the last of its conversation
        said(8, 8.5, topic="b", reply_to=99),
    ]
    assert cut(ATTACHED, *talk) == [[1, 3, 6, 8], [2, 4], [5], [7]]


def test_a_break_ends_its_topic_or_all_where_its_topic_is_not_known() -> None:
    talk = [said(1, 0, topic="a"), said(2, 1, topic="b")]
    after = [said(4, 3, topic="a"), said(5, 4, topic="b")]
    assert cut(ATTACHED, *talk, said(3, 2, topic="a", is_break=True), *after) == [[1], [2, 5], [4]]
    assert cut(ATTACHED, *talk, said(3, 2, is_break=True), *after) == [[1], [2], [4], [5]]
