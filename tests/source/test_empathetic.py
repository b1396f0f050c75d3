from pathlib import Path

import pytest

from doppel.errors import DataError
from doppel.source.empathetic import EMOTIONS, EmpatheticDialogues
from tests.source.gathered import gathered, texts

ORIGINAL = """conv_id,utterance_idx,context,prompt,speaker_idx,utterance,selfeval,tags
hit:0_conv:1,1,guilty,I was late_comma_ again.,7,I was late_comma_ "very" late.,5|5,
hit:0_conv:1,2,guilty,I was late_comma_ again.,3,How late?,5|5,
hit:0_conv:1,3,guilty,I was late_comma_ again.,7,An hour.,5|5,
hit:0_conv:2,1,joyful,I won.,4,I won!,5|5,
hit:0_conv:2,2,joyful,I won.,9,Great.,5|5,
"""


def source(tmp_path: Path, content: str | bytes, *, keep_situation: bool = False) -> EmpatheticDialogues:
    raw = content.encode() if isinstance(content, str) else content
    (tmp_path / "train.csv").write_bytes(raw)
    return EmpatheticDialogues(path=str(tmp_path), keep_situation=keep_situation)


def test_speaker_and_listener_with_the_emotion(tmp_path: Path) -> None:
    data = source(tmp_path, ORIGINAL)
    messages, funnel = gathered(data)
    assert [(one.chat_id, one.sender_id, one.text, one.label) for one in messages] == [
        ("empathetic:train/hit:0_conv:1", "empathetic:speaker", 'I was late, "very" late.', "guilty"),
        ("empathetic:train/hit:0_conv:1", "empathetic:listener", "How late?", "guilty"),
        ("empathetic:train/hit:0_conv:1", "empathetic:speaker", "An hour.", "guilty"),
        ("empathetic:train/hit:0_conv:2", "empathetic:speaker", "I won!", "joyful"),
        ("empathetic:train/hit:0_conv:2", "empathetic:listener", "Great.", "joyful"),
    ]
    assert data.owner_ids() == {"empathetic:listener"}
    assert (funnel.counts[0].kept, funnel.counts[0].dropped) == (5, 0)


def test_the_situation_is_a_service_message_where_kept(tmp_path: Path) -> None:
    messages, _ = gathered(source(tmp_path, ORIGINAL, keep_situation=True))
    assert [(one.text, one.is_service) for one in messages[:2]] == [
        ("I was late, again.", True),
        ('I was late, "very" late.', False),
    ]
    assert sum(one.is_service for one in messages) == 2


def test_a_number_stands_for_the_emotion_and_the_position_for_the_speaker(tmp_path: Path) -> None:
    content = "conv_id,utterance_idx,prompt,utterance,label\nc,2,p,How?,25\nc,1,p,Hi,25\n"
    messages, _ = gathered(source(tmp_path, content))
    assert [(one.text, one.sender_name, one.label) for one in messages] == [
        ("Hi", "Speaker", "guilty"),
        ("How?", "Listener", "guilty"),
    ]
    assert (len(EMOTIONS), len(set(EMOTIONS))) == (32, 32)


def test_without_a_label(tmp_path: Path) -> None:
    messages, funnel = gathered(source(tmp_path, "conv_id,utterance_idx,prompt,utterance\nc,1,p,Hi\nc,2,p,Ho\n"))
    assert [one.label for one in messages] == [None, None]
    assert "source: 2 messages have no emotion: the file has neither context nor label." in funnel.notes


def test_rows_of_a_conversation_that_lie_apart_are_two_conversations(tmp_path: Path) -> None:
    again = "hit:0_conv:1,1,guilty,I was late_comma_ again.,7,And again.,5|5,\n"
    messages, funnel = gathered(source(tmp_path, ORIGINAL + again))
    assert len({(one.chat_id, one.message_id) for one in messages}) == 6
    assert messages[-1].chat_id == "empathetic:train/hit:0_conv:1#2"
    assert any(note.startswith("source: 1 messages are of a conversation whose rows lie") for note in funnel.notes)


def test_unusable_rows_are_counted(tmp_path: Path) -> None:
    more = f",1,guilty,p,7,Hi,5,\nc,x,guilty,p,7,Hi,5,\nc,1,guilty,p,7, ,5,\nc,1,too,few\nc,{'9' * 5000},a,b,7,d,e,\n"
    messages, funnel = gathered(source(tmp_path, ORIGINAL + more))
    assert (len(messages), funnel.counts[0].dropped) == (5, 5)
    assert "1 in rows with more or fewer fields than the header (first: train, line 10)" in funnel.counts[0].why


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "holds no messages to read"),
        (b"conv_id,utterance_idx,utterance\n", "holds no messages to read"),
        (b"id,text\n1,hi\n", "has no column conv_id. It has: id, text"),
        ("conv_id,utterance_idx,utterance\nc,1,\u0439\n".encode("cp1251"), "line 2, is not UTF-8"),
    ],
)
def test_other_files_are_refused(content: bytes, fault: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=fault):
        gathered(source(tmp_path, content))


def test_the_real_files(shared_data: Path) -> None:
    messages, funnel = gathered(EmpatheticDialogues(path=str(shared_data / "empathetic"), keep_situation=False))
    assert (len(messages), funnel.counts[0].dropped) == (12_078 + 10_973, 0)
    assert len({one.chat_id for one in messages}) == 2_770 + 2_547
    assert sum(one.label is None for one in messages) == 10_973
    assert not any("_comma_" in text for text in texts(messages))
