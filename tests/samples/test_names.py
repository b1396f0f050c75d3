"""One display name a speaker."""

from datetime import UTC, datetime

from doppel.samples.names import DisplayNames
from doppel.types import Message, Persona


def said(sender_id: str, name: str) -> Message:
    sent_at = datetime(2024, 1, 1, tzinfo=UTC)
    return Message("c:1", "c", "group", 1, sent_at, sender_id, name, "hi", None, None, None, False, False, None)


def test_names_of_a_chat() -> None:
    names = DisplayNames(Persona(frozenset({"user1", "user5"}), "Alex"))
    chat = [
        said("user1", "Alexander"),
        said("user5", "Sasha"),
        said("user2", "Alex"),
        said("user3", "Alex"),
        said("user4", " \n"),
        said("user6", "Ann\n  Lee"),
        said("user6", "Ann"),
        said("user6", "Ann"),
    ]
    assert names.of_chat(chat) == {
        "user1": "Alex",
        "user2": "Alex (2)",
        "user3": "Alex (3)",
        "user4": "Unknown",
        "user5": "Alex",
        "user6": "Ann",
    }
    assert names.renamed == {"user2", "user3"}


def test_a_name_is_kept_from_chat_to_chat() -> None:
    names = DisplayNames(Persona(frozenset({"user1"}), "Me"))
    assert names.of_chat([said("user2", "Ann")]) == {"user1": "Me", "user2": "Ann"}
    assert names.of_chat([said("user2", "Annie"), said("user2", "Annie")]) == {"user1": "Me", "user2": "Ann"}
