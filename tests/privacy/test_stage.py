"""The stage as the line calls it: every message comes out, what is private does not."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from doppel.errors import DataError
from doppel.privacy.letters import digits_of
from doppel.privacy.pseudonyms import pseudonyms
from doppel.privacy.secrets import secrets
from doppel.privacy.stage import Privacy
from doppel.types import Chat, Count, Entity, Funnel, Message, People, Speaker

HI = Message(
    chat_id="personal_chat:1",
    chat_name="Ann",
    chat_kind="personal",
    message_id=1,
    sent_at=datetime(2024, 1, 15, 12, tzinfo=UTC),
    sender_id="user2",
    sender_name="Ann",
    text="hi",
)
PHONE = "+7 912 345 67 89"


def said(text: str, **more: Any) -> Message:
    return structs.replace(HI, text=text, **more)


def out_of(stage: Privacy, *messages: Message) -> list[Message]:
    return list(stage(iter(messages), Funnel()))


@pytest.fixture
def stage() -> Privacy:
    return pseudonyms(regions=["RU", "US"], mapping=None)


def test_everything_comes_out_and_is_counted_by_kind_alone(stage: Privacy):
    funnel = Funnel()
    messages = [HI, said("пароль: qwerty12, пиши"), said(f"8 (912) 345-67-89 и {PHONE}"), said("", is_break=True)]
    out = list(stage(iter(messages), funnel))
    assert out[0] == HI
    assert out[1].text == "пароль: [secret], пиши"
    local, _, international = out[2].text.partition(" и ")
    assert digits_of(local)[1:] == digits_of(international)[1:] != "9123456789"
    assert out[3] == messages[3]
    assert funnel.counts == [Count("privacy", 3, 0, "messages", "")]
    assert funnel.tallies == {"privacy": {"secret": 1, "phone number": 2}}


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("пароль - собака", "собака"),
        ("пароль \u2014 собака", "собака"),
        ("пароль «собака»", "собака"),
        ('the password is "sunflower"', "sunflower"),
        ("the password is 'sunflower'", "sunflower"),
        ("-----BEGIN PRIVATE KEY-----abc-----END PRIVATE KEY-----", "abc"),
        ("ann (at) some (dot) org", "some"),
        ("ann at gmail dot com", "gmail"),
        ("\u0430\u043d\u044f собака мейл точка ру :)", "мейл"),
        ("\u0430\u043d\u044f собака мейл точка ру", "мейл"),
    ],
)
def test_what_is_private_without_a_digit(stage: Privacy, text: str, hidden: str):
    [out] = out_of(stage, said(text))
    assert hidden not in out.text
    assert stage.text(text) == out.text


def test_only_secrets_on_request():
    assert [one.text for one in out_of(secrets(), said(f"{PHONE} a@some.org pin 1234"))] == [
        f"{PHONE} a@some.org pin [secret]"
    ]


def test_a_single_text_is_covered_alike_and_not_counted(stage: Privacy):
    [message] = out_of(stage, said(PHONE))
    funnel = Funnel()
    assert stage.text(f"его номер: {PHONE}") == f"его номер: {message.text}"
    assert list(stage(iter(()), funnel)) == []
    assert funnel.tallies == {"privacy": {}}


def test_what_would_be_replaced_is_told_as_it_stands(stage: Privacy):
    assert stage.private_in("call +7 912 345-67-89, or ann@gmail.com") == ["+7 912 345-67-89", "ann@gmail.com"]
    assert stage.private_in("at 7, or at 8") == []


def test_entities_are_right_afterwards(stage: Privacy):
    text = "пароль: qwerty12 https://t.me/x @ann"
    [out] = out_of(stage, said(text, entities=(Entity("link", 17, 31), Entity("mention", 32, 36))))
    assert [out.text[one.start : one.end] for one in out.entities] == ["https://t.me/x", "@ann"]


def test_a_number_for_a_name_is_covered_wherever_it_is_shown(stage: Privacy):
    [out] = out_of(stage, said(PHONE, sender_name=PHONE, chat_name=PHONE, forwarded_from=PHONE, topic=f"call {PHONE}"))
    shown = stage.name(PHONE)
    assert shown != PHONE
    assert (out.text, out.sender_name, out.chat_name, out.forwarded_from, out.topic) == (
        *(shown,) * 4,
        f"call {shown}",
    )
    people = People(
        {"user2": Speaker("user2", PHONE, frozenset([PHONE, "Ann"]), 1)},
        {"c": Chat("c", PHONE, "personal", 1, {}, {})},
    )
    assert stage.people(people) == People(
        {"user2": Speaker("user2", shown, frozenset([shown, "Ann"]), 1)},
        {"c": replace(people.by_chat["c"], name=shown)},
    )


def test_the_list_of_what_was_replaced_is_kept_on_request(tmp_path: Path):
    file = tmp_path / "mine.json"
    stage = pseudonyms(regions=["RU"], mapping=str(file))
    [out] = out_of(stage, said(f"{PHONE} pin 1234"))
    assert json.loads(file.read_text())["replaced"] == {"phone number": {PHONE: out.text.removesuffix(" pin [secret]")}}
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_list_never_lies_in_a_run(tmp_path: Path):
    (tmp_path / "status.json").touch()
    with pytest.raises(DataError, match="undoes every pseudonym"):
        pseudonyms(regions=["RU"], mapping=str(tmp_path / "mine.json"))


PRIVATE = st.sampled_from(
    [PHONE, "8 (912) 345-67-89", "ann@some.org", "4111 1111 1111 1111", "pin 1234", "81.2.69.142", "112-233-445 95"]
)
ORDINARY = st.sampled_from(["hi", "ок", "в 10:30", "2018-05-06", "5-6 шт", "x=1", "foo@2x.png", "\n", "😀", "שלום"])


@settings(max_examples=50, deadline=None)
@given(st.lists(PRIVATE | ORDINARY, max_size=8))
def test_nothing_private_is_left_and_a_second_pass_changes_nothing(words: list[str]):
    stage = pseudonyms(regions=["RU", "US"], mapping=None)
    text = " , ".join(words)
    once = stage.text(text)
    plain = once.replace("\n", " ")
    assert not [word for word in words if word in ("ann@some.org", "4111 1111 1111 1111", PHONE) and word in plain]
    again = pseudonyms(regions=["RU", "US"], mapping=None)
    assert again.text(once) == once
    kept = [word for word in words if word in ("hi", "😀", "שלום", "foo@2x.png")]
    assert [word for word in once.split(" , ") if word in kept] == kept


SCRIPT = """
import socket, sys
from doppel.privacy.names import names
from doppel.privacy.pseudonyms import pseudonyms
from doppel.privacy.secrets import secrets
heavy = {"presidio_analyzer", "detect_secrets", "pymorphy3", "phonenumbers", "spacy", "tldextract", "torch"}
print(sorted(heavy & set(sys.modules)))

