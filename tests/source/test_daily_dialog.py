import zipfile
from collections import Counter
from pathlib import Path

import pytest

from doppel.errors import DataError
from doppel.source.daily_dialog import DailyDialog
from tests.source.gathered import gathered, texts

TEXT = "Hi ! __eou__ Hello . __eou__ Bye . __eou__\nWhy ? __eou__ So . __eou__\n"


def folder(root: Path, text: str = TEXT, part: str = "test", **beside: str) -> str:
    root.mkdir(parents=True, exist_ok=True)
    (root / f"dialogues_{part}.txt").write_text(text, encoding="utf-8")
    for kind, content in beside.items():
        (root / f"dialogues_{kind}_{part}.txt").write_text(content, encoding="utf-8")
    return str(root)


def test_speakers_take_turns_and_emotions_are_labels(tmp_path: Path) -> None:
    source = DailyDialog(path=folder(tmp_path, emotion="0 4 6 \n1 0 \n", act="3 2 1 \n2 1 \n"), parts=None)
    messages, funnel = gathered(source)
    assert [(one.chat_id, one.message_id, one.sender_id, one.sender_name, one.text, one.label) for one in messages] == [
        ("dailydialog:test/1", 1, "dailydialog:A", "Person", "Hi !", "no emotion"),
        ("dailydialog:test/1", 2, "dailydialog:B", "You", "Hello .", "happiness"),
        ("dailydialog:test/1", 3, "dailydialog:A", "Person", "Bye .", "surprise"),
        ("dailydialog:test/2", 1, "dailydialog:A", "Person", "Why ?", "anger"),
        ("dailydialog:test/2", 2, "dailydialog:B", "You", "So .", "no emotion"),
    ]
    assert source.owner_ids() == {"dailydialog:B"}
    assert len(funnel.notes) == 1
    assert sorted(source.fingerprint()) == [
        "dialogues_act_test.txt",
        "dialogues_emotion_test.txt",
        "dialogues_test.txt",
    ]


def test_the_last_mark_may_be_missing_and_topics_have_names(tmp_path: Path) -> None:
    (tmp_path / "dialogues_topic.txt").write_text("1\n99\n", encoding="utf-8")
    text = "Hi ! __eou__ Hello .\nWhy ? __eou__ So .\n"
    messages, funnel = gathered(DailyDialog(path=folder(tmp_path, text, part="text_En"), parts=None))
    assert [one.topic for one in messages] == ["ordinary life"] * 2 + [None] * 2
    assert {one.label for one in messages} == {None}
    assert "source: text_En: no emotions stand beside it, so its messages have no labels." in funnel.notes


def test_a_table_holds_them_in_its_line(tmp_path: Path) -> None:
    text = "Hi ! __eou__ Hello . __eou__\t10\t2 1\t5 0\n"
    messages, _ = gathered(DailyDialog(path=folder(tmp_path, text), parts=None))
    assert [(one.text, one.topic, one.label) for one in messages] == [
        ("Hi !", "finance", "sadness"),
        ("Hello .", "finance", "no emotion"),
    ]


def test_other_numbers_beside_are_counted_and_not_fatal(tmp_path: Path) -> None:
    path = folder(tmp_path, emotion="0 4\n1 77\n5 5\n5\n", act="3 2 1 4\n2 1\n")
    messages, funnel = gathered(DailyDialog(path=path, parts=None))
    assert [one.label for one in messages] == [None, None, None, "anger", None]
    assert funnel.notes[1:] == [
        "source: test: 1 dialogues have another number of emotions than of messages; they have no labels.",
        "source: test: 1 dialogues have another number of acts than of messages; acts are not used.",
        "source: test: dialogues_emotion_test.txt has 2 lines more than there are dialogues.",
    ]


def test_empty_utterances_are_counted_and_speakers_stay_in_turn(tmp_path: Path) -> None:
    text = "Hi ! __eou__ __eou__ Bye . __eou__\n\nWhy ? __eou__ So . __eou__\n"
    messages, funnel = gathered(DailyDialog(path=folder(tmp_path, text), parts=None))
    assert [(one.chat_id, one.text, one.sender_name) for one in messages[:3]] == [
        ("dailydialog:test/1", "Hi !", "Person"),
        ("dailydialog:test/1", "Bye .", "Person"),
        ("dailydialog:test/3", "Why ?", "Person"),
    ]
    assert (funnel.counts[0].dropped, funnel.counts[0].why) == (1, "1 without words (first: test, line 1)")


