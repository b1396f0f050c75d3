import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from doppel.errors import DataError
from doppel.export.openai import OpenAIMessages
from doppel.export.parquet import Parquet
from doppel.export.sharegpt import ShareGPT
from doppel.source.dialogue_sample import REPEATED
from doppel.source.dialogues import Dialogues
from doppel.types import Sample, Turn
from tests.source.gathered import gathered, texts

START = datetime(2024, 5, 1, 12, tzinfo=UTC)


def turn(speaker: str, *messages: str) -> Turn:
    is_mine = speaker == "user1"
    return Turn(speaker, {"user1": "Me", "user2": "You"}[speaker], messages, is_persona=is_mine, is_learnt=is_mine)


SAMPLE = Sample(
    sample_id="personal_chat:7/100",
    session_id="personal_chat:7/100",
    chat_id="personal_chat:7",
    chat_name="You",
    started_at=START,
    ended_at=START + timedelta(minutes=3),
    turns=(turn("user2", "hi", "you there?"), turn("user1", "ho", "yes")),
    message_ids=(100, 101, 105, 106),
    replies_to=(90,),
    label="joy",
)


@pytest.mark.parametrize("shape", [OpenAIMessages, ShareGPT, Parquet])
def test_what_doppel_exports_comes_back_as_it_was(shape: type, tmp_path: Path) -> None:
    exporter = shape(joins_bursts=False, keeps_samples=True)
    exporter([SAMPLE], tmp_path / f"train{exporter.suffix}")
    source = Dialogues(exported="samples", path=str(tmp_path))
    messages, _ = gathered(source)
    assert [(one.chat_id, one.message_id, one.sender_id, one.sender_name, one.text) for one in messages] == [
        ("personal_chat:7", 100, "user2", "You", "hi"),
        ("personal_chat:7", 101, "user2", "You", "you there?"),
        ("personal_chat:7", 105, "user1", "Me", "ho"),
        ("personal_chat:7", 106, "user1", "Me", "yes"),
    ]
    assert [one.sent_at for one in messages] == [START + timedelta(minutes=number) for number in range(4)]
    assert [one.reply_to for one in messages] == [90, None, None, None]
    assert {(one.chat_name, one.chat_kind, one.label) for one in messages} == {("You", "personal", "joy")}
    assert source.owner_ids() == {"user1"}


def write(file: Path, *samples: object) -> str:
    lines = [json.dumps({"messages": [], "doppel": json.loads(msgspec.json.encode(sample))}) for sample in samples]
    file.write_text("\n".join(lines), encoding="utf-8")
    return str(file)


def test_messages_that_samples_share_are_read_once_and_stay_in_order(tmp_path: Path) -> None:
    later = replace(
        SAMPLE,
        started_at=START + timedelta(minutes=2),
        ended_at=START + timedelta(minutes=4),
        turns=(turn("user1", "ho", "yes"), turn("user2", "one", "two")),
        message_ids=(105, 106, 107, 108),
    )
    messages, funnel = gathered(Dialogues(exported="samples", path=write(tmp_path / "x.jsonl", SAMPLE, later)))
    assert texts(messages) == ["hi", "you there?", "ho", "yes", "one", "two"]
    assert all(one.sent_at < two.sent_at for one, two in pairwise(messages))
    assert messages[-1].sent_at == later.ended_at
    assert (funnel.counts[0].dropped, funnel.counts[0].why) == (2, f"2 {REPEATED} (first: x, line 2)")


def test_the_end_is_exact(tmp_path: Path) -> None:
    sample = replace(SAMPLE, ended_at=START + timedelta(seconds=10))
    messages, _ = gathered(Dialogues(exported="samples", path=write(tmp_path / "x.jsonl", sample)))
    assert (messages[0].sent_at, messages[-1].sent_at) == (sample.started_at, sample.ended_at)


def test_a_sample_of_one_message(tmp_path: Path) -> None:
    sample = replace(SAMPLE, turns=(turn("user1", "ho"),), message_ids=(105,), ended_at=START)
    messages, _ = gathered(Dialogues(exported="samples", path=write(tmp_path / "x.jsonl", sample)))
    assert [(one.text, one.sent_at) for one in messages] == [("ho", START)]


@pytest.mark.parametrize(
    ("sample", "fault"),
    [
        ({"chat_id": "x"}, "missing required field"),
        (5, "Expected `object`, got `int`"),
        ("no json", "JSON is malformed"),
        (replace(SAMPLE, message_ids=(1, 2)), "has 4 messages and 2 message_ids"),
        (replace(SAMPLE, message_ids=(1, 2, 3, 2)), "has the message 2 twice: it was edited"),
        (replace(SAMPLE, ended_at=START - timedelta(days=1)), "it was edited"),
        (replace(SAMPLE, turns=(), message_ids=()), "has 0 messages and 0 message_ids"),
        (replace(SAMPLE, turns=SAMPLE.turns[:1], message_ids=(1, 2)), "has no turn that is learnt"),
        (replace(SAMPLE, weight=-1.0), "has a weight of -1"),
        (replace(SAMPLE, replies_to=(2**62 + 1,)), "has ids of more than 62 bits"),
    ],
)
def test_an_edited_sample_is_refused_with_its_line(sample: object, fault: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=rf"x\.jsonl, line 2: `doppel` .*{fault}"):
        gathered(Dialogues(exported="samples", path=write(tmp_path / "x.jsonl", SAMPLE, sample)))
