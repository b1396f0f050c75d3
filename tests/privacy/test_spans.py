"""Pieces that overlap, and what stands beside them afterwards."""

from hypothesis import given
from hypothesis import strategies as st

from doppel.privacy.spans import PHONE, SECRET, Found, inside, moved, replaced, without_overlaps
from doppel.types import Entity


def test_a_secret_stays_and_then_the_longer_one():
    found = [Found(0, 9, PHONE), Found(4, 8, SECRET), Found(10, 12, "a"), Found(11, 20, "b"), Found(20, 21, "c")]
    assert without_overlaps(found) == [Found(4, 8, SECRET), Found(11, 20, "b"), Found(20, 21, "c")]


def test_overlapping_secrets_become_one():
    assert without_overlaps([Found(3, 9, SECRET), Found(0, 5, SECRET)]) == [Found(0, 9, SECRET)]


def test_entities_move_with_the_text():
    text = "call 12345 or see http://x and @ann"
    entities = (Entity("phone", 5, 10), Entity("link", 18, 26), Entity("mention", 31, 35))
    found, news = [Found(5, 10, PHONE)], ["[secret]"]
    after = replaced(text, found, news)
    assert [after[one.start : one.end] for one in moved(entities, found, news)] == ["[secret]", "http://x", "@ann"]


def test_an_entity_inside_a_replaced_piece_covers_the_new_piece():
    found = [Found(2, 8, SECRET)]
    assert moved((Entity("code", 0, 5), Entity("link", 4, 12)), found, ["X"]) == (
        Entity("code", 0, 3),
        Entity("link", 2, 7),
    )


@given(st.text("ab1", min_size=1, max_size=30), st.data())
def test_what_is_outside_stays_where_it_belongs(text: str, data: st.DataObject):
    place = st.integers(0, len(text))
    spans = data.draw(st.lists(st.tuples(place, place).map(sorted), max_size=5))
    found = without_overlaps(Found(start, end, PHONE) for start, end in spans if start < end)
    news = [data.draw(st.text("XYZ", max_size=5)) for _ in found]
    kept = [index for index in range(len(text)) if not any(one.start <= index < one.end for one in found)]
    after = replaced(text, found, news)
    entities = moved([Entity("link", index, index + 1) for index in kept], found, news)
    assert [after[one.start : one.end] for one in entities] == [text[index] for index in kept]
    assert len(after) == len(kept) + sum(map(len, news))


def test_inside():
    ranges = [(0, 4), (6, 9)]
    assert [inside(Found(*span, PHONE), ranges) for span in ((0, 4), (1, 3), (3, 5), (6, 9), (8, 10))] == [
        True,
        True,
        False,
        True,
        False,
    ]
