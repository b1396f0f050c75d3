"""Ids: what is private in them is replaced, what is not stays, and no two become one."""

import pytest

from doppel.privacy.names import names
from doppel.privacy.pseudonyms import pseudonyms
from doppel.privacy.secrets import secrets
from doppel.privacy.stage import Privacy
from doppel.types import Chat, Funnel, People, Speaker
from tests.privacy.test_stage import said

PLAIN = [
    "user1000000",
    "user9161234567",
    "channel4155552671",
    "personal_chat:9161234567",
    "vk:4155552671",
    "vk:-100",
    "discord:4276380012345679",
    "slack:U0123ABCD",
    "signal:3f2504e0-4f89-11d3-9a0c-0305e82c3301",
    "signal:group-0123456789abcdef",
    "dialogues:set/4155552671",
    "table:owner",
]


def people(speakers: dict[str, str], chats: dict[str, str] | None = None) -> People:
    own = dict.fromkeys(speakers, 1)
    return People(
        {who: Speaker(who, name, frozenset([name]), 1) for who, name in speakers.items()},
        {chat: Chat(chat, name, "personal", 1, own, {}) for chat, name in (chats or {}).items()},
    )


def met(stage: Privacy, speakers: dict[str, str], chats: dict[str, str] | None = None) -> Privacy:
    stage.meet(people(speakers, chats))
    return stage


@pytest.mark.parametrize("make", [secrets, lambda: pseudonyms(regions=["RU", "US"], mapping=None)])
def test_ids_without_anything_private_stay(make):
    stage = met(make(), dict.fromkeys(PLAIN, "Ann Lee"))
    assert list(map(stage.id, PLAIN)) == PLAIN


def test_ids_of_programs_stay_where_names_are_replaced():
    stage = met(names(regions=["RU", "US"], mapping=None), {one: f"Ann{'x' * at} Lee" for at, one in enumerate(PLAIN)})
    assert list(map(stage.id, PLAIN)) == PLAIN


def test_numbers_and_addresses_are_replaced_as_in_texts():
    stage = met(
        pseudonyms(regions=["RU", "US"], mapping=None),
        {
            "whatsapp:+79161234567": "+79161234567",
            "whatsapp:89161234567": "89161234567",
            "table:79161234567": "Jane",
            "table:ann@gmail.com": "Ann",
            "unknown:whatsapp:4155552671": "",
        },
        {"whatsapp:4155552671": "4155552671"},
    )
    new = stage.text("+79161234567")
    assert new != "+79161234567"
    assert stage.id("whatsapp:+79161234567") == f"whatsapp:{new}"
    assert stage.id("whatsapp:89161234567") == f"whatsapp:8{new[2:]}"
    assert stage.id("table:79161234567") == f"table:{new[1:]}"
    assert stage.id("table:ann@gmail.com") == f"table:{stage.text('ann@gmail.com')}" != "table:ann@gmail.com"
    assert stage.id("whatsapp:4155552671") == f"whatsapp:{stage.name('4155552671')}" != "whatsapp:4155552671"
    assert stage.id("unknown:whatsapp:4155552671") == f"unknown:{stage.id('whatsapp:4155552671')}"


def test_names_are_replaced_as_they_are_shown():
    stage = met(
        names(regions=["RU"], mapping=None),
        {"whatsapp:Jane Roe": "Jane Roe", "table:jane_roe": "Jane Roe", "table:roe": "J", "unknown:name:Jane Roe": ""},
        {"messenger:janeroe_1015": "Jane Roe", "personal_chat:7": "Jane Roe", "name:Jane Roe": "Jane Roe"},
    )
    shown = stage.name("Jane Roe")
    assert stage.id("whatsapp:Jane Roe") == f"whatsapp:{shown}"
    assert stage.id("unknown:name:Jane Roe") == f"unknown:name:{shown}"
    assert stage.id("table:roe") == f"table:{shown.split()[1].lower()}"
    for handle in ("table:jane_roe", "messenger:janeroe_1015"):
        assert "roe" not in stage.id(handle)
        assert "jane" not in stage.id(handle)
    assert stage.id("personal_chat:7") == "personal_chat:7"


def test_two_people_never_become_one():
    crowd = {f"name:{one}{two}xa": f"{one}{two}xa" for one in "BCDFGHKLMN" for two in "abcdefghijklmnop"}
    stage = met(names(regions=["RU"], mapping=None), crowd)
    shown = [stage.id(one) for one in crowd]
    assert len(set(shown)) == len(crowd)
    assert set(shown).isdisjoint(crowd)
    assert len({stage.name(name) for name in crowd.values()}) < len(crowd)  # there are fewer pseudonyms than people


def test_messages_and_people_have_the_same_ids():
    everyone = people(
        {"whatsapp:+79161234567": "+79161234567", "user2": "Ann"}, {"whatsapp:+79161234567": "+79161234567"}
    )
    stage = pseudonyms(regions=["RU"], mapping=None)
    stage.meet(everyone)
    shown, funnel = stage.people(everyone), Funnel()
    message = said("hi", sender_id="whatsapp:+79161234567", chat_id="whatsapp:+79161234567", sender_name="+79161234567")
    left_out = said("hi", sender_id="whatsapp:+79169999999", chat_id="whatsapp:+79161234567")
    first, second = stage(iter([message, left_out]), funnel)
    new = f"whatsapp:{stage.name('+79161234567')}"
    assert (first.sender_id, first.chat_id, first.sender_name) == (new, new, new.removeprefix("whatsapp:"))
    assert second.sender_id not in ("whatsapp:+79169999999", new)
    assert list(shown.by_id) == [new, "user2"]
    assert shown.by_id[new].speaker_id == new
    [chat] = shown.by_chat.values()
    assert (chat.chat_id, dict(chat.own_words)) == (new, {new: 1, "user2": 1})
    assert funnel.tallies == {"privacy": {"display name": 1, "id": 1}}


def test_names_of_files_and_notes_are_told_as_names_are_shown():
    stage = met(names(regions=["RU"], mapping=None), {"whatsapp:Jane Roe": "Jane Roe"})
    told = stage.teller()
    assert told("WhatsApp Chat with Jane Roe.txt") == f"WhatsApp Chat with {stage.name('Jane Roe')}.txt"
    assert told("source: +7 916 123-45-67.txt holds no messages.") != "source: +7 916 123-45-67.txt holds no messages."
    assert told("sessions: 1,234 replies are to messages that are not there") == (
        "sessions: 1,234 replies are to messages that are not there"
    )
