"""One session a chat."""

from datetime import UTC, datetime, timedelta

from doppel.sessions.none import WholeChats
from doppel.types import Count, Funnel, Message


def said(number: int, days: int, chat: str) -> Message:
    sent_at = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=days)
    return Message(chat, "Ann", "personal", number, sent_at, "user2", "Ann", "hi", None, None, None, False, False, None)


def test_a_chat_is_one_session_in_order_of_time() -> None:
    funnel = Funnel()
    messages = [said(2, 300, "p:1"), said(1, 0, "p:1"), said(1, 5, "p:2")]
    sessions = list(WholeChats()(iter(messages), funnel))
    assert [(s.chat_id, [m.message_id for m in s.messages]) for s in sessions] == [("p:1", [1, 2]), ("p:2", [1])]
    assert funnel.counts == [Count("sessions", 3, 0, "messages", "")]
