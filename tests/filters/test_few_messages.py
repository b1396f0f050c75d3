"""Chats in which hardly anything was said."""

from tests.filters.asking import counted, left, rule, said


def test_small_chats_go_whole_and_forwards_and_service_messages_do_not_count() -> None:
    small = [said(str(number)) for number in range(2)]
    padding = [said("", is_service=True), said("x", is_forwarded=True)]
    large = [said(str(number), chat_id="personal_chat:2", sender_id=f"user{number % 2}") for number in range(3)]
    kept, funnel = left({"few_messages": rule("few_messages", "min_messages=3")}, *small, *padding, *large)
    assert kept == large
    assert counted(funnel) == {"few_messages": (3, 4)}
