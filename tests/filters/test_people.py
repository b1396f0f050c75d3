"""The consent list."""

from typing import Any

import pytest

from doppel.errors import ConfigError, DataError
from doppel.persona.find import Finder
from doppel.types import Funnel, Message, Persona
from tests.filters.asking import counted, left, people_of, rule, said

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
    assert texts == ["когда?", "|", "завтра", "|", "|", "|", "завтра"]
    assert told("exclude=[Bob,Анна]", "context_allowed=[Анна]")[0] == told("exclude=[Bob]")[0]


def test_someone_with_the_name_of_an_excluded_one_stays_but_forwards_of_that_name_go() -> None:
    namesake = by(5, "Bob", "another bob")
    forward = by(2, "Анна", "whose?", is_forwarded=True, forwarded_from="Bob")
    assert told("exclude=[user3]", messages=(BOB, namesake, forward))[0] == ["|", "another bob", "|"]


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
