"""The set of hashes: exact while there is room, of fixed size always."""

import pytest

from doppel.filters import seen
from doppel.filters.seen import Seen


def test_each_text_is_new_once() -> None:
    known = Seen()
    assert [known.add(text) for text in ("a", "b", "a", "", "", "b\ud800", "b\ud800")] == [
        True, True, False, True, False, True, False,
    ]  # fmt: skip


def test_a_full_table_forgets_some_and_does_not_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seen, "PLACES", 16)
    known = Seen()
    texts = [str(number) for number in range(200)]
    assert sum(map(known.add, texts)) == 200
    assert len(known.table) == 16 + seen.TRIES
    assert known.add("199") is False


def test_thousands_of_texts_are_told_apart() -> None:
    known = Seen()
    assert sum(known.add(f"text {number}") for number in range(20_000)) == 20_000
    assert sum(known.add(f"text {number}") for number in range(20_000)) == 0
