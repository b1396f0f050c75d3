"""The consent list."""

from typing import Any

import pytest
from msgspec.structs import replace

from doppel.errors import ConfigError, DataError
from doppel.persona.find import Finder
from doppel.types import Funnel, Message, Persona
from tests.filters.asking import composed, counted, left, people_of, rule, said

GROUP = {"chat_id": "private_group:7", "chat_name": "Group", "chat_kind": "group"}


def by(number: int, name: str, text: str, **fields: Any) -> Message:
    return said(text, sender_id=f"user{number}", sender_name=name, **GROUP, **fields)


ME, ANN, BOB = by(1, "Me", "когда?"), by(2, "Анна", "завтра"), by(3, "Bob", "my secret \U0001f92b")
BOBS_FORWARD = by(2, "Анна", "it is my secret", is_forwarded=True, forwarded_from=" bob")
HIDDEN_FORWARD = by(2, "Анна", "somebody's secret", is_forwarded=True)
OTHER_FORWARD = by(2, "Анна", "news", is_forwarded=True, forwarded_from="Newspaper")
ANNS_FORWARD = by(1, "Me", "завтра", is_forwarded=True, forwarded_from="анна")
ALL = (ME, BOB, ANN, BOBS_FORWARD, HIDDEN_FORWARD, OTHER_FORWARD, ANNS_FORWARD)


def told(*overrides: str, messages: tuple[Message, ...] = ALL) -> tuple[list[str], Funnel]:
    """The texts that are left, "|" for a break."""
    kept, funnel = left({"people": rule("people", *overrides)}, *messages)
    assert all(message.is_break == (message.text == "") for message in kept)
    return [message.text or "|" for message in kept], funnel


def test_excluded_words_become_breaks_also_where_others_forward_them() -> None:
    texts, funnel = told("exclude=[BOB]")
    assert texts == ["когда?", "|", "завтра", "|", "|", "news", "завтра"]
    assert counted(funnel) == {"people": (4, 3)}
    assert funnel.examples == {}


def test_the_mark_says_nothing_of_what_stood_there() -> None:
    photo = by(3, "Bob", "secret", media="photo", reply_to=4, sticker_emoji="x", topic="t", via_bot="@b", label="sad")
    (mark,), _ = left({"people": rule("people", "exclude=[user3]")}, photo)
    assert mark == said("", sender_id="user3", sender_name="", is_break=True, **GROUP)


def test_where_some_are_included_nobody_else_is_quoted() -> None:
    assert told("include_only=[Me,2]")[0] == ["когда?", "|", "завтра", "|", "|", "|", "завтра"]


def test_who_may_be_context_stays() -> None:
    texts, _ = told("include_only=[Me]", "context_allowed=[Анна]")
    assert texts == ["когда?", "|", "завтра", "|", "|", "|", "|"]


def test_what_others_forward_of_who_may_be_context_goes_as_it_would_be_learnt_as_theirs() -> None:
    allowed, without = told("exclude=[Bob,Анна]", "context_allowed=[Анна]")[0], told("exclude=[Bob]")[0]
    assert allowed[:-1] == without[:-1]
    assert (without[-1], allowed[-1]) == (ANNS_FORWARD.text, "|")


def test_someone_with_the_name_of_an_excluded_one_stays_but_forwards_of_that_name_go() -> None:
    namesake = by(5, "Bob", "another bob")
    forward = by(2, "Анна", "whose?", is_forwarded=True, forwarded_from="Bob")
    texts, funnel = told("exclude=[user3]", messages=(BOB, namesake, forward))
    assert texts == ["|", "another bob", "|"]
    assert funnel.notes == [
        "filters.people: 1 people share the name of somebody in exclude, and may be quoted and learnt (user5): where "
        "it is the same person in another messenger, add the id there."
    ]


def test_whose_a_forward_is_tells_its_id_whatever_name_the_sender_has_for_them() -> None:
    saved = by(2, "Анна", "hers", is_forwarded=True, forwarded_from="Bobby (work)", forwarded_from_id="user3")
    namesake = by(2, "Анна", "whose?", is_forwarded=True, forwarded_from="Me", forwarded_from_id="user9")
    chosen = by(2, "Анна", "mine", is_forwarded=True, forwarded_from="Me", forwarded_from_id="user1")
    messages = (*(BOB, saved, namesake, chosen), by(1, "Me", "so"))
    assert told("exclude=[user3]", messages=messages)[0] == ["|", "|", "whose?", "mine", "so"]
    assert told("include_only=[Me,2]", messages=messages)[0] == ["|", "|", "|", "mine", "so"]
    assert told("include_only=[Me]", "context_allowed=[2,3]", messages=messages)[0][1] == "|"


def test_a_later_reply_to_what_is_left_out_begins_a_conversation_in_its_own_topic() -> None:
    gone = by(3, "Bob", "x", message_id=1)
    reply = by(1, "Me", "to bob", message_id=4, reply_to=1, topic="sea")
    other, elsewhere = (replace(one, chat_id="private_group:8") for one in (replace(gone, message_id=2), reply))
    kept, funnel = left({"people": rule("people", "exclude=[Bob]")}, gone, ANN, reply, other, elsewhere)
    assert [message.text or "|" for message in kept] == ["|", "завтра", "|", "to bob", "|", "to bob"]
    assert (kept[2].topic, kept[2].is_break) == ("sea", True)
    assert counted(funnel) == {"people": (3, 2)}
    assert funnel.notes == [
        "filters.people: 1 replies are to words that are left out: a conversation begins there, and nobody else is "
        "answered."
    ]


