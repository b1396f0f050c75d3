"""One session a chat."""

from doppel.sessions.none import WholeChats
from doppel.types import Count, Funnel
from tests.sessions.said import cut, said


def test_a_chat_is_one_session() -> None:
    funnel = Funnel()
    messages = [said(1, 0), said(2, 400_000), said(1, 5, "p:2")]
    sessions = list(WholeChats()(iter(messages), funnel))
    assert [(s.session_id, [m.message_id for m in s.messages]) for s in sessions] == [
        ("p:1/1", [1, 2]),
        ("p:2/1", [1]),
    ]
    assert funnel.counts == [Count("sessions", 3, 0, "messages", "")]


def test_it_ends_at_a_break() -> None:
    talk = [said(1, 0, is_break=True), said(2, 1), said(3, 2, is_break=True), said(4, 3), said(5, 4)]
    assert cut(WholeChats(), *talk) == [[2], [4, 5]]
    assert cut(WholeChats()) == []
