"""Through the library `datasets`, from local files: no test reaches for the network."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from doppel.errors import DataError
from doppel.source.dialogues import Dialogues
from doppel.source.hub import Hub
from tests.source.gathered import gathered, texts, written

datasets: Any = pytest.importorskip("datasets")
PAIRS = [{"question": "why?", "answer": "so"}, {"question": "who?", "answer": "me"}]
DIALOGUES = [{"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "ho"}]}]
TABLE = [{"sender": "Anna", "text": "hi", "date": "2024-01-31 12:00:00", "chat": "c"}]


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")


def hub(path: object, **more: Any) -> Hub:
    settings: dict[str, Any] = {"name": None, "split": "train", "revision": None, "shape": "auto", "columns": {}}
    settings |= {"timezone": "UTC", "max_rows": None, "exported": "samples"}
    return Hub(path=str(path), **{**settings, **more})


@pytest.mark.parametrize("name", ["x.jsonl", "x.csv", "x.tsv", "x.parquet", "folder/x.jsonl", "folder/x.parquet"])
def test_local_files_of_every_format(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    if name.endswith("parquet"):
        file.parent.mkdir(exist_ok=True)
        pq.write_table(pa.Table.from_pylist(PAIRS), file)
    elif name.endswith("jsonl"):
        written(file, PAIRS)
    else:
        rows = [["question", "answer"], *(list(pair.values()) for pair in PAIRS)]
        file.write_text("".join(("\t" if "tsv" in name else ",").join(row) + "\n" for row in rows), encoding="utf-8")
    source = hub(file.parent if "folder" in name else file)
    messages, funnel = gathered(source)
    assert texts(messages) == ["why?", "so", "who?", "me"]
    assert messages[0].chat_id == f"pairs:{'folder' if 'folder' in name else file.name}/1"
    assert source.owner_ids() == {"pairs:answer"}
    assert (funnel.counts[0].kept, funnel.counts[0].dropped) == (4, 0)


def test_what_save_to_disk_wrote(tmp_path: Path) -> None:
    datasets.disable_progress_bars()
    dataset = datasets.Dataset.from_list(PAIRS)
    dataset.save_to_disk(str(tmp_path / "one"))
    datasets.DatasetDict({"train": dataset, "test": dataset.select([1])}).save_to_disk(str(tmp_path / "several"))
    assert texts(gathered(hub(tmp_path / "one"))[0]) == ["why?", "so", "who?", "me"]
    assert texts(gathered(hub(tmp_path / "several", split="test"))[0]) == ["who?", "me"]


def test_dialogues_are_known_by_their_list(tmp_path: Path) -> None:
    path = written(tmp_path / "x.jsonl", DIALOGUES)
    source = hub(path)
    messages, _ = gathered(source)
    as_dialogues, _ = gathered(Dialogues(exported="samples", path=path))
    assert texts(messages) == texts(as_dialogues) == ["hi", "ho"]
    assert [one.sender_id for one in messages] == [one.sender_id for one in as_dialogues]
    assert source.owner_ids() == {"dialogues:assistant"}


def test_prompts_that_are_lists_are_dialogues(tmp_path: Path) -> None:
    record = {"prompt": DIALOGUES[0]["messages"][:1], "completion": DIALOGUES[0]["messages"][1:]}
    messages, _ = gathered(hub(written(tmp_path / "x.jsonl", [record])))
    assert [one.chat_id for one in messages] == ["dialogues:x.jsonl/1"] * 2


def test_a_table_is_known_by_its_columns(tmp_path: Path) -> None:
    messages, _ = gathered(hub(written(tmp_path / "x.jsonl", TABLE), timezone="Europe/Moscow"))
    assert [(one.sender_id, one.text, one.chat_id, one.sent_at.hour) for one in messages] == [
        ("table:Anna", "hi", "table:c", 9)
    ]


def test_columns_can_be_named(tmp_path: Path) -> None:
    path = written(tmp_path / "x.jsonl", [{"q": "why?", "a": "so", "who": "Anna"}])
    assert len(gathered(hub(path, columns={"question": "q", "answer": "a"}))[0]) == 2
    (message,), _ = gathered(hub(path, columns={"text": "a", "sender": "who"}))
    assert (message.sender_id, message.text) == ("table:Anna", "so")


def test_the_first_rows_can_be_enough(tmp_path: Path) -> None:
    path = written(tmp_path / "x.jsonl", PAIRS)
    messages, funnel = gathered(hub(path, max_rows=1))
    assert texts(messages) == ["why?", "so"]
    assert "source: only the first 1 rows were read (source.max_rows)." in funnel.notes
    assert not any("max_rows" in note for note in gathered(hub(path, max_rows=2))[1].notes)


def test_the_fingerprint_follows_the_content(tmp_path: Path) -> None:
    path = written(tmp_path / "x.jsonl", PAIRS)
    (label, before), *_ = hub(path).fingerprint().items()
    assert (label, len(before)) == ("x.jsonl", 64)
    assert hub(path).fingerprint() == {label: before}
    written(tmp_path / "x.jsonl", PAIRS[:1])
    assert hub(path).fingerprint() != {label: before}


def test_torch_stays_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets.config, "TORCH_AVAILABLE", True)
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    gathered(hub(written(tmp_path / "x.jsonl", PAIRS)))
    assert "torch" not in sys.modules


@pytest.mark.parametrize(
    ("records", "more", "fault"),
    [
        ([{"title": "a", "score": 1}], {}, "has the columns title, score: neither dialogues, nor pairs, nor a table"),
        (PAIRS, {"columns": {"quesion": "q"}}, r"source\.columns\.quesion is no field of table\."),
        (PAIRS, {"columns": {"question": "q"}}, r"has no column q \(source\.question=q\)"),
        (PAIRS, {"shape": "pairs", "columns": {"answr": "a"}}, r"is no field of pairs\. Did you mean answer\?"),
        (PAIRS, {"shape": "dialogues", "columns": {"text": "a"}}, "is no field of dialogues"),
        (PAIRS, {"shape": "table"}, "no column that is known to hold the text"),
        (TABLE, {"shape": "dialogues"}, "holds no dialogues"),
        ([{"question": "a", "answer": ""}], {}, "holds no messages to read"),
    ],
)
def test_records_that_do_not_fit_are_refused(
    records: list[Any], more: dict[str, Any], fault: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=fault):
        gathered(hub(written(tmp_path / "x.jsonl", records), **more))


@pytest.mark.parametrize("name", ["x.jsonl", "x.csv", "x.parquet", "x.arrow"])
@pytest.mark.parametrize("content", [b"", b"\x00\xff\x80 nothing", b'{"question": "hush'])
def test_damaged_files_are_refused_without_their_words(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError) as caught:
        gathered(hub(tmp_path / name))
    assert str(tmp_path / name) in str(caught.value)
    assert name == "x.csv" or "hush" not in str(caught.value)


def test_a_file_that_breaks_off_is_refused_with_the_row(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text('{"question": "a", "answer": "b"}\n{"question": \n', encoding="utf-8")
    with pytest.raises(DataError, match=r"cannot be read, after row 0: JSON parse error.* type source=dialogues"):
        gathered(hub(tmp_path / "x.jsonl"))


def test_a_split_that_is_not_there(tmp_path: Path) -> None:
    written(tmp_path / "folder" / "train.jsonl", PAIRS)
    with pytest.raises(DataError, match=r"Bad split: tset.* Type source\.split=SPLIT"):
        gathered(hub(tmp_path / "folder", split="tset"))


def test_an_empty_path_is_not_the_folder_at_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path / "x.jsonl", PAIRS)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        DataError, match=r"source\.path= names no data set\. For files of .*, or source\.path=OWNER/NAME"
    ):
        gathered(hub(""))


def test_offline_nothing_is_reached_for() -> None:
    with pytest.raises(DataError, match=r"The data set nobody/nothing cannot be read: Couldn't reach.* HF_HUB_OFFLINE"):
        gathered(hub("nobody/nothing"))


@pytest.mark.parametrize(
    ("error", "way_out"),
    [
        (ConnectionError("Couldn't reach 'a/b' on the Hub (ConnectTimeout)"), "Is there a network"),
        (FileNotFoundError("Dataset 'a/b' is a gated dataset on the Hub. You must"), "hf auth login"),
        (FileNotFoundError("Dataset 'a/b' doesn't exist on the Hub or cannot"), "source.path=OWNER/NAME"),
        (FileNotFoundError("Revision 'x' doesn't exist for dataset 'a/b'"), "source.revision=null"),
        (RuntimeError("Dataset scripts are no longer supported, but found b.py"), "Its code is never run"),
        (ValueError("Config name is missing.\nPlease pick one among: ['x', 'y']"), r"Type source\.name=CONFIG"),
        (KeyError(), r"KeyError\. For files of your own"),
    ],
)
def test_the_way_out_of_each_failure(error: Exception, way_out: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> Iterator[Any]:
        raise error

    monkeypatch.setattr(datasets, "load_dataset_builder", fail)
    with pytest.raises(DataError, match=way_out) as caught:
        gathered(hub("a/b"))
    assert "\n" not in str(caught.value)


def test_without_the_library_the_way_out_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(DataError, match=r'pip install "doppel\[hub\]"'):
        gathered(hub("a/b"))


def test_of_local_files_nobody_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    asked = []
    monkeypatch.setattr("datasets.load.get_session", lambda: asked.append(True))
    assert texts(gathered(hub(written(tmp_path / "x.jsonl", PAIRS)))[0]) == ["why?", "so", "who?", "me"]
    assert not asked


@pytest.mark.parametrize("name", ["x.jsonl", "folder/x.json"])
def test_what_would_end_the_process_is_refused(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_text('{"question": ' + "[" * 100_000)
    with pytest.raises(DataError, match=rf"{file.name}, before byte 100,013, has values nested too deeply"):
        gathered(hub(file.parent if "/" in name else file))
