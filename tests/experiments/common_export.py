"""One account's export with what the rules of the known systems are about, and samples as lines to compare."""

from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from doppel.commands.data import prepared_samples
from doppel.commands.prepared import Prepared, sample_file
from doppel.config.compose import compose
from doppel.run.samples import read_samples
from doppel.types import Sample
from tests.driving import chat, from_export, text_message, write_export

ME, WORK = ("user1", "Max"), ("user9", "Max at work")  # two accounts of one person
ANNA, BORIS, VERA = ("user2", "Anna"), ("user3", "Boris"), ("user8", "Vera")
GONE, LEFT = ("user4", None), ("user44", None)  # deleted accounts
BOT = ("user7", "Helper")
PLAIN, BIG = {"type": "plain", "text": "this is "}, {"type": "bold", "text": "very big"}
THUMB, LAUGH = "\U0001f44d", "\U0001f602\U0001f602"
CHARS_180, CHARS_181 = "so it goes " * 16 + "away", "so it goes " * 16 + "ahead"
CHARS_548, CHARS_549 = "we know it " * 49 + "of course", "we know it " * 49 + "of course!"
CHARS_1500 = "so it goes " * 136 + "home"

Said = tuple[str, dict[str, Any]]  # how long after the message before; the message


def said(wait: str, by: tuple[str, str | None], text: str, **more: Any) -> Said:
    return wait, text_message(0, 0, by[0], by[1] or "", text) | {"from": by[1]} | more


def wordless(wait: str, by: tuple[str, str | None], **more: Any) -> Said:
    return said(wait, by, "", text_entities=[], **more)


def seconds(wait: str) -> int:
    """Of "4:59" or "2:59:59"."""
    hours, minutes, rest = ([0, 0, *map(int, wait.split(":"))])[-3:]
    return 3600 * hours + 60 * minutes + rest


def sent(day: str, *messages: Said) -> list[dict[str, Any]]:
    """The messages of a chat that begins at noon (UTC) of the day, numbered from 1."""
    at = int(datetime.fromisoformat(f"{day}T12:00:00+00:00").timestamp())
    numbered = []
    for number, (wait, message) in enumerate(messages, start=1):
        at += seconds(wait)
        date = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        numbered.append(message | {"id": number, "date": date, "date_unixtime": str(at)})
    return numbered


SILENCES = sent(  # just below, at and above what ends a conversation in each system; a whole day; who speaks first
    "2024-03-01",
    said("0:00", ANNA, "hi"), said("0:20", ANNA, "you there?"), said("0:40", ME, "yes"), said("0:05", ME, "what now"),
    said("4:59", ANNA, "lunch?"), said("0:30", ME, "sure"),
    said("5:00", ANNA, "where"), said("0:30", ME, "at home"),
    said("5:01", ANNA, "when"), said("0:30", ME, "at two"),
    said("9:59", ANNA, "soon"), said("0:30", ME, "yes soon"),
    said("10:00", ANNA, "ok"), said("0:30", ME, "bring tea"),
    said("10:01", ANNA, "green"), said("0:30", ME, "black"),
    said("59:59", ANNA, "here"), said("0:30", ME, "come in"),
    said("60:00", ANNA, "thanks"), said("0:30", ME, "any time"),
    said("60:01", ANNA, "home"), said("0:30", ME, "good"),
    said("2:59:59", ANNA, "asleep"), said("0:30", ME, "not yet"),
    said("3:00:00", ANNA, "night"), said("0:30", ME, "good night"),
    said("3:00:01", ANNA, "morning"), said("0:30", ME, "coffee"),
    said("24:05:00", ANNA, "today?"), said("0:30", ME, "busy today"),
    said("26:00:00", ME, "guess what"), said("1:00", ANNA, "what"), said("0:30", ME, "I won"),
    said("30:00:00", ANNA, "congrats"), said("3:00", ANNA, "really"), said("0:30", ME, "thank you"),
    said("30:00:00", ANNA, "question"), said("6:00", ME, "answer"), said("0:30", ANNA, "oh"),
    said("30:00:00", ANNA, "are you ok"), said("5:30:00", ME, "was away"),
)  # fmt: skip

