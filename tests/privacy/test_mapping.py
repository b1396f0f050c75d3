"""Where the list of what was replaced may lie, and who may read it."""

import json
from pathlib import Path

import pytest

from doppel.errors import DataError
from doppel.privacy.mapping import private_path, write_private


def test_the_list_is_for_its_owner_alone(tmp_path: Path):
    file = tmp_path / "kept" / "pseudonyms.json"
    write_private(file, {"phone number": {"старый": "новый"}})
    write_private(file, {"phone number": {"a": "b"}})
    assert json.loads(file.read_text(encoding="utf-8")) == {"phone number": {"a": "b"}}
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["pseudonyms.json"]


@pytest.mark.parametrize("name", ["manifest.json", "status.json", "config.yaml"])
def test_a_run_directory_is_refused(tmp_path: Path, name: str):
    (tmp_path / name).touch()
    with pytest.raises(DataError, match=r"lies in .*, whose files are meant to be shown.*privacy.mapping=null"):
        private_path(str(tmp_path / "data" / "pseudonyms.json"))


def test_outputs_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match="outputs, whose files are meant to be shown"):
        private_path("outputs/mine/pseudonyms.json")
    assert private_path("mine.json") == tmp_path / "mine.json"


def test_a_folder_is_refused(tmp_path: Path):
    with pytest.raises(DataError, match=r"is a folder.*name a file"):
        private_path(str(tmp_path))


def test_what_cannot_be_written_is_told(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match=r"cannot be written: .*name another file with privacy.mapping="):
        write_private(tmp_path / "file" / "pseudonyms.json", {})
