"""Links: left out, cut out, replaced."""

from typing import Any

import pytest

from doppel.filters.links import Links
from doppel.types import Entity
from tests.filters.asking import counted, left, said

BARE = "https://youtu.be/dQw4w9WgXcQ"


def links(action: Any) -> Links:
    return Links(action=action, placeholder="[link]")


@pytest.mark.parametrize(
    ("text", "stripped", "replaced"),
    [
        ("смотри https://example.org/a?b=1#c", "смотри", "смотри [link]"),
        ("https://example.org, ясно?", ", ясно?", "[link], ясно?"),
        ("see www.example.org now", "see now", "see [link] now"),
        ("t.me/somechat тут", "тут", "[link] тут"),
        ("вот:http://a.b/c).", "вот:).", "вот:[link])."),
        ("a https://en.example.org/Bark_(dog) b", "a b", "a [link] b"),
        ("(https://example.org/)", "()", "([link])"),
        ("ftp://a.b tg://resolve?domain=x и", "и", "[link] [link] и"),
        ("смешно https://a.b/c)))", "смешно )))", "смешно [link])))"),
        ("see\nhttps://a.b\nok", "see\nok", "see\n[link]\nok"),
    ],
)
def test_links_are_cut_out_or_replaced(text: str, stripped: str, replaced: str) -> None:
    message = said(text)
    assert links("strip")(message) == said(stripped)
    assert links("replace")(message) == said(replaced)
    assert links("drop")(message) is None
    assert links("drop_bare")(message) is message


@pytest.mark.parametrize("text", [BARE, f" {BARE}\n", f"{BARE} www.example.org"])
def test_nothing_but_links(text: str) -> None:
    assert [links(action)(said(text)) for action in ("drop", "drop_bare", "strip")] == [None, None, None]
    assert set(links("replace")(said(text)).text.split()) == {"[link]"}  # pyright: ignore


@pytest.mark.parametrize(
    "text", ["", "hi", "ok. see you", "main.py", "e.g. this", "10.5", "://", "http: //a", "т.е. так"]
)
def test_what_is_no_link_stays(text: str) -> None:
    message = said(text)
    assert links("drop")(message) is message


def test_what_the_messenger_calls_a_link_is_one_but_words_that_lead_somewhere_are_words() -> None:
    bare = said("зайди на example.org сюда", entities=(Entity("link", 9, 20), Entity("mention", 21, 25)))
    assert links("strip")(bare) == said("зайди на сюда", entities=(Entity("mention", 9, 13),))
    words = said("read it here", entities=(Entity("link", 8, 12),))
    assert links("drop")(words) is words


def test_both_see_the_same_link_once() -> None:
    message = said(f"a {BARE} b", entities=(Entity("link", 2, 2 + len(BARE)),))
    rule = links("replace")
    assert rule(message) == said("a [link] b")
    assert rule.changes() == {"links": 1}


def test_a_photo_whose_caption_is_a_link_is_a_photo_without_words() -> None:
    assert links("strip")(said(BARE, media="photo")) == said("", media="photo")


def test_counts() -> None:
    kept, funnel = left({"links": links("strip")}, said(f"a {BARE} {BARE}"), said(BARE), said("b"))
    assert kept == [said("a"), said("b")]
    assert counted(funnel) == {"links": (2, 1)}
    assert funnel.tallies == {"filters.links": {"links": 2}}
    assert funnel.examples == {"filters.links": [said(BARE)]}
    assert left({"links": links("strip")}, said("b"))[1].tallies == {"filters.links": {}}
