"""All rules in one loop: order, counts, examples, break marks, and what rules say in the end."""

from collections.abc import Mapping
from typing import Any

import pytest

from doppel.errors import DataError
from doppel.filters.apply import apply_filters, hidden_by
from doppel.types import EXAMPLES, Count, Funnel, Message, People
from tests.filters.asking import HI, composed, counted, left, people_of, said


class Without:
    """Leaves out texts with a word."""

    def __init__(self, word: str) -> None:
        self.word = word
        self.why = f"with {word}"

    def __call__(self, message: Message) -> Message | None:
        return None if self.word in message.text else message


class Shout:
    """Changes every text that is not loud yet."""

    why = ""

    def __init__(self) -> None:
        self.raised = 0

    def __call__(self, message: Message) -> Message:
        if message.text.isupper():
            return message
        self.raised += 1
        return said(message.text.upper())

    def changes(self) -> Mapping[str, int]:
        return {"raised": self.raised}


class Break:
    """Ends the conversation at a word."""

    why = "where conversations end"

    def __call__(self, message: Message) -> Message:
        return said("", is_break=True) if message.text == "stop" else message


class Meeting:
    """Knows the people before the first message."""

    why = ""

    def __init__(self) -> None:
        self.met: list[Any] = []

    def meet(self, people: People, find: Any) -> None:
        self.met.append((list(people.by_id), find("Ann")))

    def __call__(self, message: Message) -> Message:
        self.met.append(message.text)
        return message

    def notes(self) -> list[str]:
        return [f"met {len(self.met)}"]


def test_rules_run_in_order_and_each_line_starts_where_the_last_one_ended() -> None:
    kept, funnel = left({"a": Without("a"), "b": Without("b")}, said("ab"), said("b"), said("c"), said("a"))
    assert kept == [said("c")]
    assert funnel.counts == [
        Count("filters.a", 2, 2, "messages", "with a"),
        Count("filters.b", 1, 1, "messages", "with b"),
    ]


def test_a_changed_message_is_what_later_rules_see_and_changes_are_tallied() -> None:
    kept, funnel = left({"shout": Shout(), "A": Without("A")}, said("a"), said("b"), said("C"))
    assert kept == [said("B"), said("C")]
    assert counted(funnel) == {"shout": (3, 0), "A": (2, 1)}
    assert funnel.tallies == {"filters.shout": {"raised": 2}}
    assert funnel.examples == {"filters.A": [said("A")]}


def test_a_break_is_counted_by_its_rule_and_passes_all_later_ones() -> None:
    earlier = said("", is_break=True, message_id=7)
    kept, funnel = left({"break": Break(), "all": Without("")}, earlier, said("stop"), said("on"))
    assert kept == [earlier, said("", is_break=True)]
    assert counted(funnel) == {"break": (1, 1), "all": (0, 1)}
    assert funnel.examples == {"filters.break": [said("stop")], "filters.all": [said("on")]}


def test_the_first_few_of_what_each_rule_leaves_out_are_kept_as_examples() -> None:
    messages = [said(f"a{number}") for number in range(EXAMPLES + 3)]
    _, funnel = left({"a": Without("a")}, *messages)
    assert funnel.examples == {"filters.a": messages[:EXAMPLES]}


def test_people_are_met_before_the_first_message_and_notes_come_after_the_last() -> None:
    rule = Meeting()
    _, funnel = left({"meeting": rule}, said("one"), said("two"))
    assert rule.met == [(["user2"], frozenset(("user2",))), "one", "two"]
    assert funnel.notes == ["filters.meeting: met 3"]


def test_a_name_that_nobody_has_is_refused_before_anything_is_read() -> None:
    def find(_: str) -> frozenset[str]:
        raise DataError("nobody")

    filters = composed("+filters=default", "filters.people.exclude=[Bob]")
    unread = iter(lambda: pytest.fail("was read"), None)
    with pytest.raises(DataError, match=r"^filters\.people\.exclude: nobody$"):
        apply_filters(unread, filters, people_of([HI]), find, Funnel())  # pyright: ignore


def test_nothing_is_counted_before_the_last_message_and_messages_stream() -> None:
    funnel, people = Funnel(), people_of([HI])
    stream = apply_filters(iter([HI, HI]), {"a": Without("a")}, people, lambda _: frozenset(), funnel)
    assert next(stream) is HI
    assert funnel.counts == []
    assert list(stream) == [HI]
    assert counted(funnel) == {"a": (2, 0)}


def test_no_rule_leaves_everything_and_counts_nothing() -> None:
    kept, funnel = left(composed("+filters=none"), HI, said(""))
    assert (kept, funnel.counts) == ([HI, said("")], [])


def test_rules_that_ask_for_nothing_have_no_line() -> None:
    _, funnel = left(composed("+filters=default"), HI)
    assert list(counted(funnel)) == [
        "chats", "only_mine", "service", "bots", "verification_codes", "forwards", "via_bot", "placeholders",
        "stickers", "links", "empty", "length", "duplicates",
    ]  # fmt: skip


def test_what_may_not_be_quoted_is_no_example_either() -> None:
    filters = composed("+filters=[people,chosen_chats,words]", "filters.people.exclude=[Bob]",
                       "filters.chosen_chats.exclude=[Club]", "filters.words.words=[secret]")  # fmt: skip
    _, funnel = left(
        filters,
        said("hello", sender_id="user3", sender_name="Bob"),
        said("hello", chat_id="private_group:2", chat_name="Club"),
        said("a secret"),
    )
    assert counted(funnel) == {"people": (2, 1), "chosen_chats": (1, 1), "words": (0, 1)}
    assert funnel.examples == {}


@pytest.mark.parametrize(
    "secret",
    [
        said("x" * 9, sender_id="user3", sender_name="Bob", chat_kind="group"),
        said("x" * 9, is_forwarded=True, forwarded_from="Bob"),
        said("x" * 9, chat_id="private_group:2", chat_name="Club"),
        said("a secret x"),
        said("login code: 12345"),
    ],
)
def test_what_one_rule_keeps_out_of_sight_no_other_rule_shows(secret: Message) -> None:
    hiding = ["filters.people.exclude=[Bob]", "filters.chosen_chats.exclude=[Club]", "filters.words.words=[secret]"]
    filters = composed("+filters=[length,verification_codes,words,chosen_chats,people]", "filters.length.max_chars=4",
                       *hiding)  # fmt: skip
    group = {"chat_id": "private_group:1", "chat_name": "Group", "chat_kind": "group"}
    bob, club = (
        said("hi", sender_id="user3", sender_name="Bob", **group),
        said("hi", chat_id="private_group:2", chat_name="Club"),
    )
    _, funnel = left(filters, secret, said("long enough"), bob, club)
    assert funnel.examples == {"filters.length": [said("long enough")]}
    is_hidden = hidden_by(filters)
    assert is_hidden(secret)
    assert not is_hidden(said("long enough"))


def test_rules_that_ask_for_nothing_hide_nothing() -> None:
    filters = composed("+filters=default")
    _, _ = left(filters, HI)
    assert not hidden_by(filters)(said("whose?", is_forwarded=True))


def test_rules_are_dropped_set_and_added_by_name() -> None:
    filters = composed("+filters=[default,letters]", "~filters.forwards", "filters.length.max_chars=500")
    assert "forwards" not in filters
    assert filters["length"].max_chars == 500
    assert list(filters)[-2:] == ["duplicates", "letters"]
