"""What is kept is found whole or not at all, and only for the same facts."""

import os
from pathlib import Path

import pytest

from doppel.cache import store as store_module
from doppel.cache.scratch import scratch
from doppel.cache.store import Store, cache_folder, code_facts, key_of


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "doppel"


def test_the_folder_is_its_owners_only(cache: Path) -> None:
    assert cache_folder() == cache
    assert cache.stat().st_mode & 0o777 == 0o700


def test_a_finished_folder_is_found_and_the_scratch_is_gone(cache: Path) -> None:
    store = Store("prepared")
    assert store.find("k") is None
    with scratch("preparing") as folder:
        made = folder / "k"
        made.mkdir()
        (made / "train.jsonl").write_text("1")
        assert store.find("k") is None
        place = store.keep("k", made)
    assert store.find("k") == place == cache / "prepared" / "k"
    assert (place / "train.jsonl").read_text() == "1"
    assert [one.name for one in cache.iterdir()] == ["prepared"]


def test_of_two_that_finish_the_first_stays() -> None:
    store = Store("prepared")
    for content in ("first", "second"):
        with scratch("preparing") as folder:
            made = folder / "k"
            made.mkdir()
            (made / "x").write_text(content)
            place = store.keep("k", made)
    assert (place / "x").read_text() == "first"


def test_what_was_not_used_for_long_is_forgotten_when_there_is_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "MOST_KEPT", 2)
    store = Store("prepared")
    for number in range(4):
        with scratch("preparing") as folder:
            (folder / f"k{number}").mkdir()
            place = store.keep(f"k{number}", folder / f"k{number}")
            if number != 3:
                os.utime(place, (number, number))
    assert store.find("k0") is None
    assert [store.find(f"k{number}") is not None for number in (1, 2, 3)] == [False, True, True]


def test_a_key_depends_on_facts_not_on_their_order() -> None:
    assert key_of({"a": 1, "b": [2]}) == key_of({"b": [2], "a": 1})
    assert key_of({"a": 1}) != key_of({"a": 2})
    assert key_of({"a": {"x": 1, 2: "y"}}) == key_of({"a": {2: "y", "x": 1}}) != key_of({"a": {"2": "y", "x": 1}})


def test_code_facts_change_with_a_line_of_code(tmp_path: Path) -> None:
    package = tmp_path / "doppel" / "stage"
    package.mkdir(parents=True)
    (package / "rule.py").write_text("x = 1\n")
    (package.parent / "types.py").write_text("")
    (package / "words.txt").write_text("yes")
    before = code_facts([package, package.parent / "types.py"], ["msgspec"])
    assert set(before) == {"doppel/stage/rule.py", "doppel/stage/words.txt", "doppel/types.py", "msgspec", "python"}
    (package / "rule.py").write_text("x = 2\n")
    assert code_facts([package, package.parent / "types.py"], ["msgspec"]) != before


def test_a_library_that_is_not_there_is_a_fact_too() -> None:
    assert code_facts([], ["no-such-library"])["no-such-library"] == "absent"
