"""What programs write in the place of media they did not keep."""

import pytest

from doppel.filters.placeholders import Placeholders
from doppel.types import Entity
from tests.filters.asking import counted, left, rule, said


@pytest.mark.parametrize(
    "text",
    [
        "<Media omitted>",
        "\u200e<media OMITTED>",
        "[unshowable media]",
        "[unshowable media]\n[unshowable media]",
        "(File not included. Change data exporting settings to download.)",
        "<Без медиафайлов>",
        "\u200eimage omitted",
        "Image omitted.",
        "GIF omitted",
        "изображение отсутствует",
        "Данное сообщение удалено.",
        "This message was deleted.",
        "<省略多媒体文件>",
        "<Medien ausgeschlossen>",
    ],
)
def test_nothing_but_a_placeholder_goes(text: str) -> None:
    assert rule("placeholders")(said(text)) is None


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("смотри [unshowable media] как тебе?", "смотри как тебе?"),
        ("[unshowable media]\nкак тебе?", "как тебе?"),
        ("ok <This message was edited>", "ok"),
        ("(File not included) вот", "вот"),
    ],
)
def test_elsewhere_it_is_cut_out(text: str, rest: str) -> None:
    assert rule("placeholders")(said(text)) == said(rest)


@pytest.mark.parametrize(
    "text",
    ["", "hi", "the image omitted the cat", "фото отсутствует на сайте", "(шутка)", "<3", "[ok]", "a < b", "..."],
)
def test_what_people_say_stays(text: str) -> None:
    message = said(text)
    assert rule("placeholders")(message) is message


def test_counts_and_labels() -> None:
    message = said("[unshowable media] call +79990000000", entities=(Entity("phone", 24, 36),))
    kept, funnel = left({"placeholders": rule("placeholders")}, message, said("<Media omitted>"))
    assert kept == [said("call +79990000000", entities=(Entity("phone", 5, 17),))]
    assert counted(funnel) == {"placeholders": (1, 1)}
    assert funnel.tallies == {"filters.placeholders": {"placeholders": 1}}


def test_other_lists_and_none_at_all() -> None:
    own = Placeholders(anywhere=["(снято)", ""], alone=["тут было фото"])
    assert own(said("Тут было фото")) is None
    assert own(said("a (СНЯТО) b")) == said("a b")
    message = said("<Media omitted>")
    assert Placeholders(anywhere=[], alone=[])(message) is message
