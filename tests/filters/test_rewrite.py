"""Spans replaced in a text, and what becomes of the labels of its parts."""

import pytest

from doppel.filters.rewrite import rewritten
from doppel.types import Entity
from tests.filters.asking import said


@pytest.mark.parametrize(
    ("text", "spans", "by", "expected"),
    [
        ("one two three", [(4, 7)], "", "one three"),
        ("one two three", [(0, 3)], "", "two three"),
        ("one two three", [(8, 13)], "", "one two"),
        ("one two three", [(4, 7)], "2", "one 2 three"),
        ("one two three", [(0, 3), (4, 7), (8, 13)], "", ""),
        ("one two three", [(0, 3), (8, 13)], "x", "x two x"),
        ("onetwo", [(0, 3)], "", "two"),
        ("onetwo", [], "", "onetwo"),
    ],
)
def test_words(text: str, spans: list[tuple[int, int]], by: str, expected: str) -> None:
    assert rewritten(said(text), spans, by) == said(expected)


@pytest.mark.parametrize("by", ["", "X", "longer than before"])
def test_labels_stay_on_their_words(by: str) -> None:
    text = "  mail a@b.c or call +7 999 now link.com "
    words = ["a@b.c", "+7 999"]
    entities = tuple(
        Entity("email", text.index(word), text.index(word) + len(word)) for word in (*words, "link.com", "call")
    )
    cut = text.index("link.com")
    call = text.index("call")
    answer = rewritten(said(text, entities=entities), [(call, call + 4), (cut, cut + 8)], by)
    assert [answer.text[entity.start : entity.end] for entity in answer.entities] == words
    assert answer.text == answer.text.strip()


def test_a_label_of_spaces_at_the_end_is_cut() -> None:
    answer = rewritten(said("go x ", entities=(Entity("code", 0, 5), Entity("code", 4, 5))), [], "")
    assert answer == said("go x", entities=(Entity("code", 0, 4),))


def test_many_labels_and_many_links_take_time_in_proportion() -> None:
    number = 50_000
    text = "a b " * number
    spans = [(4 * place, 4 * place + 1) for place in range(number)]
    entities = tuple(Entity("code", 4 * place + 2, 4 * place + 3) for place in range(number))
    answer = rewritten(said(text, entities=entities), spans, "xyz")
    assert answer.text.count("xyz b") == number
    assert {answer.text[entity.start : entity.end] for entity in answer.entities} == {"b"}
    assert len(answer.entities) == number
