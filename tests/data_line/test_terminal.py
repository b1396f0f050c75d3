"""Whoever writes to the persona chooses a name of their own: it must not steer the terminal that shows it."""

import json
import unicodedata
from pathlib import Path

import pytest

from doppel.__main__ import complain
from doppel.commands.show import prepared_lines, readable
from tests.data_line.preparing import made

STEER = "\x1b[2J\x1b]0;x\x07\x9b31m"


def is_harmless(text: str) -> bool:
    return not any(unicodedata.category(sign) == "Cc" for sign in text.replace("\n", ""))


def test_names_and_texts_do_not_steer_the_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    messages = [
        {"id": at, "type": "message", "date_unixtime": str(1_700_000_000 + at), "text": f"{STEER}{at}",
         "from": f"N{STEER}", "from_id": f"user{at % 2 + 1}"}
        for at in range(4)
    ]  # fmt: skip
    file = tmp_path / "result.json"
    file.write_text(json.dumps({"name": STEER, "type": "personal_chat", "id": 1, "messages": messages}))
    result = made(file, "split=none", persona="user1")
    (sample,) = result.parts[0]
    assert STEER in sample.turns[0].messages[0]
    assert is_harmless(readable(sample))
    assert is_harmless("".join(prepared_lines(result.prepared)))


def test_errors_do_not_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert complain(f"{STEER}there is no file\nof that name") == 2
    assert capsys.readouterr().err == "doppel: [2J]0;x31mthere is no file\nof that name\n"
