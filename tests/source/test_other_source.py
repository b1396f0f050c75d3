"""Whose export an input is that its source could not read."""

import zipfile
from pathlib import Path

import pytest

from doppel.errors import DataError
from doppel.source.other_source import other_source, with_other_source

BEGINNINGS = {
    "telegram": '{"name": "A", "type": "personal_chat", "id": 1, "messages": [{"from_id": "user1"}]}',
    "telegram_html": '<!DOCTYPE html><html><body onload="CheckLocation();"><div class="page_wrap">',
    "whatsapp": "Messages are encrypted\n13/06/2018, 21:25 - Anna: hi\n",
    "discord": '{"guild": {"id": "0"}, "channel": {"id": "55", "type": "DirectTextChat"}, "messages": []}',
    "messenger": '{"participants": [{"name": "A"}], "messages": []}',
    "slack": '[{"type": "message", "ts": "1582302000.000200", "text": "hi"}]',
    "signal": '{"version": "1", "backupTimeMs": "1704067200000"}',
    "vk": '<html><div class="message" data-id="1"><div class="message__header">A, 5 \u043c\u0430\u0440</div>',
    "dialogues": '{"messages": [{"role": "user", "content": "hi"}]}\n',
}


def written(folder: Path, text: str, encoding: str = "utf-8") -> str:
    end = {"{": "json", "[": "json", "<": "html"}.get(text[0], "txt")
    (folder / f"x.{end}").write_text(text, encoding=encoding)
    return str(folder / f"x.{end}")


@pytest.mark.parametrize("source", BEGINNINGS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_an_export_is_known_by_how_it_begins(tmp_path: Path, source: str, encoding: str) -> None:
    file = written(tmp_path, BEGINNINGS[source], encoding)
    assert other_source(file, "pairs").startswith(f"{file} looks like a")
    assert other_source(str(tmp_path), "pairs").endswith(f": type source={source}.")
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.write(file, Path(file).name)
    assert other_source([str(tmp_path / "x.zip")], "pairs").endswith(f": type source={source}.")
    assert other_source(file, source) == ""


def test_what_may_be_of_several_is_told_to_be_none(tmp_path: Path) -> None:
    assert other_source(str(tmp_path), "vk") == ""
    assert other_source(None, "mix") == other_source("/no/such/file", "vk") == ""
    assert other_source(written(tmp_path, "{}"), "vk") == ""
    assert other_source(written(tmp_path, BEGINNINGS["messenger"]), "instagram") == ""
    assert other_source(written(tmp_path, BEGINNINGS["telegram"]), "vk") != ""
    written(tmp_path, BEGINNINGS["whatsapp"])
    assert other_source(str(tmp_path), "vk") == ""


def test_an_error_names_the_source_that_fits(tmp_path: Path) -> None:
    file = written(tmp_path, BEGINNINGS["telegram"])
    settings = {"_target_": "doppel.source.vk.VkExport", "path": file}
    with pytest.raises(DataError) as told, with_other_source(settings):
        raise DataError("It holds no messages.")
    assert str(told.value) == (
        f"{file} looks like an export of Telegram: type source=telegram. As source=vk it cannot be read: "
        "It holds no messages."
    )
    settings["_target_"] = "doppel.source.telegram.TelegramExport"
    with pytest.raises(DataError, match=r"^It breaks off.$"), with_other_source(settings):
        raise DataError("It breaks off.")
