"""Exports whose fields hold what no field of theirs should."""

import json
import re
from pathlib import Path

import pytest

from doppel.errors import DataError
from tests.source.telegram_exports import chat, read, said, write


@pytest.mark.parametrize("kind", ["", "two words", "привет", 5, None])
def test_what_is_no_type_of_a_chat_is_in_no_id(kind: object, tmp_path: Path) -> None:
    (message,), _ = read(write(tmp_path, chat(said(1), kind=kind)))  # type: ignore[arg-type]
    assert (message.chat_id, message.chat_kind) == ("unknown:7", "unknown")


@pytest.mark.parametrize("number", ["", 'her "secret": 12:30', "привет", "1" * 65])
def test_what_is_no_id_of_a_chat_is_in_no_id(number: str, tmp_path: Path) -> None:
    (message,), _ = read(write(tmp_path, chat(said(1), number=number)))  # type: ignore[arg-type]
    assert message.chat_id == "personal_chat:#1"


def test_an_odd_text_without_an_id_is_told_by_its_place(tmp_path: Path) -> None:
    file = write(tmp_path, chat(said(1), said(None, text=5)))  # type: ignore[arg-type]
    with pytest.raises(DataError, match=f"{file}, the 2. message that was read has a text that is a int"):
        read(file)


@pytest.mark.parametrize("seconds", ["253402300800", 253402300800, "1e30", "99999999999999999999", -62135596801])
def test_years_that_no_calendar_has_are_counted(seconds: object, tmp_path: Path) -> None:
    odd = [said(at, date_unixtime=seconds, date="9999-01-01T00:00:00") for at in (2, 3)]
    messages, funnel = read(write(tmp_path, chat(said(1), *odd, said(4), said(5))))
    assert [one.message_id for one in messages] == [1, 4, 5]
    assert funnel.counts[0].why.startswith("2 without a date that can be read (first: ")
    assert re.fullmatch(r".*message 2\)", funnel.counts[0].why)
    assert json.dumps(seconds) not in funnel.counts[0].why
