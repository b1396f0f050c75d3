"""Names of people and chats."""

from pathlib import Path

import pytest

from doppel.source.files import File
from doppel.source.whatsapp_names import Names, NameSurvey, chat_name, clean_name


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Anna", "Anna"),
        ("~\u202fAnna", "Anna"),
        ("~ Anna", "Anna"),
        ("\u202a+7\u00a0900\u00a0123-45-67\u202c", "+79001234567"),
        ("+1 (571) 370-4480", "+15713704480"),
        ("+٩٦٦ ٥٠ ١٢٣ ٤٥٦٧", "+966501234567"),
        ("2024 - 25", "202425"),
        ("B-52", "B-52"),
        ("Жанна\u200e", "Жанна"),
        ("e\u0301", "\u00e9"),
    ],
)
def test_names_and_phone_numbers(written: str, name: str) -> None:
    assert clean_name(written) == name


@pytest.mark.parametrize(
    ("path", "member", "name"),
    [
        ("WhatsApp Chat with Anna.txt", None, "Anna"),
        ("WhatsApp Chat with Anna (2).txt", None, "Anna"),
        ("Чат WhatsApp с контактом Анна.txt", None, "Анна"),
        ("Chat de WhatsApp con Ana.txt", None, "Ana"),
        ("WhatsApp_Chat_with_Anna.txt", None, "Anna"),
        ("a/WhatsApp Chat - Anna/_chat.txt", None, "Anna"),
        ("WhatsApp Chat - Anna.zip", "_chat.txt", "Anna"),
        ("x.zip", "WhatsApp Chat - Anna/_chat.txt", "Anna"),
        ("x.zip", "WhatsApp Chat with Anna.txt", "Anna"),
        ("friends.txt", None, "friends"),
    ],
)
def test_what_a_chat_is_called(path: str, member: str | None, name: str) -> None:
    assert chat_name(File(Path(path), member, "")) == name


def test_a_name_with_a_colon_needs_to_be_seen_thrice() -> None:
    survey = NameSurvey()
    for said in ("Dr: Anna: a", "Dr: Anna: b", "Vera: x: y", "Vera: z"):
        survey.add(said)
    assert survey.joined() == {}
    survey.add("Dr: Anna: c")
    assert survey.joined() == {"Dr": "Anna"}
    assert survey.speakers() == 2
    names = Names(survey.joined())
    assert names.split("Dr: Anna: c: d") == (("whatsapp:Dr: Anna", "Dr: Anna"), "c: d")
    assert names.split("Dr: Annabel") == (("whatsapp:Dr", "Dr"), "Annabel")
    assert names.split("Vera:") == (("whatsapp:Vera", "Vera"), "")
    assert names.split("You left") == (None, "You left")
