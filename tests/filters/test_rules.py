"""The rules that a line says: service, forwards, via_bot, empty, chats; and the names of all of them."""

from pathlib import Path
from typing import Any

import pytest

from doppel.filters.bots import Bots
from doppel.filters.chats import ChatKinds
from doppel.filters.chosen_chats import ChosenChats
from doppel.filters.dates import Dates
from doppel.filters.duplicates import Duplicates
from doppel.filters.empty import Empty
from doppel.filters.few_messages import FewMessages
from doppel.filters.forwards import Forwards
from doppel.filters.labels import Labels
from doppel.filters.language import Languages
from doppel.filters.length import Length
from doppel.filters.letters import Letters
from doppel.filters.links import Links
from doppel.filters.media import Media
from doppel.filters.nameless import Nameless
from doppel.filters.near_duplicates import NearDuplicates
from doppel.filters.only_mine import OnlyMine
from doppel.filters.people import Consent
from doppel.filters.placeholders import Placeholders
from doppel.filters.service import Service
from doppel.filters.stickers import Stickers
from doppel.filters.verification_codes import VerificationCodes
from doppel.filters.via_bot import ViaBot
from doppel.filters.words import Words
from doppel.types import Message
from tests.filters.asking import CONF, HI, composed, rule, said

RULES = {
    "bots": Bots,
    "chats": ChatKinds,
    "chosen_chats": ChosenChats,
    "dates": Dates,
    "duplicates": Duplicates,
    "empty": Empty,
    "few_messages": FewMessages,
    "forwards": Forwards,
    "labels": Labels,
    "language": Languages,
    "length": Length,
    "letters": Letters,
    "links": Links,
    "media": Media,
    "nameless": Nameless,
    "near_duplicates": NearDuplicates,
    "only_mine": OnlyMine,
    "people": Consent,
    "placeholders": Placeholders,
    "service": Service,
    "stickers": Stickers,
    "verification_codes": VerificationCodes,
    "via_bot": ViaBot,
    "words": Words,
}


@pytest.mark.parametrize(
    ("rule", "message", "is_kept"),
    [
        (ChatKinds(kinds=["personal", "group"]), HI, True),
        (ChatKinds(kinds=["group"]), HI, False),
        (Service(), HI, True),
        (Service(), said("", is_service=True), False),
        (Forwards(), HI, True),
        (Forwards(), said("hi", is_forwarded=True), False),
        (Forwards(), said("hi", is_forwarded=True, forwarded_from="Bob"), False),
        (ViaBot(), HI, True),
        (ViaBot(), said("hi", via_bot="@gif"), False),
        (Empty(), HI, True),
        (Empty(), said(""), False),
        (Empty(), said(" \n\u00a0"), False),
        (Empty(), said("\U0001f44d"), True),
    ],
)
def test_a_rule_keeps_or_leaves_out(rule: Any, message: Message, is_kept: bool) -> None:
    assert rule(message) is (message if is_kept else None)


@pytest.mark.parametrize(
    ("kind", "is_kept"),
    [("personal", True), ("group", True), ("public_group", True), ("saved", True), ("unknown", True),
     ("bot", False), ("service", False), ("channel", False)],
)  # fmt: skip
def test_kinds_of_chats_by_default(kind: Any, is_kept: bool) -> None:
    message = said("hi", chat_kind=kind)
    assert rule("chats")(message) is (message if is_kept else None)


@pytest.mark.parametrize("name", RULES)
def test_each_option_holds_the_rule_of_its_name(name: str) -> None:
    filters = composed(f"+filters={name}")
    assert list(filters) == [name]
    assert type(filters[name]) is RULES[name]
    assert RULES[name].__module__ == f"doppel.filters.{name}"
    assert isinstance(filters[name].why, str)


def test_every_rule_has_an_option() -> None:
    folder = Path(__file__).resolve().parents[2] / "doppel" / "filters"
    assert {file.stem for file in (CONF / "filters").glob("*.yaml") if "_target_" in file.read_text()} == set(RULES)
    modules = {file.stem for file in folder.glob("*.py")}
    assert modules - set(RULES) == {"__init__", "apply", "found", "mark", "rewrite", "seen"}
