"""The files of an export: found, opened, unpacked, told apart; and what is refused."""

import gzip
import hashlib
import random
import stat
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest

from doppel.errors import DataError
from doppel.source import files as files_module
from doppel.source.files import File, Files, fingerprint


def found(*paths: Path, patterns: tuple[str, ...] = ("*.json",)) -> list[File]:
    return Files([str(path) for path in paths], "Do this.").matching(*patterns)


def content(file: File) -> bytes:
    with file.open() as stream:
        return stream.read()


def packed(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def written(folder: Path, **contents: bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in contents.items():
        (folder / f"{name}.json").write_bytes(data)
    return folder


def refusal(*paths: Path) -> str:
    with pytest.raises(DataError) as caught:
        found(*paths)
    assert str(caught.value).endswith(" Do this.")
    return str(caught.value)


def test_a_file_that_was_named_is_taken_whatever_its_name(tmp_path: Path) -> None:
    file = tmp_path / "x.txt"
    file.write_bytes(b"1")
    assert [(one.name, one.label, content(one)) for one in found(file)] == [("x.txt", str(file), b"1")]
    assert not Files(str(file), "").has("*.txt")  # only folders and archives hold others


def test_a_folder_with_all_below_it_in_order(tmp_path: Path) -> None:
    written(tmp_path, b=b"2")
    written(tmp_path / "a", x=b"1", y=b"3")
    (tmp_path / "c.txt").touch()
    files = found(tmp_path)
    assert [(one.label, one.folder) for one in files] == [
        (f"{tmp_path}/a/x.json", f"{tmp_path}/a"),
        (f"{tmp_path}/a/y.json", f"{tmp_path}/a"),
        (f"{tmp_path}/b.json", str(tmp_path)),
    ]
    assert [one.name for one in found(tmp_path, patterns=("y.*", "*.txt"))] == ["y.json", "c.txt"]
    assert Files(str(tmp_path), "").has("y.json")
    assert not Files(str(tmp_path), "").has("z.json")


def test_what_is_named_twice_comes_once(tmp_path: Path) -> None:
    written(tmp_path, a=b"1", b=b"2")
    assert [one.name for one in found(tmp_path / "b.json", tmp_path, tmp_path / "a.json")] == ["b.json", "a.json"]


def test_links_that_go_round_do_not(tmp_path: Path) -> None:
    written(tmp_path / "a", x=b"1")
    (tmp_path / "a" / "round").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "a" / "nowhere.json").symlink_to(tmp_path / "gone")
    assert [one.name for one in found(tmp_path)] == ["x.json"]


def test_what_may_not_be_looked_at_is_refused_only_where_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, a=b"1")
    (tmp_path / "photo.jpg").symlink_to("/proc/1/cwd/x")
    looked_at = Path.is_file

    def refusing(path: Path) -> bool:
        if path.name in ("photo.jpg", "b.json"):
            raise PermissionError(13, "Permission denied", str(path))
        return looked_at(path)

    monkeypatch.setattr(Path, "is_file", refusing)
    assert [content(one) for one in found(tmp_path)] == [b"1"]
    (tmp_path / "b.json").symlink_to(tmp_path / "gone")
    with pytest.raises(DataError, match=r"b.json cannot be read: "):
        list(map(content, found(tmp_path)))


def test_a_folder_of_more_than_any_export_holds_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files_module, "MAX_ENTRIES", 3)
    written(tmp_path / "a", x=b"1")
    assert [one.name for one in found(tmp_path)] == ["x.json"]
    written(tmp_path / "b", x=b"1")
    assert "holds more than 3 files and folders, which no export does: type the path of the export" in refusal(tmp_path)


def test_an_archive_and_what_macos_adds_to_it(tmp_path: Path) -> None:
    members = {"chat/x.json": b"1", "a.json": b"2", "__MACOSX/chat/._x.json": b"3", "._a.json": b"4", "c.txt": b"5"}
    archive = packed(tmp_path / "renamed", members)
    files = found(archive)
    assert [(one.member, one.name, one.folder, content(one)) for one in files] == [
        ("a.json", "a.json", ".", b"2"),
        ("chat/x.json", "x.json", "chat", b"1"),
    ]
    assert files[1].label == f"{archive}: chat/x.json"


@pytest.mark.parametrize("name", ["x.json.gz", "x.json"])
def test_gzip_is_known_by_its_content(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(gzip.compress(b"text"))
    archive = packed(tmp_path / "x.zip", {"x.json": gzip.compress(b"inside")})
    assert content(found(tmp_path / name)[0]) == b"text"
    assert content(found(archive)[0]) == b"inside"


def test_fingerprints_are_of_what_lies_there_by_names_that_tell_it_apart(tmp_path: Path) -> None:
    packed_bytes = gzip.compress(b"1", mtime=0)
    written(tmp_path / "a", x=packed_bytes, y=b"2")
    written(tmp_path / "b", x=b"3")
    archive = packed(tmp_path / "x.zip", {"z.json": packed_bytes})
    assert fingerprint(found(tmp_path / "a", tmp_path / "b", archive)) == {
        f"{tmp_path}/a/x.json": hashlib.sha256(packed_bytes).hexdigest(),
        "y.json": hashlib.sha256(b"2").hexdigest(),
        f"{tmp_path}/b/x.json": hashlib.sha256(b"3").hexdigest(),
        "z.json": hashlib.sha256(packed_bytes).hexdigest(),
    }


@pytest.mark.parametrize("path", ["", " ", ["", "x.json"]])
def test_an_empty_path_is_not_the_folder_at_hand(
    path: str | list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, x=b"{}")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError) as error:
        Files(path, "Type source.path=FILE")
    assert str(error.value) == f"source.path={path} names no file. Type source.path=FILE"


