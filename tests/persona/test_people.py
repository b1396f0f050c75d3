"""Counting who speaks."""

from datetime import UTC, datetime

from doppel.persona.people import Speaker, count_people
from doppel.types import Message


def said(sender_id: str, name: str, *, is_service: bool = False) -> Message:
    sent_at = datetime(2024, 1, 1, tzinfo=UTC)
    return Message("c:1", "c", "group", 1, sent_at, sender_id, name, "hi", None, None, None, is_service, False, None)


def test_people_by_id_most_talkative_first() -> None:
    messages = [
        said("user1", "Ann"),
        said("user2", "Bob"),
        said("user2", "Bobby"),
        said("user2", "Bobby"),
        said("user3", "", is_service=True),
    ]
    assert list(count_people(iter(messages)).by_id.values()) == [
        Speaker("user2", "Bobby", frozenset({"Bob", "Bobby"}), 3),
        Speaker("user1", "Ann", frozenset({"Ann"}), 1),
        Speaker("user3", "Unknown", frozenset(), 0),
    ]