def test_in_an_archive(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("deep/test/dialogues_test.txt", TEXT)
        archive.writestr("deep/test/dialogues_emotion_test.txt", "1 1 1\n1 1\n")
    messages, _ = gathered(DailyDialog(path=str(tmp_path / "x.zip"), parts=None))
    assert {one.label for one in messages} == {"anger"}


def test_parts_are_chosen_and_what_repeats_them_is_left_out(tmp_path: Path) -> None:
    folder(tmp_path / "train", "Train __eou__ ed __eou__\n", part="train")
    folder(tmp_path / "test", "Test __eou__ ed __eou__\n", part="test")
    folder(tmp_path, "Test __eou__ ed __eou__\nTrain __eou__ ed __eou__\n", part="text")
    every, funnel = gathered(DailyDialog(path=str(tmp_path), parts=None))
    assert texts(every) == ["Test", "ed", "Train", "ed"]
    assert "source: dialogues_text.txt repeats the parts in files of their own, and was left out." in funnel.notes
    assert texts(gathered(DailyDialog(path=str(tmp_path), parts=["train"]))[0]) == ["Train", "ed"]
    assert len(gathered(DailyDialog(path=str(tmp_path), parts=["whole"]))[0]) == 4


@pytest.mark.parametrize(
    ("parts", "fault"),
    [
        (["validation"], r"has no part validation \(source.parts=\[validation\]\). It has: test"),
        ([], r"has no part  ?\(source.parts=\[\]\)"),
    ],
)
def test_absent_parts_are_refused(parts: list, fault: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=fault):
        gathered(DailyDialog(path=folder(tmp_path), parts=parts))


def test_the_same_part_twice_is_refused(tmp_path: Path) -> None:
    folder(tmp_path / "one")
    folder(tmp_path / "two")
    with pytest.raises(DataError, match="The part test is there twice"):
        gathered(DailyDialog(path=str(tmp_path), parts=None))


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "holds no messages to read"),
        (b"\n\n", "holds no messages to read"),
        (b"Just words\n", "line 1, has no __eou__ between utterances"),
        (b"Hi __eou__ \xff __eou__\n", "line 1, is not UTF-8"),
    ],
)
def test_other_files_are_refused(content: bytes, fault: str, tmp_path: Path) -> None:
    (tmp_path / "dialogues_test.txt").write_bytes(content)
    with pytest.raises(DataError, match=fault):
        gathered(DailyDialog(path=str(tmp_path), parts=None))


def test_only_what_stands_beside_is_refused(tmp_path: Path) -> None:
    (tmp_path / "dialogues_emotion_test.txt").write_text("0\n", encoding="utf-8")
    with pytest.raises(DataError, match="has no text of dialogues, only what stands beside one"):
        gathered(DailyDialog(path=str(tmp_path), parts=None))


def test_the_official_files(shared_data: Path) -> None:
    messages, funnel = gathered(DailyDialog(path=str(shared_data / "dailydialog_official"), parts=None))
    assert (len(messages), len({one.chat_id for one in messages}), funnel.counts[0].dropped) == (15_809, 2_000, 0)
    labels = Counter(one.label for one in messages)
    assert labels["no emotion"] == 13_429
    assert None not in labels
    only = gathered(DailyDialog(path=str(shared_data / "dailydialog_official"), parts=["test"]))[0]
    assert len({one.chat_id for one in only}) == 1_000


def test_xdailydialog(shared_data: Path) -> None:
    path = str(shared_data / "xdailydialog" / "1k_part_data")
    messages, funnel = gathered(DailyDialog(path=path, parts=None))
    assert (len(messages), len({one.chat_id for one in messages})) == (7_386, 1_000)
    assert any("6 dialogues have another number of acts than of messages" in note for note in funnel.notes)