def test_nothing_to_be_found(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"source.path=\[\] names no file. Do this."):
        Files([], "Do this.")
    assert refusal(tmp_path) == f"{tmp_path} has no *.json; it holds no file at all. Do this."
    written(tmp_path, result=b"")
    (tmp_path / "result.json").rename(tmp_path / "result.txt")
    assert refusal(tmp_path) == f"{tmp_path} has no *.json; it holds 1 other files: result.txt. Do this."
    near = f"Did you mean {tmp_path}/result.txt?"
    assert refusal(tmp_path / "resutl.txt") == f"There is no file {tmp_path}/resutl.txt. {near} Do this."
    assert "does not exist either" in refusal(tmp_path / "no" / "such.json")


@pytest.mark.parametrize("name", ["../x.json", "/x.json", "a/../../x.json", "..\\x.json", "C:\\x.json", "C:/x.json"])
def test_an_archive_whose_paths_lead_out_of_it(tmp_path: Path, name: str) -> None:
    archive = packed(tmp_path / "x.zip", {"good.json": b"1", name: b"2"})
    assert "which leads out of the archive: refused. Do this." in refusal(archive)
    assert str(archive) in refusal(archive)


def test_an_archive_with_a_link(tmp_path: Path) -> None:
    archive = tmp_path / "x.zip"
    with zipfile.ZipFile(archive, "w") as file:
        member = zipfile.ZipInfo("x.json")
        member.external_attr = (stat.S_IFLNK | 0o777) << 16
        file.writestr(member, "/etc/passwd")
    assert refusal(archive) == f"{archive} holds a link, 'x.json': refused. Do this."


def test_an_archive_that_would_burst(tmp_path: Path) -> None:
    archive = packed(tmp_path / "x.zip", {"x.json": b"0" * (17 << 20)})
    size = zipfile.ZipFile(archive).infolist()[0].compress_size
    told = f"holds 'x.json', 17 MiB packed into {size:,} bytes: no chat packs so well, refused. Do this."
    assert refusal(archive) == f"{archive} {told}"


def test_archives_that_are_damaged(tmp_path: Path) -> None:
    archive = packed(tmp_path / "x.zip", {"x.json": random.Random(0).randbytes(5000), "y.json": b"2" * 100})
    with zipfile.ZipFile(archive, "a", zipfile.ZIP_LZMA) as file:
        file.writestr("z.json", b"3" * 100)
    whole = archive.read_bytes()
    archive.write_bytes(whole[: len(whole) // 2])
    assert refusal(archive) == f"{archive} is a damaged zip archive: File is not a zip file. Do this."
    chance = random.Random(1)
    for _ in range(100):
        raw = bytearray(whole)
        for _ in range(chance.randrange(1, 20)):
            raw[chance.randrange(4, len(raw))] = chance.randrange(256)
        archive.write_bytes(raw)
        with suppress(DataError):  # and nothing else
            for file in found(archive):
                content(file)


def test_files_that_cannot_be_read_to_their_end(tmp_path: Path) -> None:
    cut = tmp_path / "cut.gz"
    cut.write_bytes(gzip.compress(random.Random(0).randbytes(1000))[:-500])
    with pytest.raises(DataError, match=r"cut.gz cannot be read: Compressed file ended before the end.* Do this."):
        content(found(cut)[0])
    gone = found(cut)[0]
    cut.unlink()
    for read in (content, File.sha256):
        with pytest.raises(DataError, match=r"cut.gz cannot be read: No such file or directory. Do this."):
            read(gone)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_lines_in_the_encodings_that_tell_themselves(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "x.txt"
    file.write_bytes("1.2: \u0434\u0430\r\n\n\u010a\u0a0d b\u2028c\nlast".encode(encoding))
    assert list(found(file)[0].lines()) == [
        (1, "1.2: \u0434\u0430"), (2, ""), (3, "\u010a\u0a0d b\u2028c"), (4, "last"),
    ]  # fmt: skip


@pytest.mark.parametrize("raw", [b"", b"\xef\xbb\xbf", b"\n"])
def test_files_without_lines(tmp_path: Path, raw: bytes) -> None:
    file = tmp_path / "x.txt"
    file.write_bytes(raw)
    assert [line for _, line in found(file)[0].lines()] in ([], [""])


def test_lines_in_another_encoding_are_refused_with_their_place(tmp_path: Path) -> None:
    file = tmp_path / "x.txt"
    file.write_bytes(b"good\nb\xe0d\n")
    with pytest.raises(DataError, match=r"x.txt, line 2, is not UTF-8: byte 2 is 0xe0. Save the file as UTF-8. Do"):
        list(found(file)[0].lines())
    file.write_bytes("\ufeffgood\n".encode("utf-16-le") + b"\x00\xd8a\x00")
    with pytest.raises(DataError, match=r"x.txt, line 1, is not UTF-16"):
        list(found(file)[0].lines())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_line_without_end_is_refused(tmp_path: Path, encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files_module, "MAX_LINE_BYTES", 1 << 20)
    file = tmp_path / "x.txt"
    file.write_bytes(("good\n" + "\u0434" * (3 << 20)).encode(encoding))
    lines = found(file)[0].lines()
    assert next(lines) == (1, "good")
    with pytest.raises(DataError, match=r"x.txt, line 2, is longer than 1 MiB: that is no chat. Do this."):
        next(lines)
