"""What doppel exports comes back as the same samples, whatever made them."""

import json
import random
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from doppel.commands.data import prepared_samples
from doppel.config.compose import compose
from doppel.errors import ConfigError, DataError
from doppel.export.openai import OpenAIMessages
from doppel.export.parquet import Parquet
from doppel.export.sharegpt import ShareGPT
from doppel.run.samples import read_samples
from doppel.source.dialogue_kept import PLANTED, REPEATED
from doppel.source.dialogues import Dialogues
from doppel.source.hub import Hub
from doppel.types import Briefing, Funnel, Sample, Turn
from tests.data_line.preparing import Made, made
from tests.driving import OWNER, OWNER_NAME, chat, text_message, write_export

SHAPES = {"openai": OpenAIMessages, "sharegpt": ShareGPT, "parquet": Parquet}
PEOPLE = [(OWNER, OWNER_NAME), ("user2", "Anna"), ("user3", "Борис"), ("user4", "Anna")]
WORDS = [
    "sea",
    "gull",
    "fog",
    "lamp",
    "call +7 912 345-67-89",
    "Борис",
    "rope",
    "tide",
    "stone",
    "bell",
    "Anna",
    "salt",
]


def conversation(people: int, number: int, seed: int) -> list[dict[str, Any]]:
    """Messages with bursts, silences and replies, of which some lead far back."""
    draw, at, messages = random.Random(seed), 1_650_000_000, []
    for index in range(1, number + 1):
        at += draw.choice([15, 30, 90, 90, 5000, 90_000])
        text = f"{' '.join(draw.choices(WORDS, k=draw.randint(1, 6)))} {draw.random():.6f}"
        message = text_message(index, at, *draw.choice(PEOPLE[:people]), text)
        if index > 5 and draw.random() < 0.4:
            message["reply_to_message_id"] = draw.randint(max(1, index - 20), index - 1)
        messages.append(message)
    return messages


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A chat for two, a group, and a forum with two topics whose messages alternate."""
    forum = conversation(3, 120, 3)
    for message in forum:
        message["id"] += 10
        message["reply_to_message_id"] = 1 + message["id"] % 2
    topics = [
        {"id": number, "type": "service", "date": "2022-04-15T05:20:00", "date_unixtime": "1649999000", "text": "",
         "actor": OWNER_NAME, "actor_id": OWNER, "action": "topic_created", "title": title, "text_entities": []}
        for number, title in ((1, "boats"), (2, "trains"))
    ]  # fmt: skip
    chats = [
        chat("Anna", 2, conversation(2, 120, 1)),
        chat("Group", 5, conversation(4, 240, 2), "private_supergroup"),
        chat("Forum", 6, [*topics, *forum], "private_supergroup"),
    ]
    return write_export(tmp_path_factory.mktemp("export") / "result.json", chats)


def exported(samples: list[Sample], shape: str, file: Path, *, joins_bursts: bool = False) -> str:
    SHAPES[shape](joins_bursts=joins_bursts, keeps_samples=True)(samples, file)
    return str(file)


def back(path: object, *overrides: str) -> Made:
    return made(str(path), "source=dialogues", "split=none", *overrides)


@pytest.mark.parametrize(
    "overrides",
    [
        ("sessions=adaptive_gap", "samples=window"),
        ("sessions=reply_chain",),
        ("sessions=reply_chain", "samples=reply", "samples/situation=told"),
        ("sessions=none",),
        ("samples=pair", "privacy=names"),
        ("samples=window", "filters.people.exclude=[user3]"),
        ("filters.people.exclude=[user3]", "samples.learn=everyone", "sessions.topics=false"),
        (
            "samples/recency=half_life",
            "samples.recency.reference=2024-01-01",
            "samples/situation=told_ru",
            "samples/trivial=capped",
        ),
        ("persona={Me: user1, Other: user2}",),
    ],
    ids=" ".join,
)
def test_samples_come_back_the_same_whatever_made_them(
    overrides: tuple[str, ...], export: Path, tmp_path: Path
) -> None:
    first = made(export, "source=telegram", "split=none", *overrides)
    samples = list(first.parts[0])
    assert len(samples) > 2
    for shape in SHAPES:
        again = back(exported(samples, shape, tmp_path / f"train.{shape}"))
        assert list(again.parts[0]) == samples
        assert [persona.name for persona in again.prepared.personas] == [one.name for one in first.prepared.personas]
        source, messages, split = again.prepared.counts
        assert (messages.stage, messages.unit, messages.dropped) == ("split", "messages", 0)
        assert (source.stage, source.unit, source.kept, source.dropped) == ("source", "samples", len(samples), 0)
        assert (split.stage, split.kept + split.dropped) == ("split", len(samples))


@pytest.fixture(scope="module")
def samples(export: Path) -> list[Sample]:
    return list(made(export, "source=telegram", "split=none", "samples=window").parts[0])


def test_parts_come_back_alone_and_together_and_are_split_anew(export: Path, tmp_path: Path) -> None:
    first = made(export, "source=telegram", "split.purge_gap_hours=0", "split.purge_shared_words=null")
    for name, part in zip(("train", "validation", "test"), first.parts, strict=True):
        assert list(back(exported(list(part), "openai", tmp_path / f"{name}.openai.jsonl")).parts[0]) == list(part)
    together = back(tmp_path)
    assert set(together.parts[0]) == set(chain(*first.parts))
    again = made(tmp_path, "source=dialogues", "split.purge_gap_hours=0", "split.purge_shared_words=null")
    assert all(again.parts)


def test_several_shapes_of_one_export_are_read_once(samples: list[Sample], tmp_path: Path) -> None:
    for shape in SHAPES:
        exported(samples, shape, tmp_path / f"train.{shape.replace('openai', 'jsonl').replace('sharegpt', 'json')}")
    again = back(tmp_path)
    assert list(again.parts[0]) == samples
    source = again.prepared.counts[0]
    assert (source.kept, source.dropped) == (len(samples), 2 * len(samples))
    assert REPEATED in source.why


def test_joined_bursts_keep_whole_samples(samples: list[Sample], tmp_path: Path) -> None:
    for shape in SHAPES:
        again = back(exported(samples, shape, tmp_path / shape, joins_bursts=True)).parts[0]
        assert again == tuple(one for one in samples if one in again)
        assert len(again) > len(samples) // 2


def test_through_the_hub(samples: list[Sample], tmp_path: Path) -> None:
    pytest.importorskip("datasets")
    settings = {"name": None, "split": "train", "revision": None, "shape": "auto", "columns": {}, "timezone": "UTC"}
    for name, shape in (("x.parquet", "parquet"), ("x.jsonl", "openai")):
        source = Hub(path=exported(samples, shape, tmp_path / name), **settings, max_rows=None, exported="samples")
        assert list(source.kept_samples(Funnel()) or ()) == samples


def test_what_was_planted_is_left_out(export: Path, tmp_path: Path) -> None:
    first = list(made(export, "source=telegram", "split=none", "canaries=planted").parts[0])
    said = [one for one in first if one.chat_id != "canaries"]
    again = back(exported(first, "openai", tmp_path / "x.jsonl"), "canaries=planted")
    assert list(again.parts[0][: len(said)]) == said
    assert len(again.parts[0]) == len(first)
    assert again.prepared.counts[0].dropped == len(first) - len(said) > 0
    assert PLANTED in again.prepared.counts[0].why


def test_that_nothing_is_done_to_samples_is_told(samples: list[Sample], tmp_path: Path) -> None:
    path = exported(samples, "openai", tmp_path / "x.jsonl")
    plain = [note for note in back(path).prepared.notes if note.startswith("source")]
    assert len(plain) == 1
    assert "filters, privacy, sessions and samples have no part in them" in plain[0]
    notes = back(path, "sessions.max_gap_minutes=5", "samples/situation=told", "filters=none").prepared.notes
    assert any("sessions is set otherwise than usual, which changes nothing" in note for note in notes)
    assert any("no sample tells of a situation" in note for note in notes)


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("filters.people.exclude=[user2]", r"filters\.people\.exclude=\['user2'\]: .*source\.exported=messages"),
        ("privacy=names", r"privacy=names is set otherwise than usual.*source\.exported=messages"),
    ],
)
def test_what_cannot_be_kept_out_any_more_is_refused(
    override: str, told: str, samples: list[Sample], tmp_path: Path
) -> None:
    path = exported(samples, "openai", tmp_path / "x.jsonl")
    with pytest.raises(ConfigError, match=told):
        back(path, override)
    assert back(path, override, "source.exported=messages").prepared.counts[0].unit == "messages"


def test_a_persona_that_the_samples_are_not_made_for_is_refused(samples: list[Sample], tmp_path: Path) -> None:
    path = exported(samples, "openai", tmp_path / "x.jsonl")
    assert list(made(path, "source=dialogues", "split=none", persona=OWNER).parts[0]) == samples
    for persona in ("user2", {"Somebody": OWNER}):
        with pytest.raises(DataError, match=rf"are made for {OWNER_NAME} \({OWNER}\), and stay so"):
            made(path, "source=dialogues", "split=none", persona=persona)


def test_a_mix_reads_messages(samples: list[Sample], tmp_path: Path) -> None:
    path = exported(samples, "openai", tmp_path / "x.jsonl")
    config, _ = compose("prepare", ["source=mix", "+source@source.sources.a=dialogues", "split=none"])
    config["source"]["sources"]["a"]["path"] = path
    with prepared_samples(config | {"use_cache": False}) as (folder, prepared):
        assert read_samples(folder / "train.jsonl")
    assert prepared.counts[0].unit == "messages"


def edited(path: Path, change: Callable[[list[dict[str, Any]]], None]) -> Path:
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    change(lines)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def without_first(lines: list[dict[str, Any]]) -> None:
    del lines[0]["doppel"]


def without_second(lines: list[dict[str, Any]]) -> None:
    del lines[1]["doppel"]


def other_words(lines: list[dict[str, Any]]) -> None:
    lines[1]["messages"][0]["content"] += "!"


def other_loss(lines: list[dict[str, Any]]) -> None:
    told = next(one for one in lines[1]["messages"] if one["role"] == "assistant")
    told["weight"] = 1 - told["weight"]


def nested(lines: list[dict[str, Any]]) -> None:
    lines[1]["doppel"] = '{"x": ' + "[" * 99_999


def two_preparations(lines: list[dict[str, Any]]) -> None:
    lines[1]["doppel"]["sample_id"] = lines[0]["doppel"]["sample_id"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (without_first, r"line 2, holds a sample of doppel, and .*line 1, none.*source\.exported=messages"),
        (without_second, r"line 2, holds no sample of doppel, and the first record does.*source\.exported=messages"),
        (other_words, r"line 2: what stands beside `doppel` is not what .*source\.exported=ignored"),
        (other_loss, r"line 2: what stands beside `doppel` is not what .*source\.exported=ignored"),
        (nested, r"line 2: `doppel` is no sample"),
        (two_preparations, r"line 2: the sample \S+ is another one than in an earlier record"),
    ],
)
def test_an_edited_file_is_refused(change: Any, told: str, samples: list[Sample], tmp_path: Path) -> None:
    path = edited(Path(exported(samples, "openai", tmp_path / "x.jsonl")), change)
    with pytest.raises(DataError, match=told):
        back(path)
    read = back(path, "source.exported=ignored", "filters=none", "samples.min_turns=1", "samples.learn=everyone")
    assert read.prepared.counts[0].unit == "messages"


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
turns = st.builds(
    Turn, texts, texts, st.lists(texts, min_size=1, max_size=3).map(tuple), st.booleans(), st.booleans(),
    st.none() | texts, st.none() | st.builds(Briefing, st.lists(texts).map(tuple), st.lists(texts).map(tuple)),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(turns=st.lists(turns, min_size=1, max_size=4), weight=st.floats(0, 2), label=st.none() | texts)
@pytest.mark.parametrize("shape", SHAPES)
def test_every_field_comes_back(
    shape: str, turns: list[Turn], weight: float, label: str | None, samples: list[Sample],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:  # fmt: skip
    assume(any(turn.is_learnt for turn in turns))
    ids = tuple(range(sum(len(turn.messages) for turn in turns)))
    plain = samples[0]
    sample = Sample(
        "c/1", "c/0", "c", "\n", plain.started_at, plain.ended_at, tuple(turns), ids, (-7, 10**15), label, weight, False
    )
    path = exported([sample, plain], shape, tmp_path_factory.mktemp("one") / "x")
    assert list(Dialogues(path=path, exported="samples").kept_samples(Funnel()) or ()) == [sample, plain]