def refused(*_, **__):
    raise AssertionError("the network was asked")

socket.socket.connect = socket.getaddrinfo = socket.create_connection = refused
stage = names(regions=["RU"], mapping=None)
print(stage.text("ann@some.co.uk 4111111111111111 ghp_" + "a1" * 18) == stage.text("x"), sep="")
print(sorted({"torch", "transformers"} & set(sys.modules)), "presidio_analyzer" in sys.modules)
"""


def test_no_network_no_learning_library_and_nothing_heavy_before_it_is_needed():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.splitlines() == ["[]", "False", "[] True"]
    assert done.stderr == ""


def test_a_value_is_the_same_in_code_and_in_mentions(stage: Privacy):
    plain, mention, sent, programmed = (
        stage.text(text) for text in (PHONE, "@79123456789", "мой `8 912 345-67-89`", "`x = call(89123456789, 1)`")
    )
    number = digits_of(plain)
    assert mention == f"@{number}"
    assert digits_of(sent) == f"8{number[1:]}"
    assert programmed == f"`x = call(8{number[1:]}, 1)`"


@pytest.mark.parametrize(
    "text", ["<password>собака</password>", "sshpass -p собака ssh host", "моя фраза: " + "abandon " * 11 + "about"]
)
def test_secrets_without_a_digit(text: str):
    [out] = out_of(secrets(), said(text))
    assert "[secret]" in out.text
    assert "собака" not in out.text
    assert "about" not in out.text


def test_a_card_stays_whole_beside_the_words_of_codes(stage: Privacy):
    for text in ("card 4276 3800 1234 5679 code 123", "code 4276 3800 1234 5679", "карта 4276 3800 1234 5679"):
        assert "3800" not in stage.text(text)


def test_an_american_number_is_the_same_with_and_without_its_prefix_and_nobodys(stage: Privacy):
    import phonenumbers

    bare, prefixed = stage.text("call (415) 555-2671 or +1 415-555-2671").removeprefix("call ").split(" or ")
    digits = "".join(filter(str.isdigit, bare))
    assert "".join(filter(str.isdigit, prefixed)) == f"1{digits}"
    assert not phonenumbers.is_valid_number(phonenumbers.parse(bare, "US"))