KINDS = sent(  # of messages, half a minute apart
    "2024-03-10",
    said("0:00", BORIS, "look https://example.org/a"),
    said("0:30", ME, "wow"),
    said("0:30", ME, "words of the news", forwarded_from="News"),
    said("0:30", ME, "words of somebody", forwarded_from=None),
    wordless("0:30", BORIS, media_type="sticker", sticker_emoji=THUMB, file="sticker.webp"),
    said("0:30", ME, "+"),
    wordless("0:30", BORIS, photo="photo_1.jpg"),
    said("0:30", ME, "nice place"),
    said("0:30", BORIS, "our garden", photo="photo_2.jpg"),
    ("0:30", text_message(0, 0, *ME, "") | {"text": ["this is ", BIG], "text_entities": [PLAIN, BIG]}),
    wordless("0:30", BORIS, media_type="voice_message", file="voice.ogg"),
    said("0:30", ME, "score of a game", via_bot="@quiz"),
    said("0:30", BORIS, "a - b c"),
    said("0:30", ME, "fine by me"),
    wordless("0:30", BORIS, type="service", action="phone_call", actor="Boris", actor_id="user3"),
    said("0:30", BORIS, CHARS_181),
    said("0:30", ME, CHARS_180),
    said("0:30", ME, LAUGH),
    wordless("0:30", BORIS, file="notes.pdf", file_name="notes.pdf"),
    wordless("0:30", BORIS, media_type="video_message", file="round.mp4"),
    said("0:30", ME, "bye"),
)  # fmt: skip

GROUP = sent(
    "2024-03-14",
    said("0:00", BORIS, "hello club"),
    said("0:30", ANNA, "hello"),
    said("0:30", ME, "hello all"),
    said("0:20", WORK, "me too"),
    said("1:00", BORIS, "who fixed the server"),
    said("30:00", ANNA, "I love pancakes"),
    said("30:00", ME, "I did", reply_to_message_id=5),
    said("0:30", ME, "last night"),
    said("0:30", BORIS, "thank you", reply_to_message_id=7),
    said("0:30", ANNA, "and the lamp in the hall", reply_to_message_id=6),  # her own
    said("1:00", BORIS, "which lamp", reply_to_message_id=99),  # deleted
    said("2:00:00", ME, "it was the fuse", reply_to_message_id=11),
    said("0:30", LEFT, "so long"),
    said("0:30", ME, "who left"),
    said("0:30", ANNA, "nobody"),
    said("0:30", ME, "good"),
)

LENGTHS = sent(
    "2024-03-18",
    said("0:00", VERA, CHARS_1500), said("1:00", ME, CHARS_548),  # 2,048 characters
    said("24:00:00", VERA, CHARS_1500), said("1:00", ME, CHARS_549),
)  # fmt: skip

CHATS = [
    {"type": "saved_messages", "id": 1, "messages": sent("2024-02-01", said("0:00", ME, "buy milk"))},
    chat("Anna", 2, SILENCES),
    chat("Boris", 3, KINDS),
    chat("", 4, sent("2024-03-12", said("0:00", GONE, "are you there"), said("0:30", ME, "who is this")))
    | {"name": None},
    chat("Club", 5, GROUP, "private_supergroup"),
    chat(
        "Town", 6, sent("2024-03-16", said("0:00", BORIS, "where is the market"), said("0:30", ME, "on the square")),
        "public_supergroup",
    ),
    chat(
        "Helper", 7,
        sent("2024-03-17", said("0:00", ME, "/start"), said("0:10", BOT, "welcome"), said("0:30", ME, "thanks bot")),
        "bot_chat",
    ),
    chat("Vera", 8, LENGTHS),
]  # fmt: skip


def prepared(*overrides: str) -> tuple[list[Sample], Prepared]:
    """The samples of a composed config, all of them to learn from, and how they came about."""
    config, faults = compose("prepare", ["use_cache=false", "split=none", *overrides])
    assert faults == []
    with prepared_samples(config) as (folder, record):
        return read_samples(sample_file(folder, "train")), record


def lines(samples: list[Sample]) -> list[str]:
    """'Anna: hi / you there? | Max*: yes': turns, their messages, a star where they are learnt."""
    return [
        " | ".join(f"{turn.speaker_name}{'*' * turn.is_learnt}: {' / '.join(turn.messages)}" for turn in sample.turns)
        for sample in samples
    ]


def lines_of_common_export(folder: Path, name: str, *overrides: str) -> list[str]:
    """The samples that an experiment makes of the common export."""
    export = write_export(folder / "result.json", CHATS)
    samples, record = prepared(f"experiment={name}", *from_export(export), *overrides)
    assert_closed(record)
    return lines(samples)


def assert_closed(record: Prepared) -> None:
    """Each line of the funnel about messages starts where the last one ended; sources begin together."""
    counts = [count for count in record.counts if count.unit == "messages"]
    sources = [count.kept for count in counts if count.stage.startswith("source")]
    stages = counts[len(sources) :]
    assert stages[0].kept + stages[0].dropped == sum(sources)
    for left, right in pairwise(stages):
        assert left.kept == right.kept + right.dropped, right.stage


def split_of(name: str) -> str:
    """How an experiment splits."""
    config, faults = compose("prepare", [f"experiment={name}"])
    assert faults == []
    return config["split"]["_target_"].rpartition(".")[2]
