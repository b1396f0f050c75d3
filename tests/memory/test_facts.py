from pathlib import Path

import pytest

from doppel.errors import ConfigError
from doppel.memory.facts import fitting, read_facts


def test_facts_are_lines_without_headings_and_list_marks(tmp_path: Path) -> None:
    file = tmp_path / "facts.md"
    file.write_text("\ufeff# About me\n\n- I keep geese.\n* Ich heiße Ann\nплаваю \n", encoding="utf-8")
    assert read_facts(file) == ("I keep geese.", "Ich heiße Ann", "плаваю")


def test_the_first_that_fit_are_taken() -> None:
    assert list(fitting(["aa", "bbb", "c"], len, 7)) == ["aa", "bbb"]
    assert list(fitting(["aa", "bbb", "c"], len, 6)) == ["aa"]
    assert list(fitting([], len, 0)) == []


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere.md cannot be read: No such file .*memory.facts=null"):
        read_facts(tmp_path / "nowhere.md")
    (tmp_path / "image").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(ConfigError, match="it is no text in UTF-8"):
        read_facts(tmp_path / "image")