def test_what_the_messenger_tells_of_somebody_left_out_goes_and_ends_nothing() -> None:
    joined = by(3, "Bob", "", is_service=True)
    assert told("exclude=[Bob]", messages=(ME, joined, by(1, "Me", "x", reply_to=joined.message_id)))[0] == [
        "когда?", "x",
    ]  # fmt: skip


@pytest.mark.parametrize("filters", ["people,links", "links,people"])
def test_no_rule_takes_words_away_before_the_conversation_ends_there(filters: str) -> None:
    rules = composed(f"+filters=[{filters}]", "filters.people.exclude=[Bob]", "filters.links.action=drop")
    link = by(3, "Bob", "see https://example.org", message_id=7)
    kept, funnel = left(rules, ANN, link, ME)
    assert [message.text or "|" for message in kept] == ["завтра", "|", "когда?"]
    assert counted(funnel) == {"people": (2, 1), "links": (2, 0)}


def test_people_left_out_are_not_told_and_chats_do_not_tell_their_names() -> None:
    own = {"sender_id": "user1", "sender_name": "Me", "text": "x"}
    with_bob = said(**own, chat_id="personal_chat:3", chat_name="Bobby")
    with_dan = said(**own, chat_id="personal_chat:9", chat_name="Dan")
    named = said(**own, chat_id="private_group:3", chat_name="BOB", chat_kind="group")
    messages = (ME, ANN, BOB, with_bob, with_dan, named)
    consent = rule("people", "exclude=[Bob]")
    kept, _ = left({"people": consent}, *messages)
    names = {"private_group:7": "Group", "personal_chat:3": "(left out)", "personal_chat:9": "Dan",
             "private_group:3": "(left out)"}  # fmt: skip
    assert {message.chat_id: message.chat_name for message in kept} == names
    shown = consent.told(people_of(messages))
    assert {key: one.name for key, one in shown.by_chat.items()} == names
    assert set(shown.by_id) == {"user1", "user2"}
    assert set(shown.by_chat["private_group:7"].own_words) == {"user1", "user2"}


def test_the_chat_of_a_namesake_keeps_its_name() -> None:
    namesake = by(5, "Bob", "another bob")
    chat = said("x", sender_id="user5", sender_name="Bob", chat_id="personal_chat:5", chat_name="Bob")
    kept, _ = left({"people": rule("people", "exclude=[user3]")}, BOB, namesake, chat)
    assert kept[-1] is chat


def test_nobody_named_is_nothing_asked() -> None:
    texts, funnel = told("context_allowed=[Bob]")
    assert (len(texts), funnel.counts) == (len(ALL), [])


@pytest.mark.parametrize("key", ["exclude", "include_only", "context_allowed"])
def test_a_misspelt_name_is_refused_with_what_was_meant(key: str) -> None:
    others = [] if key != "context_allowed" else ["exclude=[Bob]"]
    with pytest.raises(DataError) as caught:
        told(*others, f"{key}=[Анма]")
    assert str(caught.value).startswith(f"filters.people.{key}: 'Анма' is nobody in the export. Did you mean 'Анна'?")


def test_an_ambiguous_name_is_refused() -> None:
    with pytest.raises(DataError, match=r"^filters\.people\.exclude: 'Bob' is the name of 2 people"):
        told("exclude=[Bob]", messages=(BOB, by(5, "Bob", "x")))


def test_one_name_in_both_lists_is_refused() -> None:
    with pytest.raises(ConfigError) as caught:
        rule("people", "exclude=[Bob,7]", "include_only=[Me,Bob,7]")
    assert str(caught.value) == "filters.people: 7, Bob cannot stand in both exclude and include_only"


@pytest.mark.parametrize(
    ("override", "way_out"),
    [
        ("exclude=[Me,Bob]", "take that name out of filters.people.exclude"),
        ("include_only=[Bob]", "add user1 to filters.people.include_only"),
    ],
)
def test_who_is_to_be_learnt_must_not_be_left_out(override: str, way_out: str) -> None:
    consent, people = rule("people", override), people_of(ALL)
    consent.meet(people, Finder(people, ()))
    both = Persona(frozenset({"user1", "user2"}), "Me")
    assert consent.meet_personas([]) is None
    if "exclude" in override:
        consent.meet_personas([both])  # one of two accounts is left
    with pytest.raises(ConfigError) as caught:
        consent.meet_personas([Persona(frozenset({"user1"}), "Me")])
    assert str(caught.value) == (
        f"filters.people leaves out every word of Me (user1), who is to be learnt: {way_out}, or learn someone else "
        "with persona=ID"
    )


@pytest.mark.parametrize(
    ("overrides", "way_out"),
    [
        (("exclude=[Анна]",), "take that name out of filters.people.exclude"),
        (("include_only=[Bob]",), "add user2 to filters.people.include_only"),
    ],
)
@pytest.mark.parametrize("ids", [("user2",), ("user2", "user3")])
def test_who_may_be_read_alone_is_no_persona(overrides: tuple[str, ...], way_out: str, ids: tuple[str, ...]) -> None:
    consent, people = rule("people", *overrides, "context_allowed=[Анна]"), people_of(ALL)
    consent.meet(people, Finder(people, ()))
    assert consent.unlearnt >= {"user2"}
    with pytest.raises(ConfigError) as caught:
        consent.meet_personas([Persona(frozenset(ids), "Анна")])
    assert str(caught.value) == (
        "filters.people lets be read alone, and not learnt, every word of Анна (user2), who is to be learnt: "
        f"{way_out}, or learn someone else with persona=ID"
    )
