"""Several exports as one, their overlaps; and files that are too long, too deep or too odd."""

import gzip
import json
import zipfile
from pathlib import Path

import pytest

from doppel.errors import DataError
from doppel.source import json_stream, telegram_json
from tests.source.telegram_exports import chat, exported, read, said, write


def ids(*paths: Path) -> list[tuple[str, int]]:
    return [(message.chat_id, message.message_id) for message in read(*paths)[0]]


def test_exports_that_overlap_are_read_once(tmp_path: Path) -> None:
    for name, numbers in (("ChatExport_2024-01-01", range(1, 4)), ("ChatExport_2024-02-01", range(2, 6))):
        (tmp_path / name).mkdir()
        write(tmp_path / name, chat(*(said(number) for number in numbers)))
    other = write(tmp_path, {"chats": {"list": [chat(said(1), number=8), chat(said(5), said(6))]}}, "other.json")
    messages, funnel = read(tmp_path, other)
    assert [message.message_id for message in messages] == [1, 2, 3, 4, 5, 1, 6]
    assert [(count.kept, count.dropped) for count in funnel.counts] == [(7, 3)]
    first = f"{tmp_path}/ChatExport_2024-02-01/result.json, message 2"
    assert funnel.counts[0].why == f"3 with the id of an earlier one in the same chat (first: {first})"


def test_a_group_that_became_public_is_the_same(tmp_path: Path) -> None:
    before = write(tmp_path, chat(said(-999_999_999), said(1), kind="private_supergroup"), "a.json")
    after = write(tmp_path, chat(said(1), said(2), kind="public_supergroup"), "b.json")
    messages, _ = read(before, after)
    assert [(one.chat_id, one.chat_kind, one.message_id) for one in messages] == [
        ("private_supergroup:7", "group", -999_999_999),
        ("private_supergroup:7", "group", 1),
        ("private_supergroup:7", "public_group", 2),
    ]


def test_chats_of_one_number_and_another_kind_are_others(tmp_path: Path) -> None:
    account = [chat(said(1)), chat(said(1), kind="private_group"), chat(said(1), kind="bot_chat")]
    assert ids(write(tmp_path, account)) == [("personal_chat:7", 1), ("private_group:7", 1), ("bot_chat:7", 1)]


def test_chats_without_a_number_are_others_in_each_file(tmp_path: Path) -> None:
    nameless = {"type": "personal_chat", "messages": [said(1)]}
    files = [write(tmp_path, nameless, name) for name in ("a.json", "b.json")]
    assert ids(*files) == [("personal_chat:#1", 1), ("personal_chat:#2", 1)]


def test_the_owners_of_several_exports(tmp_path: Path) -> None:
    first = write(tmp_path, chat(said(1, "user7"), said(2, "user9")), "a.json")
    second = write(tmp_path, {"personal_information": {"user_id": 4}, "chats": {"list": [chat(said(1))]}}, "b.json")
    assert exported(first, second).owner_ids() == {"user9", "user4"}
    assert set(exported(first, second).fingerprint()) == {"a.json", "b.json"}


def test_one_of_several_may_be_empty_and_is_named(tmp_path: Path) -> None:
    empty = write(tmp_path, chat(), "empty.json")
    messages, funnel = read(empty, write(tmp_path, chat(said(1), said(2, "user3"))))
    assert len(messages) == 2
    assert funnel.notes == [f"source: {empty} holds no messages."]
    other = write(tmp_path, {"a": 1}, "other.json")
    with pytest.raises(DataError, match=r"other.json is JSON, but no Telegram export: .* Keys seen: a\."):
        read(write(tmp_path, chat(said(1))), other)


def test_a_zip_archive_with_gzipped_exports(tmp_path: Path) -> None:
    archive = tmp_path / "x.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("ChatExport/result.json", json.dumps(chat(said(1))))
        file.writestr("DataExport/result.json.gz", gzip.compress(json.dumps(chat(said(1), said(2))).encode()))
        file.writestr("DataExport/photos/result.jpg", "no photo")
    assert ids(archive) == [("personal_chat:7", 1), ("personal_chat:7", 2)]
    assert set(exported(archive).fingerprint()) == {"result.json", "result.json.gz"}


