"""What every way of cutting tells of the silence before a conversation."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from doppel.sessions.adaptive_gap import SplitByOwnGap
from doppel.sessions.gap import SplitByGap
from doppel.sessions.none import WholeChats
from doppel.sessions.reply_chain import ReplyChains
from doppel.types import Funnel, Message, Session
from tests.sessions.said import T0, said

OWN_GAP = {"min_gap_minutes": 10, "usual_gap_minutes": 60, "max_gap_minutes": 90, "min_silences": 30}
SIDE_BY_SIDE = [
    pytest.param(SplitByGap(max_gap_minutes=60, topics=True), id="gap"),
    pytest.param(SplitByOwnGap(**OWN_GAP, topics=True), id="adaptive_gap"),
    pytest.param(ReplyChains(attach_gap_minutes=60), id="reply_chain"),
]
Stage = Callable[[Iterator[Message], Funnel], Iterator[Session]]


def silent_since(stage: Stage, *messages: Message) -> dict[int, float | None]:
    """First message_id of each session -> minutes."""
    return {
        one.messages[0].message_id: None if one.silent_since is None else (one.silent_since - T0) / timedelta(minutes=1)
        for one in stage(iter(messages), Funnel())
    }


@pytest.mark.parametrize("stage", SIDE_BY_SIDE)
def test_the_silence_is_that_of_the_chat_where_conversations_run_side_by_side(stage: Stage) -> None:
    talk = [
        said(1, 0, topic="a"),
        said(2, 30, topic="b"),  # begins while the chat is active, and is over before it
        said(3, 50, topic="a"),
        said(4, 100, topic="a"),
        said(5, 150, topic="b"),
        said(6, 1000, topic="a"),  # after a silence, whichever conversation was given out last
        said(7, 1001, "p:2"),
    ]
    assert silent_since(stage, *talk) == {1: None, 2: 0, 5: 100, 6: 150, 7: None}


def test_a_message_that_no_conversation_has_was_a_word_all_the_same() -> None:
    talk = [said(1, 0), said(2, 10), said(3, 11, reply_to=2)]
    assert silent_since(ReplyChains(attach_gap_minutes=None), *talk) == {2: 0}


@pytest.mark.parametrize("stage", [*SIDE_BY_SIDE, pytest.param(WholeChats(), id="none")])
def test_neither_a_break_nor_a_made_up_time_is_told(stage: Stage) -> None:
    assert silent_since(stage, said(1, 0), said(2, 1, is_break=True), said(3, 2)) == {1: None, 3: 0}
    assert silent_since(stage, said(1, 0, is_timed=False), said(2, 1, is_break=True), said(3, 2)) == {1: None, 3: None}
