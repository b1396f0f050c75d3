"""The data half put together: read once, kept by content, told exactly."""

import json
import os
import zipfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from doppel.commands import data, data_key
from doppel.commands.data import prepared_samples
from doppel.commands.prepared import RECORD, Prepared
from doppel.config.compose import compose
from doppel.errors import ConfigError, DataError
from doppel.run.samples import read_samples
from doppel.source.telegram import TelegramExport
from doppel.types import Funnel, Message, Sample
from tests.driving import OWNER, chat, from_export, some_chats, text_message, write_export


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "doppel"


def config_of(export: Path, *overrides: str) -> dict[str, Any]:
    config, faults = compose("prepare", [*from_export(export), *overrides])
    assert faults == []
    return config


def prepared(export: Path, *overrides: str) -> tuple[Prepared, list[Sample]]:
    with prepared_samples(config_of(export, *overrides)) as (folder, record):
        return record, read_samples(folder / "train.jsonl")


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders that were filled, rather than found."""
    folders: list[Path] = []
    fill = data._prepare

    def watched(config: dict[str, Any], source: Any, folder: Path) -> Prepared:
        folders.append(folder)
        return fill(config, source, folder)

    monkeypatch.setattr(data, "_prepare", watched)
    return folders


def test_the_same_content_is_prepared_once_wherever_it_lies(tmp_path: Path, made: list[Path]) -> None:
    export = write_export(tmp_path / "result.json", some_chats())
    first = prepared(export)
    elsewhere = tmp_path / "elsewhere" / "result.json"
    elsewhere.parent.mkdir()
    export.rename(elsewhere)
    assert prepared(elsewhere) == first
    assert len(made) == 1


def test_a_changed_file_under_the_same_name_is_noticed(tmp_path: Path, made: list[Path]) -> None:
    export = write_export(tmp_path / "result.json", some_chats())
    before = export.stat()
    _, first = prepared(export)
    export.write_text(export.read_text(encoding="utf-8").replace("lamp", "LAMP"), encoding="utf-8")
    os.utime(export, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert export.stat().st_size == before.st_size
    _, second = prepared(export)
    assert len(made) == 2
    assert first != second
    assert not any("lamp" in message for sample in second for turn in sample.turns for message in turn.messages)


@pytest.mark.parametrize(
    "override",
    ["sessions.max_gap_minutes=30", "filters.length.max_chars=10", "persona=Anna", "split=none", "privacy=secrets"],
)
def test_a_changed_rule_is_noticed(override: str, tmp_path: Path, made: list[Path]) -> None:
    export = write_export(tmp_path / "result.json", some_chats())
    prepared(export)
    prepared(export, override)
    assert len(made) == 2


def test_what_a_model_would_do_with_the_samples_does_not_count(tmp_path: Path, made: list[Path]) -> None:
    export = write_export(tmp_path / "result.json", some_chats())
    prepared(export)
    prepared(export, "model=tiny_causal", "optimizer.lr=1", "seed=7", "export=openai")
    assert len(made) == 1


def test_changed_code_is_noticed(tmp_path: Path, made: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    export = write_export(tmp_path / "result.json", some_chats())
    prepared(export)
    monkeypatch.setattr(data_key, "code_facts", lambda folders, libraries: {"source/telegram.py": "other"})
    prepared(export)
    assert len(made) == 2


def test_a_file_that_is_gone_while_the_others_are_read_is_told_and_nothing_kept(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "both"
    folder.mkdir()
    for name in ("a.json", "b.json"):
        write_export(folder / name, some_chats())
    (folder / "b.json").write_text((folder / "b.json").read_text(encoding="utf-8").replace("lamp", "LAMP"))
    fill = data._prepare

    def removing(config: dict[str, Any], source: Any, into: Path) -> Prepared:
        (folder / "b.json").unlink()
        return fill(config, source, into)

    monkeypatch.setattr(data, "_prepare", removing)
    record, _ = prepared(folder)
    assert record.notes[-1].startswith("source: the input changed while it was read")
    assert list(cache.iterdir()) == []


def test_what_changed_while_it_was_read_is_told_and_not_kept(
    tmp_path: Path, cache: Path, made: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    export = write_export(tmp_path / "result.json", some_chats())
    before = export.read_text(encoding="utf-8")
    fill = data._prepare

    def rewriting(config: dict[str, Any], source: Any, folder: Path) -> Prepared:
        export.write_text(before.replace("lamp", "LAMP"), encoding="utf-8")
        return fill(config, source, folder)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(data, "_prepare", rewriting)
        record, _ = prepared(export)
    assert record.notes[-1].startswith("source: result.json changed while it was read")
    assert list(cache.iterdir()) == []
    export.write_text(before, encoding="utf-8")
    record, train = prepared(export)
    assert not any("changed while" in note for note in record.notes)
    assert not any("LAMP" in message for sample in train for turn in sample.turns for message in turn.messages)
    assert len(made) == 2


def test_chats_called_after_their_archives_are_told_apart(tmp_path: Path, made: list[Path]) -> None:
    said = "".join(f"18.03.2022, 14:{at:02} - {'Bo' if at % 2 else 'Jane'}: word {at}\n" for at in range(60))
    for name in ("Anna", "Boris"):
        with zipfile.ZipFile(tmp_path / f"WhatsApp Chat - {name}.zip", "w") as archive:
            archive.writestr("_chat.txt", said)
        config, _ = compose(
            "prepare", [f"source.path={tmp_path}/WhatsApp Chat - {name}.zip", "source=whatsapp", "split=none"]
        )
        with prepared_samples(config | {"persona": "Jane"}) as (_, record):
            assert [one.name for one in record.people.by_chat.values()] == [name]
    assert len(made) == 2


def test_what_a_killed_run_left_behind_is_gone_after_the_next(tmp_path: Path, cache: Path) -> None:
    (cache / "preparing-x").mkdir(parents=True)
    (cache / "preparing-x" / ".lock").write_text("")
    (cache / "preparing-x" / "messages.spool").write_text("private")
    prepared(write_export(tmp_path / "result.json", some_chats()))
    assert [one.name for one in cache.iterdir()] == ["prepared"]


def test_a_preparation_that_broke_off_leaves_nothing_to_be_found(
    tmp_path: Path, cache: Path, made: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    export = write_export(tmp_path / "result.json", some_chats())
    with monkeypatch.context() as broken:
        broken.setattr(data, "write_record", lambda folder, record: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            prepared(export)
    assert list(cache.iterdir()) == []
    prepared(export)
    assert len(made) == 2


@pytest.mark.parametrize("name", [RECORD, "train.jsonl", "test.jsonl"])
@pytest.mark.parametrize(
    "content", [None, "", "{", '{"inputs": {}}', pytest.param('{"x": ' + "[" * 99_999, id="nested")]
)
def test_a_damaged_entry_is_made_anew(
    name: str, content: str | None, tmp_path: Path, cache: Path, made: list[Path]
) -> None:
    export = write_export(tmp_path / "result.json", some_chats())
    first = prepared(export)
    [file] = cache.glob(f"prepared/*/{name}")
    file.unlink() if content is None else file.write_text(content)
    assert prepared(export) == first
    assert prepared(export) == first
    assert len(made) == 2


def test_without_the_cache_nothing_stays(tmp_path: Path, cache: Path, made: list[Path]) -> None:
    export = write_export(tmp_path / "result.json", some_chats())
    prepared(export, "use_cache=false")
    prepared(export, "use_cache=false")
    assert len(made) == 2
    assert list(cache.iterdir()) == []


def test_every_message_is_used_or_told(tmp_path: Path) -> None:
    record, train = prepared(write_export(tmp_path / "result.json", some_chats()), "use_cache=false")
    of_messages = [count for count in record.counts if count.unit == "messages"]
    assert of_messages[0].kept == 200
    for left, right in pairwise(of_messages):
        assert left.kept == right.kept + right.dropped
    sessions = [count for count in record.counts if count.unit == "sessions"]
    assert sum(record.sizes.values()) + record.counts[-1].dropped == sessions[-1].kept
    assert len(train) == record.sizes["train"]


def test_overlapping_chats_are_gathered_and_put_in_order(tmp_path: Path) -> None:
    first = chat("Anna", 2, [text_message(number, 1000 + number, OWNER, "N", f"m{number}") for number in (5, 1, 3)])
    second = chat(
        "Anna", 2, [text_message(number, 1000 + number, "user2", "Anna", f"m{number}") for number in (2, 4, 5)]
    )
    export = write_export(tmp_path / "result.json", [first, second])
    record, train = prepared(export, "split=none", "use_cache=false")
    assert [message for turn in train[0].turns for message in turn.messages] == ["m1", "m2", "m3", "m4", "m5"]
    assert record.counts[0].dropped == 1
    assert any("came after a later one" in note for note in record.notes)


def test_what_a_rule_left_out_is_shown_without_what_is_private(tmp_path: Path) -> None:
    chats = some_chats()
    secret = text_message(900, 1_700_000_001, "user2", "Anna", "call +7 912 345-67-89 " + "x" * 3000)
    chats[0]["messages"].insert(0, secret)
    record, _ = prepared(write_export(tmp_path / "result.json", chats), "use_cache=false")
    [example] = record.examples["filters.length"]
    assert example.message_id == 900
    assert example.text.startswith("call +7 ")
    assert "345-67-89" not in json.dumps(example.text)


def test_nobody_to_learn_leaves_no_folder(tmp_path: Path, cache: Path) -> None:
    export = write_export(tmp_path / "result.json", some_chats())
    with pytest.raises(DataError, match="is nobody in the export"):
        prepared(export, "persona=Zoe")
    assert list(cache.iterdir()) == []


def test_names_are_hidden_everywhere_but_who_is_learnt_is_asked_for_by_the_real_one(
    tmp_path: Path, cache: Path
) -> None:
    export = write_export(tmp_path / "result.json", some_chats())
    with prepared_samples(config_of(export, "privacy=names", "persona=Anna")) as (folder, record):
        kept = [(folder / name).read_text(encoding="utf-8") for name in ("train.jsonl", RECORD)]
    assert record.personas[0].ids == {"user2"}
    assert record.personas[0].name != "Anna"
    assert not any(name in content for name in ("Anna", "Boris", "Никита") for content in kept)


def test_excluded_people_are_in_no_sample_and_in_no_report(tmp_path: Path) -> None:
    chats = some_chats()
    other = [text_message(500 + at, 1_700_000_010 + 3 * at, "user9", "Mallory", f"zzz {at}") for at in range(90)]
    chats[0]["messages"] = sorted(chats[0]["messages"] + other, key=lambda message: int(message["date_unixtime"]))
    chats[0]["type"] = "private_group"
    export = write_export(tmp_path / "result.json", chats)
    for override in ("filters.people.exclude=[Mallory]", "filters.people.exclude=[user9]"):
        with prepared_samples(config_of(export, override)) as (folder, record):
            samples = [
                (folder / f"{part}.jsonl").read_text(encoding="utf-8") for part in ("train", "validation", "test")
            ]
        assert not any("zzz" in content or "Mallory" in content for content in samples)
        assert not any("zzz" in message.text for shown in record.shown for message in shown.before)
        assert not any("zzz" in message.text for found in record.examples.values() for message in found)
    with pytest.raises(DataError, match="Malory"):
        prepared(export, "filters.people.exclude=[Malory]")


def said_by(number: int, at: int, who: str, text: str, **more: Any) -> dict[str, Any]:
    ids = {"Никита": OWNER, "Anna": "user2", "Boris": "user3", "Mallory": "user9"}
    return text_message(number, 1_700_000_000 + at, ids[who], who, text) | more


def with_mallory(number: int = 60) -> list[dict[str, Any]]:
    """A group in which Boris asks, Mallory does, and each is answered, Mallory by a reply after Boris has said more."""
    said = []
    for day in range(number):
        at, first = 86_400 * day, 10 * day + 1
        said += [
            said_by(first, at, "Boris", f"and {day}?"),
            said_by(first + 1, at + 9, "Никита", f"to boris {day}"),
            said_by(first + 2, at + 20, "Mallory", f"zzz {day} " + "https://example.org" * (day % 2)),
            said_by(first + 3, at + 30, "Boris", f"well {day}"),
            said_by(first + 4, at + 40, "Никита", f"to mallory {day}", reply_to_message_id=first + 2),
        ]
    return [chat("Group", 7, said, "private_group")]


@pytest.mark.parametrize("sessions", ["gap", "reply_chain", "adaptive_gap", "none"])
def test_a_reply_to_somebody_left_out_is_not_learnt_as_an_answer_to_another(tmp_path: Path, sessions: str) -> None:
    export = write_export(tmp_path / "result.json", with_mallory())
    record, train = prepared(
        export, "filters.people.exclude=[Mallory]", f"sessions={sessions}", "split=none", "use_cache=false"
    )
    texts = [[text for turn in sample.turns for text in turn.messages] for sample in train]
    assert sum(["to boris 7" in said for said in texts]) == 1
    assert not any("to mallory" in text for said in texts for text in said[1:])
    assert any(note.startswith("filters.people: 60 replies are to words that are left out") for note in record.notes)


@pytest.mark.parametrize(
    "rules",
    [
        ("filters.dates.since=2023-11-20",),
        ("filters=[digital_copy,people]",),
        ("filters=[length,people]", "filters.length.max_chars=14"),
    ],
)
def test_no_rule_shows_what_another_keeps_out_of_sight(tmp_path: Path, cache: Path, rules: tuple[str, ...]) -> None:
    own = [said_by(1 + day, 86_400 * day, "Никита", f"to mallory {day}") for day in range(9)]
    chats = [*with_mallory(), chat("Mallory", 9, own)]
    words = ("filters.people.exclude=[Mallory]", "samples.learn_openings=true", "samples.min_turns=1", "split=none")
    export = write_export(tmp_path / "result.json", chats)
    with prepared_samples(config_of(export, *words, *rules, "samples/situation=told")) as (folder, record):
        kept = [(folder / name).read_text(encoding="utf-8") for name in ("train.jsonl", RECORD)]
    assert not any(word in content for content in kept for word in ("zzz", "Mallory"))
    assert {chat.name for chat in record.people.by_chat.values()} == {"Group", "(left out)"}
    assert {example.chat_name for found in record.examples.values() for example in found} <= {"Group", "(left out)"}


def test_examples_of_every_stage_are_without_what_a_rule_keeps_out_of_sight(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = write_export(tmp_path / "result.json", with_mallory())
    messages = TelegramExport.messages

    def telling(self: TelegramExport, funnel: Funnel) -> Iterator[Message]:
        for message in messages(self, funnel):
            funnel.example("source", message)
            yield message

    monkeypatch.setattr(TelegramExport, "messages", telling)
    record, _ = prepared(export, "filters.people.exclude=[Mallory]", "use_cache=false")
    assert [one.sender_name for one in record.examples["source"]] == ["Boris", "Никита", "Boris", "Никита"]


def test_who_may_be_read_is_never_learnt(tmp_path: Path) -> None:
    export = write_export(tmp_path / "result.json", with_mallory())
    read = ("filters.people.exclude=[Mallory]", "filters.people.context_allowed=[Mallory]", "use_cache=false")
    for samples in ("dialogue", "window", "pair", "reply"):
        _, train = prepared(export, *read, f"samples={samples}", "samples.learn=everyone", "split=none")
        turns = [turn for sample in train for turn in sample.turns]
        assert "Mallory" in {turn.speaker_name for turn in turns}
        assert {turn.speaker_name for turn in turns if turn.is_learnt} <= {"Boris", "Никита"}
    with pytest.raises(
        ConfigError, match=r"^filters\.people lets be read alone, and not learnt, every word of Mallory"
    ):
        prepared(export, *read, "persona=Mallory")
    with pytest.raises(ConfigError, match=r"^samples\.learn names Mallory"):
        prepared(export, *read, "samples.learn=[Mallory]")


def test_a_list_of_what_was_replaced_never_lies_beside_what_is_shared(tmp_path: Path) -> None:
    chats = some_chats()
    chats[0]["messages"][3]["text"] = "write to ann.smith@mail.com"
    export = write_export(tmp_path / "result.json", chats)
    shared, own = tmp_path / "runs" / "list.json", tmp_path / "own.json"
    with pytest.raises(ConfigError, match="beside what may be shared"):
        prepared(export, f"outputs={tmp_path / 'runs'}", f"privacy.mapping={shared}")
    prepared(export, f"outputs={tmp_path / 'runs'}")
    prepared(export, f"outputs={tmp_path / 'runs'}", f"privacy.mapping={own}")
    assert "ann.smith@mail.com" in own.read_text(encoding="utf-8")
    assert own.stat().st_mode & 0o777 == 0o600


def test_an_export_is_never_taken_for_the_list(tmp_path: Path) -> None:
    export = write_export(tmp_path / "result.json", some_chats())
    content = export.read_bytes()
    with pytest.raises(DataError, match=r"privacy\.mapping=.*result\.json is there already"):
        prepared(export, f"outputs={tmp_path / 'runs'}", f"privacy.mapping={export}")
    assert export.read_bytes() == content
