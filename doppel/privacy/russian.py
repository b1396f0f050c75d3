"""Russian names in their cases, by pymorphy3's dictionary."""

from __future__ import annotations

from collections import defaultdict
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping

Sort = Literal["Name", "Surn", "Patr"]  # given name, surname, patronymic: as pymorphy3 tags them
Gender = Literal["male", "female"]
SORTS: tuple[Sort, ...] = get_args(Sort)
GENDERS: dict[str, Gender] = {"masc": "male", "femn": "female"}
YO, YE = "\u0451", "\u0435"  # in chats the one is written for the other


class Reading(NamedTuple):
    """A word read as a name."""

    sort: Sort
    lemma: str
    gender: Gender | None  # None: of both, or the dictionary does not tell
    share: float  # of the ways to read the word, those that are names; by how frequent they are in texts
    is_word: bool = False  # an ordinary noun is the same in every case
    lemmas: frozenset[str] = frozenset()  # of each way to read it as the name of one person


@cache
def _dictionary() -> Any:
    import pymorphy3

    return pymorphy3.MorphAnalyzer()


def without_yo(word: str) -> str:
    """The lower-case word as most people spell it."""
    return word.lower().replace(YO, YE)


@lru_cache(maxsize=10_000)
def reading(word: str, *, is_label: bool = False) -> Reading | None:
    """The likeliest way to read it as a name; None where it is none. A label stands in the nominative."""
    parses = [parse for parse in _dictionary().parse(word) if not is_label or parse.tag.case in ("nomn", None)]
    named: list[tuple[Any, Sort]] = [(parse, sort) for parse in parses for sort in SORTS if sort in parse.tag]
    if not named:
        return None
    parse, sort = named[0]
    is_word = any(
        "NOUN" in other.tag
        and "Geox" not in other.tag  # towns that bear a name
        and other.normal_form == parse.normal_form
        and not any(name in other.tag for name in SORTS)
        for other in parses
    )
    # Surnames that are nouns are mostly the nouns: of the ways to read them, each case of each gender counts as one.
    share = 0.0 if is_word and sort == "Surn" else sum(one.score for one, _ in named)
    lemmas = frozenset(without_yo(one.normal_form) for one, _ in named if "plur" not in one.tag)
    return Reading(sort, without_yo(parse.normal_form), GENDERS.get(parse.tag.gender or ""), share, is_word, lemmas)


@lru_cache(maxsize=10_000)
def is_ordinary(word: str) -> bool:
    """Whether the dictionary has the word, and not as a name."""
    return reading(word) is None and is_known(word)


def is_known(word: str) -> bool:
    """Whether the dictionary has the word: of others it only tells what they look like."""
    return _dictionary().word_is_known(word)


Case = tuple[str | None, str | None, str | None]  # case, number, gender


def paradigm(lemma: str, sort: Sort) -> Mapping[Case, list[str]]:
    """The forms of a name by case; only the lemma where the dictionary cannot decline it."""
    parses = [parse for parse in _dictionary().parse(lemma) if without_yo(parse.normal_form) == lemma]
    parses.sort(key=lambda parse: sort not in parse.tag)  # a sort keeps the order of equals: the likeliest first
    forms: dict[Case, list[str]] = defaultdict(list)
    if not parses or "NOUN" not in parses[0].tag:
        return {("nomn", "sing", None): [lemma]}
    for form in parses[0].lexeme:
        gender = None if sort == "Name" else form.tag.gender
        forms[form.tag.case, form.tag.number, gender].append(without_yo(form.word))
    return forms


@cache
def is_declined(lemma: str) -> bool:
    """Whether the dictionary knows the forms of a given name."""
    return len(paradigm(lemma, "Name")) > 1


def declined(lemma: str, new: str, sort: Sort) -> dict[str, str]:
    """Each form of a name -> the form of the new name in the same case, number and gender."""
    news = paradigm(new, sort)
    pairs: dict[str, str] = {}
    for (case, number, gender), forms in paradigm(lemma, sort).items():
        same = news.get((case, number, gender)) or news.get((case, number, None)) or news.get((case, "sing", gender))
        for form in forms:
            pairs.setdefault(form, same[0] if same else new)
    return pairs
