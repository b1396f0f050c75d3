"""The rules one by one, together, and as the config composes them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate

from doppel.filters.apply import apply_filters
from doppel.filters.chats import ChatKinds
from doppel.filters.empty import Empty
from doppel.filters.forwards import Forwards
from doppel.filters.length import Length
from doppel.filters.only_mine import OnlyMine
from doppel.filters.service import Service
from doppel.filters.stickers import Stickers
from doppel.filters.via_bot import ViaBot
from doppel.types import Count, Funnel, Message

CONF = Path(__file__).resolve().parents[2] / "conf"
T0 = datetime(2024, 1, 15, 12, tzinfo=UTC)
HI = Message("personal_chat:1", "Ann", "personal", 1, T0, "user2", "Ann", "hi", None, None, None, False, False, None)


def composed(*overrides: str) -> Mapping[str, Any]:
    with initialize_config_dir(config_dir=str(CONF), version_base=None):
        return instantiate(compose(overrides=list(overrides)).filters)


def left(filters: Mapping[str, Any], *messages: Message) -> tuple[list[Message], Funnel]:
    funnel = Funnel()
    return list(apply_filters(iter(messages), filters, funnel)), funnel


@pytest.mark.parametrize(
    ("rule", "message", "is_kept"),
    [
        (ChatKinds(kinds=["personal", "group"]), HI, True),
        (ChatKinds(kinds=["group"]), HI, False),
        (Service(), HI, True),
        (Service(), replace(HI, is_service=True), False),
        (Forwards(), HI, True),
        (Forwards(), replace(HI, is_forwarded=True), False),
        (ViaBot(), HI, True),
        (ViaBot(), replace(HI, via_bot="@gif"), False),
        (Empty(), HI, True),
        (Empty(), replace(HI, text=""), False),
        (Empty(), replace(HI, text=" \n"), False),
        (Length(max_chars=2), HI, True),
        (Length(max_chars=1), HI, False),
    ],
)
def test_a_rule_keeps_or_leaves_out(rule: Any, message: Message, is_kept: bool) -> None:
    assert rule(message) == (message if is_kept else None)


def test_a_sticker_becomes_its_emoji_unless_it_has_words() -> None:
    sticker = replace(HI, text="", sticker_emoji="\U0001f642", media="sticker")
    assert Stickers()(sticker).text == "\U0001f642"
    assert Stickers()(replace(sticker, text="words")).text == "words"
    assert Stickers()(HI) is HI


def test_groups_of_one_speaker_go_with_a_word_on_how_to_export_again() -> None:
    mine = [replace(HI, chat_id="private_group:1", chat_kind="group", message_id=number) for number in (1, 2)]
    ours = [replace(mine[0], chat_id="private_group:2"), replace(mine[1], chat_id="private_group:2", sender_id="user3")]
    kept, funnel = left({"only_mine": OnlyMine()}, HI, *mine, *ours)
    assert kept == [HI, *ours]
    assert funnel.counts == [Count("filters.only_mine", 3, 2, "messages", "in groups where one person alone speaks")]
    assert funnel.notes == [
        "filters.only_mine: 1 group holds the messages of one person only. To learn from groups, export again with "
        '"Only my messages" unticked (Settings > Advanced > Export Telegram data).'
    ]


def test_rules_run_in_order_and_each_line_starts_where_the_last_one_ended() -> None:
    sticker = replace(HI, text="", sticker_emoji="\U0001f642")
    messages = [
        HI,
        sticker,
        replace(HI, is_service=True),
        replace(HI, chat_kind="channel"),
        replace(HI, is_forwarded=True, via_bot="@gif"),  # counted once, by the first rule that leaves it out
        replace(HI, via_bot="@gif"),
        replace(HI, text="", media="photo"),
        replace(HI, text="x" * 2001),
    ]
    kept, funnel = left(composed("+filters=default"), *messages)
    assert kept == [HI, replace(sticker, text="\U0001f642")]
    assert [(line.stage, line.kept, line.dropped) for line in funnel.counts] == [
        ("filters.chats", 7, 1),
        ("filters.service", 6, 1),
        ("filters.forwards", 5, 1),
        ("filters.via_bot", 4, 1),
        ("filters.only_mine", 4, 0),
        ("filters.stickers", 4, 0),
        ("filters.empty", 3, 1),
        ("filters.length", 2, 1),
    ]
    assert funnel.notes == []


def test_no_rule_leaves_everything_and_counts_nothing() -> None:
    kept, funnel = left(composed("+filters=none"), HI, replace(HI, text=""))
    assert (len(kept), funnel.counts) == (2, [])


def test_rules_are_dropped_and_set_by_name() -> None:
    filters = composed("+filters=default", "~filters.forwards", "filters.length.max_chars=500")
    assert list(filters) == ["chats", "service", "via_bot", "only_mine", "stickers", "empty", "length"]
    assert filters["length"].max_chars == 500


@pytest.mark.parametrize(
    "name", ["chats", "service", "forwards", "via_bot", "only_mine", "stickers", "empty", "length"]
)
def test_each_option_holds_the_rule_of_its_name(name: str) -> None:
    filters = composed(f"+filters={name}")
    assert list(filters) == [name]
    assert type(filters[name]).__module__ == f"doppel.filters.{name}"
