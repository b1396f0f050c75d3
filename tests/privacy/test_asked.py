"""Values in messages of their own: secrets where one was asked for or announced before, and nothing else."""

import re
from datetime import timedelta

import pytest
from msgspec import structs

from doppel.privacy.alone import values_alone
from doppel.privacy.secrets import secrets
from doppel.privacy.words import table
from doppel.types import Funnel, Message
from tests.privacy.test_stage import HI


def chat(*texts: str) -> list[Message]:
    """One message a minute, of two people in turn."""
    return [
        structs.replace(
            HI,
            text=text,
            message_id=number,
            sent_at=HI.sent_at + timedelta(minutes=number),
            sender_id=f"user{number % 2}",
        )
        for number, text in enumerate(texts, 1)
    ]


def shown(messages: list[Message]) -> list[str]:
    return [one.text for one in secrets()(iter(messages), Funnel())]


@pytest.mark.parametrize(
    ("texts", "last"),
    [
        (("какой пароль от вайфая?", "Zx9kkqPQ7"), "[secret]"),
        (("what is the wifi password?", "Zx9kkqPQ7!"), "[secret]"),
        (("what's the wifi?", "kitty2019"), "[secret]"),
        (("скинь код из смс", "582913"), "[secret]"),
        (("send me the code from the sms", "582 913"), "[secret]"),
        (("вот пароль", "qwerty12"), "[secret]"),
        (("the password:", '"qwerty12"'), '"[secret]"'),
        (("код от домофона:", "45к7890"), "[secret]"),
        (("код", "4521"), "[secret]"),
        (("what's the gate code?", "it's 4521, i think"), "it's [secret], i think"),
        (("какой пин?", "щас", "вот 4321"), "вот [secret]"),
        (("скинь логин и пароль", "admin / Zx9kkq1"), "admin / [secret]"),
        (("wifi?", "Home_5G\nZx9kkq12"), "Home_5G\n[secret]"),
        (("забыл пароль", "12345678"), "[secret]"),
        (("password?", "p@ssword"), "[secret]"),
        (("код из стима?", "7F3KD"), "[secret]"),
        (("скинь токен", "a1b2c3d4e5f6"), "[secret]"),
        (("cvv?", "123"), "[secret]"),
        (("что пришло из смс?", "5829"), "[secret]"),
        (("send the digits", "5829"), "[secret]"),
        (("скинь креды", "admin:Zx9kkq1"), "[secret]"),
        ((f"{'ну ' * 300}скинь код", "5829"), "[secret]"),
    ],
)
def test_what_was_asked_for_or_announced(texts: tuple[str, ...], last: str):
    assert shown(chat(*texts)) == [*texts[:-1], last]


@pytest.mark.parametrize(
    "texts",
    [
        ("hi", "582913"),
        ("сколько кода написал?", "5000"),
        ("how much code did you write?", "5000"),
        ("сколько символов в пароле?", "2048"),
        ("when did you change the password?", "2019"),
        ("what's your zip code?", "90210"),
        ("promo code?", "SALE2024"),
        ("country code?", "0044"),
        ("error code?", "50012"),
        ("какой код ошибки?", "50012"),
        ("what's the code of the error?", "50012"),
        ("скинь QR code", "12345"),
        ("пишу код", "2020"),
        ("the code is broken", "5000"),
        ("скинь код", "a1b2c3d4e5f6"),
        ("did you pass?", "2019"),
        ("какой пароль?", "15 мин"),
        ("какой пароль?", "500руб"),
        ("какой пароль?", "https://some.org/x1"),
        ("какой пароль?", "ann12@some.org"),
        ("какой пароль?", "@ann1234"),
        ("пароль?", "/start1"),
        ("пароль?", "-p8080"),
        ("пароль от чего?", "iphone12"),
        ("password of what?", "nginx:1.15-alpine"),
        ("пароль?", "хз))00"),
        ("пароль?", "10:30"),
        ("пароль?", "IMG_1234.jpg"),
        ("пароль?", "this one has 12345678 in it"),
        ("какой вайфай?", "2.4ghz"),
        ("password?", "sunflower"),
        ("какой пароль?", "щас", "ищу", "подожди", "12345678"),
    ],
)
def test_what_only_looks_like_it(texts: tuple[str, ...]):
    assert shown(chat(*texts)) == list(texts)


def test_a_secret_that_is_told_is_not_told_again():
    assert shown(chat("пароль: qwerty12", "5000")) == ["пароль: [secret]", "5000"]


def test_of_the_same_chat_and_not_long_ago_unless_it_is_a_reply_or_no_time_is_known():
    asking, telling = chat("какой пароль?", "12345678")
    late = structs.replace(telling, sent_at=HI.sent_at + timedelta(hours=3))
    told = {
        "elsewhere": shown([asking, structs.replace(telling, chat_id="personal_chat:2")]),
        "late": shown([asking, late]),
        "a late reply": shown([asking, structs.replace(late, reply_to=asking.message_id)]),
        "no times": shown([structs.replace(one, is_timed=False) for one in (asking, late)]),
    }
    assert {case for case, texts in told.items() if texts[-1] == "[secret]"} == {"a late reply", "no times"}


def test_a_reply_goes_to_a_message_further_back():
    messages = chat("какой пароль?", *["ну"] * 5, "12345678")
    assert shown(messages)[-1] == "12345678"
    assert shown([*messages[:-1], structs.replace(messages[-1], reply_to=1)])[-1] == "[secret]"


def test_photos_and_service_messages_between_do_not_count():
    asking, telling = chat("какой пароль?", "12345678")
    photos = [structs.replace(asking, text="[photo]", media="photo"), structs.replace(asking, text="", is_service=True)]
    assert shown([asking, *photos * 4, telling])[-1] == "[secret]"


def test_each_word_that_is_asked_for_holds_a_stem_that_the_cheap_test_looks_for():
    words = table("words")
    stems = (*words["passwords"]["stems"], *words["asked"]["stems"])
    plain = [re.sub(r"\\.|[^\w ]", "", word) for entry in ("password", "code") for word in words["asked"][entry]]
    assert [word for word in plain if not any(stem in word for stem in stems)] == []


def test_most_messages_are_no_value():
    assert [
        text for text in ("ok", "привет, как дела?", "at 10:30", "a " * 99 + "1", ":)", "") if values_alone(text)
    ] == []
