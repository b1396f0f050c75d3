"""Where the list of what was replaced may lie, who may read it, and that nothing else is ever written over."""

import json
import os
from pathlib import Path

import pytest

from doppel.errors import DataError
from doppel.privacy.mapping import PrivateList, Pseudonyms, private_path, write_private
from doppel.privacy.names import names
from doppel.privacy.pseudonyms import pseudonyms
from doppel.privacy.stage import Privacy
from doppel.types import Funnel
from tests.privacy.test_ids import met
from tests.privacy.test_stage import said

FIRST = {"whatsapp:+79161234567": "+79161234567", "whatsapp:Jane Roe": "Jane Roe", "user3": "\u0421\u0430\u0448\u0430"}
SECOND = {"whatsapp:Ann Poe": "Ann Poe", "whatsapp:+79262222222": "+79262222222", **FIRST}
TEXTS = (
    "+7 916 123-45-67",
    "8 (916) 123-45-67",
    "+1 415-555-2671 ext. 5",
    "ann@gmail.com, bob@mail.ru",
    "ann at gmail dot com",
    "4276 3800 1234 5679",
    "81.2.69.142",
    "112-233-445 95",
    "1BoatSLRHtKNngkdXEeobR76b53LETtpyT",
    "Jane, jane and Roe",
)


def out_of(stage: Privacy, *texts: str) -> list[str]:
    return [message.text for message in stage(iter([said(text) for text in texts]), Funnel())]


def test_the_list_is_for_its_owner_alone(tmp_path: Path):
    file = tmp_path / "kept" / "pseudonyms.json"
    write_private(file, b"old")
    file.chmod(0o644)
    write_private(file, b"new")
    assert file.read_bytes() == b"new"
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["pseudonyms.json"]


@pytest.mark.parametrize("make", [pseudonyms, names])
def test_a_later_preparation_goes_on_with_the_list(make, tmp_path: Path):
    file = str(tmp_path / "mine.json")
    first = met(make(regions=["RU", "US"], mapping=file), FIRST)
    once = out_of(first, *TEXTS)
    kept = json.loads(Path(file).read_text(encoding="utf-8"))
    second = met(make(regions=["RU", "US"], mapping=file), SECOND)
    again = out_of(second, "+7 903 111-22-33, eve@inbox.ru", *reversed(TEXTS))
    assert again[:0:-1] == once
    assert [second.id(one) for one in FIRST] == [first.id(one) for one in FIRST]
    assert [second.name(one) for one in FIRST.values()] == [first.name(one) for one in FIRST.values()]
    assert len({second.id(one) for one in SECOND}) == len(SECOND)
    now = json.loads(Path(file).read_text(encoding="utf-8"))
    assert all(now["replaced"][kind].items() >= news.items() for kind, news in kept["replaced"].items())
    assert len(now["replaced"]["phone number"]) > len(kept["replaced"]["phone number"])
    for kind in ("e-mail address", "phone number"):
        values = {"".join(filter(str.isdigit, new))[-10:] or new for new in now["replaced"][kind].values()}
        assert len(values) == {"e-mail address": 4, "phone number": 4}[kind]


def test_names_of_the_list_are_kept_while_they_are_not_replaced(tmp_path: Path):
    file = tmp_path / "mine.json"
    stage = met(names(regions=["RU"], mapping=str(file)), FIRST)
    out_of(stage, "hi")
    chosen = json.loads(file.read_text(encoding="utf-8"))["names"]
    assert chosen["english surname"].keys() == {"roe"}
    out_of(met(pseudonyms(regions=["RU"], mapping=str(file)), SECOND), "hi")
    assert json.loads(file.read_text(encoding="utf-8"))["names"] == chosen


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b'{"chats": {"list": []}}',
        b'{"phone number": {"a": "b"}}',
        b'{"doppel": "pseudonyms", "replaced": [1]}',
        b'{"doppel": "pseudonyms", "replaced": {"phone number": {"a": 1}}}',
        b'{"doppel": "pseudonyms", "mine": {}}',
        b'{"doppel": "pseudonyms", "rep',
        b'{"doppel": "pseudonyms", "replaced": {"name": {"a": "\xff"}}}',
        b"\x00\xff",
    ],
)
def test_what_is_no_list_is_refused_and_stays(content: bytes, tmp_path: Path):
    file = tmp_path / "result.json"
    file.write_bytes(content)
    with pytest.raises(DataError, match=r"privacy\.mapping=.*result\.json is there already.*privacy\.mapping=null"):
        pseudonyms(regions=["RU"], mapping=str(file))
    assert file.read_bytes() == content


def test_a_pipe_is_refused(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataError, match="is there already"):
        PrivateList(str(tmp_path / "pipe"))


def test_what_another_run_wrote_meanwhile_is_kept(tmp_path: Path):
    file = tmp_path / "mine.json"
    mine = PrivateList(str(file))
    PrivateList(str(file)).write(Pseudonyms(replaced={"name": {"a": "b"}}))
    with pytest.raises(DataError, match=r"another run with the same privacy\.mapping"):
        mine.write(Pseudonyms(replaced={"name": {"c": "d"}}))
    assert json.loads(file.read_text(encoding="utf-8"))["replaced"] == {"name": {"a": "b"}}


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
        write_private(tmp_path / "file" / "pseudonyms.json", b"{}")
