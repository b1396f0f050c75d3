"""Languages, of texts that are long enough to tell."""

import pytest

from doppel.errors import ConfigError
from doppel.filters.language import Languages
from tests.filters.asking import counted, left, said


def languages(keep: list[str], among: list[str]) -> Languages:
    return Languages(keep=keep, among=among, accuracy="low", min_letters=20, min_distance=0.1)


def test_texts_in_other_languages_go() -> None:
    wanted = [
        said("I will be there at five o'clock, wait for me"),
        said("Привет, сегодня вечером встречаемся у метро"),
        said("ok"),
        said("danke schön!"),  # too short to judge
        said("ахахахахахахахахахахахахаха"),  # of no language
        said("\U0001f602" * 30),
        said("12345678901234567890123456789"),
        said(""),
    ]
    german = said("Heute Abend treffen wir uns am Bahnhof und gehen zusammen essen")
    kept, funnel = left({"language": languages(["en", "ru"], ["de"])}, *wanted, german)
    assert kept == wanted
    assert counted(funnel) == {"language": (len(wanted), 1)}


@pytest.mark.parametrize(
    ("keep", "among", "told"),
    [
        (["en", "xx"], [], "filters.language: xx is no language code that is known here: af, ar, "),
        ([], ["en", "ru"], "keep must name one at least"),
        (["en"], [], "with `among` there must be two"),
    ],
)
def test_what_cannot_be_told_apart_is_refused(keep: list[str], among: list[str], told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        languages(keep, among)
    assert told in str(caught.value)
