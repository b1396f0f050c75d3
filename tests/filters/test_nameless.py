"""Deleted accounts."""

from tests.filters.asking import HI, counted, left, rule, said

GONE = {"sender_id": "user9", "sender_name": "", "chat_id": "personal_chat:9", "chat_name": "personal_chat"}
MINE = said("you there?", chat_id="personal_chat:9", sender_id="user1", sender_name="Me")
IN_GROUP = said("bye", sender_id="user9", sender_name="", chat_id="private_group:4", chat_kind="group")
JOINED = said("", is_service=True, sender_id="unknown:private_group:4", sender_name="")


def test_their_words_go_and_their_personal_chats_whole() -> None:
    kept, funnel = left({"nameless": rule("nameless")}, said("hello", **GONE), MINE, IN_GROUP, JOINED, HI)
    assert kept == [JOINED, HI]
    assert counted(funnel) == {"nameless": (2, 3)}


def test_ones_own_words_to_them_may_stay() -> None:
    rules = {"nameless": rule("nameless", "whole_chats=false")}
    assert left(rules, said("hello", **GONE), MINE, IN_GROUP, HI)[0] == [MINE, HI]