@pytest.mark.parametrize("name", ["../result.json", "/tmp/result.json"])
def test_a_zip_archive_whose_paths_lead_out_of_it_is_refused(tmp_path: Path, name: str) -> None:
    archive = tmp_path / "x.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(name, json.dumps(chat(said(1))))
    with pytest.raises(DataError, match=r"x.zip holds '.*result.json', which leads out of the archive: refused"):
        read(archive)


def test_a_zip_archive_that_would_burst_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "x.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("result.json", b" " * (20 << 20))
    with pytest.raises(DataError, match=r"'result.json', 20 MiB packed into [\d,]+ bytes: no chat packs so well"):
        read(archive)


def test_a_file_of_one_line_is_read_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "PIECE_BYTES", 1000)
    monkeypatch.setattr(json_stream, "MAX_VALUE_CHARS", 10_000)
    noise = {"contacts": {"list": [{"phone_number": "1" * 100}] * 1000}, "sessions": ["x" * 500] * 100}
    several = [
        said(number, text="x" * 400, text_entities=[{"type": "plain", "text": "x" * 400}]) for number in range(500)
    ]
    file = write(tmp_path, {**noise, "chats": {"list": [chat(*several)]}})
    assert "\n" not in file.read_text()
    assert len(ids(file)) == 500


def test_a_message_longer_than_any_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "MAX_VALUE_CHARS", 1 << 20)
    file = write(tmp_path, chat(said(1), said(2, text="x" * (2 << 20))))
    with pytest.raises(DataError, match=r"result.json, character \d+, has a value of more than 1 million characters"):
        read(file)


def test_a_message_of_very_many_labels(tmp_path: Path) -> None:
    parts = [{"type": "link", "text": "x"}, "y"] * 100_000
    messages, _ = read(write(tmp_path, chat(said(1), said(2, text=parts))))
    assert messages[1].text == "xy" * 100_000
    assert len(messages[1].entities) == 100_000
    assert messages[1].entities[-1].end == 199_999


def test_a_message_of_a_million_labels_is_refused_by_its_place(tmp_path: Path) -> None:
    text = json.dumps(chat(said(1, text="PARTS"), said(2)))
    file = tmp_path / "result.json"
    parts = '[{"type": "link", "text": "x"}' + ', {"type": "link", "text": "x"}' * 1_000_000 + "]"
    file.write_text(text.replace('"PARTS"', parts), "utf-8")
    place = text.index('{"id": 1,') + 1
    with pytest.raises(DataError, match=rf"character {place}, has a value of more than 16 million characters"):
        read(file)


@pytest.mark.parametrize("key", ["text", "reactions", "poll"])
def test_deep_nesting_is_refused(tmp_path: Path, key: str) -> None:
    text = json.dumps(chat(said(1, **{key: "DEEP"}))).replace('"DEEP"', "[" * 100_000 + "]" * 100_000)
    with pytest.raises(DataError, match=r"result.json, character \d+, has values nested too deeply"):
        read(write(tmp_path, text))


def test_holders_inside_holders_are_left_at_some_depth(tmp_path: Path) -> None:
    content: object = [chat(said(1))]
    for _ in range(4):
        content = {"chats": content}
    assert ids(write(tmp_path, content)) == [("personal_chat:7", 1)]
    for _ in range(20):
        content = {"chats": content}
    with pytest.raises(DataError, match="holds no messages to read"):
        read(write(tmp_path, content))


def test_messages_before_their_chat_wait_in_bounded_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telegram_json, "MAX_WAITING", 3)
    backwards = {"messages": [said(1), said(2)], "id": 8, "type": "private_group", "name": "late"}
    assert ids(write(tmp_path, backwards)) == [("private_group:8", 1), ("private_group:8", 2)]
    backwards["messages"] = [said(number) for number in range(5)]
    assert ids(write(tmp_path, backwards)) == [("unknown:#1", number) for number in range(5)]


def test_one_speaker_is_noted(tmp_path: Path) -> None:
    _, funnel = read(write(tmp_path, chat(said(1), said(2))))
    assert any("one person alone speaks here" in note for note in funnel.notes)
