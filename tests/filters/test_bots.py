"""Bots, in chats with them and in groups."""

import pytest

from doppel.errors import DataError
from doppel.types import Message
from tests.filters.asking import HI, counted, left, rule, said

IN_GROUP = {"chat_id": "private_group:5", "chat_kind": "group"}
START = said("/start", chat_id="bot_chat:77", chat_kind="bot", sender_id="user1", sender_name="Me")


def test_chats_with_bots_go_and_so_do_those_bots_in_groups() -> None:
    in_group = said("I am a bot", sender_id="user77", sender_name="Weather", **IN_GROUP)
    human = said("who is that", **IN_GROUP)
    kept, funnel = left({"bots": rule("bots")}, START, in_group, human, HI)
    assert kept == [human, HI]
    assert counted(funnel) == {"bots": (2, 2)}


def test_who_is_said_to_be_a_program_goes() -> None:
    kept, _ = left({"bots": rule("bots")}, said("beep", is_bot=True), HI)
    assert kept == [HI]


def test_more_bots_by_name_and_bare_number() -> None:
    def of(number: int, name: str) -> Message:
        return said("beep", sender_id=f"user{number}", sender_name=name, **IN_GROUP)

    kept, _ = left({"bots": rule("bots", "also=[rss feed,9]")}, of(8, "RSS Feed"), of(9, "Other"), of(10, "Human"))
    assert kept == [of(10, "Human")]


def test_a_bot_that_nobody_is_is_refused() -> None:
    with pytest.raises(DataError, match=r"^filters\.bots\.also: 'rsss' is nobody in the export"):
        left({"bots": rule("bots", "also=[rsss]")}, HI)
