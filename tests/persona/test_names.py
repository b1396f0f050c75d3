"""One display name a speaker."""

from doppel.persona.names import DisplayNames
from doppel.types import Chat, People, Persona, Speaker


def people(names: dict[str, str], **chats: str) -> People:
    """`chats`: the ids of those who write in each, as words."""
    by_id = {who: Speaker(who, name, frozenset({name}), 1) for who, name in names.items()}
    by_chat = {chat: Chat(chat, chat, "group", 1, dict.fromkeys(ids.split(), 1), {}) for chat, ids in chats.items()}
    return People(by_id, by_chat)


NAMES = {"user1": "Alexander", "user2": "Alex", "user3": "Alex", "user4": "Unknown", "user5": "Sasha", "user6": "Ann"}
SASHA = Persona(frozenset({"user1", "user5"}), "Alex")


def test_names_of_a_chat() -> None:
    names = DisplayNames(people(NAMES, c="user6 user3 user1 user2 user4"), (SASHA,))
    assert names("c") == {
        "user1": "Alex",
        "user2": "Alex (2)",
        "user3": "Alex (3)",
        "user4": "Unknown",
        "user5": "Alex",
        "user6": "Ann",
    }


def test_a_speaker_is_numbered_only_where_the_name_is_shared() -> None:
    names = DisplayNames(people(NAMES, both="user2 user3", one="user3"), (Persona(frozenset({"user6"}), "Ann"),))
    assert names("both") == {"user6": "Ann", "user2": "Alex", "user3": "Alex (2)"}
    assert names("one") == {"user6": "Ann", "user3": "Alex"}


def test_several_personas_keep_their_names() -> None:
    ann, sasha = Persona(frozenset({"user6"}), "Alex"), Persona(frozenset({"user1", "user5"}), "Sasha")
    names = DisplayNames(people(NAMES, c="user2 user6 user1"), (ann, sasha))
    assert names("c") == {"user6": "Alex", "user1": "Sasha", "user5": "Sasha", "user2": "Alex (2)"}


def test_who_only_forwards_gets_a_free_name_too() -> None:
    of_chat = DisplayNames(people(NAMES, c="user2"), (SASHA,))("c")
    assert (of_chat["user3"], of_chat["user3"], of_chat["nobody"]) == ("Alex (3)", "Alex (3)", "Unknown")
    assert DisplayNames(people(NAMES), (SASHA,))("elsewhere")["user6"] == "Ann"
