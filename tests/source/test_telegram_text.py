"""Texts in all their forms, and what Telegram says of their parts."""

import pytest

from doppel.source.telegram_fields import Fields, Part, decode, fields_of
from doppel.source.telegram_text import OddText, words_of
from doppel.types import Entity

PARTS = [
    "call ",
    {"type": "phone", "text": "+1 555"},
    " or \U0001f92d ",
    {"type": "email", "text": "a@b.c"},
    {"type": "bold", "text": "!"},
    {"type": "mention_name", "text": "Ann", "user_id": 5},
    {"type": "pre", "text": "x = 1", "language": "py"},
    {"type": "link", "text": ""},
    {"type": "bank_card", "text": "4000"},
]
TEXT = "call +1 555 or \U0001f92d a@b.c!Annx = 14000"
ENTITIES = (
    Entity("phone", 5, 11),
    Entity("email", 17, 22),
    Entity("mention", 23, 26),
    Entity("code", 26, 31),
    Entity("bank_card", 31, 35),
)


def test_labels_stand_where_their_words_are() -> None:
    assert words_of(Fields(text=PARTS)) == (TEXT, ENTITIES)
    assert [TEXT[one.start : one.end] for one in ENTITIES] == ["+1 555", "a@b.c", "Ann", "x = 1", "4000"]


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("phone", "phone"),
        ("email", "email"),
        ("bank_card", "bank_card"),
        ("link", "link"),
        ("text_link", "link"),
        ("mention", "mention"),
        ("mention_name", "mention"),
        ("code", "code"),
        ("pre", "code"),
        *((label, None) for label in ("plain", "bold", "hashtag", "custom_emoji", "spoiler", "unheard of")),
    ],
)
def test_every_label(label: str, kind: str | None) -> None:
    _, entities = words_of(Fields(text=[{"type": label, "text": "ab"}]))
    assert entities == ((Entity(kind, 0, 2),) if kind else ())


@pytest.mark.parametrize("labelled", [[{"type": "link", "text": "x.org"}], [Part("link", "x.org")]])
def test_the_labels_of_a_text_that_is_a_string(labelled: list) -> None:
    assert words_of(Fields(text="x.org", text_entities=labelled)) == ("x.org", (Entity("link", 0, 5),))
    assert words_of(Fields(text="", text_entities=labelled)) == ("x.org", (Entity("link", 0, 5),))
    assert words_of(Fields(text="another", text_entities=labelled)) == ("another", ())
    assert words_of(Fields(text="another", text_entities=[5])) == ("another", ())
    assert words_of(Fields(text="another", text_entities={"a": 1})) == ("another", ())
    assert words_of(Fields(text="", text_entities=0.5)) == ("", ())


def test_both_ways_of_decoding_say_the_same() -> None:
    raw = b'[{"text": "x.org", "text_entities": [{"type": "link", "text": "x.org"}], "other": {"a": [1]}}]'
    plain = {"text": "x.org", "text_entities": [{"type": "link", "text": "x.org"}], "other": 1}
    assert words_of(decode(raw)[0]) == words_of(fields_of(plain)) == ("x.org", (Entity("link", 0, 5),))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (5, "a int"),
        ({"a": 1, "b": 2}, "an object with the keys a, b"),
        ([5], "a list with parts that have no text"),
        ([{"type": "bold"}], "a list with parts that have no text"),
        ([{"text": None}], "a list with parts that have no text"),
        ([["x"]], "a list with parts that have no text"),
    ],
)
def test_what_is_no_text(text: object, told: str) -> None:
    with pytest.raises(OddText) as caught:
        words_of(Fields(text=text))
    assert str(caught.value) == told
