"""Counting who speaks, and where."""

from datetime import UTC, datetime
from typing import Any

from doppel.persona.people import Census
from doppel.types import Chat, Message, People, Speaker


def said(sender_id: str, name: str, chat: str = "c:1", year: int = 2024, **more: Any) -> Message:
    return Message(
        chat_id=chat,
        chat_name=chat.upper(),
        chat_kind="group",
        message_id=1,
        sent_at=datetime(year, 1, 1, tzinfo=UTC),
        sender_id=sender_id,
        sender_name=name,
        text="hi",
        **more,
    )


def people(*messages: Message) -> People:
    census = Census()
    for message in messages:
        census.see([message])
    return census.people()


def test_people_by_id_most_talkative_first() -> None:
    found = people(
        said("user1", "Ann"),
        said("user2", "Bob"),
        said("user2", "Bobby"),
        said("user2", "Bobby", "c:2"),
        said("user3", "", is_service=True),
    )
    assert list(found.by_id.values()) == [
        Speaker("user2", "Bobby", frozenset({"Bob", "Bobby"}), 3),
        Speaker("user1", "Ann", frozenset({"Ann"}), 1),
        Speaker("user3", "Unknown", frozenset(), 0),
    ]


def test_a_name_is_one_line_and_its_spellings_count_together() -> None:
    found = people(said("u", "Ann\n Lee"), said("u", "Ann  Lee"), said("u", "Annie"), said("u", " "))
    assert found.by_id["u"] == Speaker("u", "Ann Lee", frozenset({"Ann\n Lee", "Ann  Lee", "Annie", " "}), 4)


def test_chats_in_order_of_appearance_with_their_own_words_and_years() -> None:
    found = people(
        said("a", "A", "c:2"),
        said("a", "A", "c:1", 2023),
        said("b", "B", "c:2", 2022),
        said("b", "B", "c:2"),
        said("b", "B", "c:2", is_forwarded=True),
        said("d", "D", "c:2", is_service=True),
    )
    assert list(found.by_chat.values()) == [
        Chat("c:2", "C:2", "group", 5, {"b": 2, "a": 1}, {2022: 1, 2024: 4}),
        Chat("c:1", "C:1", "group", 1, {"a": 1}, {2023: 1}),
    ]


def test_the_labels_of_a_chat() -> None:
    messages = [said("a", "A", label="sad"), said("a", "A"), said("b", "B", label="joy"), said("a", "A", "c:2")]
    assert [chat.labels for chat in people(*messages).by_chat.values()] == [{"sad", "joy"}, frozenset()]


def test_years_are_those_of_messages_with_times() -> None:
    (chat,) = people(said("a", "A", year=2000, is_timed=False), said("a", "A")).by_chat.values()
    assert (chat.messages, chat.years) == (2, {2024: 1})


def test_nobody() -> None:
    assert people() == People({}, {})
