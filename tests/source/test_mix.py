from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from doppel.config.build import build
from doppel.config.compose import compose
from doppel.errors import ConfigError
from doppel.source.mix import Mix
from doppel.types import Count, Funnel, Message
from tests.source.gathered import written
from tests.source.test_table import table


class Chats:
    """A source of so many chats with two messages each."""

    def __init__(self, number: int, kind: str = "x", dropped: int = 0, says: str = "hi") -> None:
        self.number = number
        self.kind = kind
        self.dropped = dropped
        self.says = says

    def messages(self, funnel: Funnel) -> Iterator[Message]:
        for message_id in (1, 2):
            for chat in range(self.number):
                yield Message(
                    chat_id=f"{self.kind}:{chat}",
                    chat_name=str(chat),
                    chat_kind="personal",
                    message_id=message_id,
                    sent_at=datetime(2024, 1, 31, tzinfo=UTC),
                    sender_id=f"{self.kind}:me",
                    sender_name=f"{self.kind} me",
                    text=self.says,
                )
        funnel.add(
            "source", kept=2 * self.number, dropped=self.dropped, unit="messages", why="3 odd" * bool(self.dropped)
        )
        funnel.note("source: guessed.")
        funnel.tally("source", {"changed": 1})

    def owner_ids(self) -> frozenset[str]:
        return frozenset((f"{self.kind}:me",))

    def fingerprint(self) -> dict[str, str]:
        return {"file": self.kind}


def read(mix: Mix) -> tuple[list[Message], Funnel]:
    funnel = Funnel()
    return list(mix.messages(funnel)), funnel


def mix(sources: dict[str, Any], seed: int = 0, **weights: float) -> Mix:
    return Mix(sources=sources, weights=weights, seed=seed)


def test_sources_are_joined_with_a_line_each() -> None:
    both = mix({"one": Chats(2, "x"), "two": Chats(3, "y", dropped=3)})
    messages, funnel = read(both)
    assert len(messages) == 10
    assert funnel.counts == [
        Count("source.one", 4, 0, "messages", ""),
        Count("source.two", 6, 3, "messages", "3 odd"),
    ]
    assert funnel.notes == ["source.one: guessed.", "source.two: guessed."]
    assert funnel.tallies == {"source.one": {"changed": 1}, "source.two": {"changed": 1}}
    assert both.owner_ids() == {"x:me", "y:me"}
    assert both.fingerprint() == {"one: file": "x", "two: file": "y"}


def test_a_weight_keeps_a_share_of_whole_chats() -> None:
    messages, funnel = read(mix({"one": Chats(1_000), "two": Chats(10, "y")}, one=0.25))
    of_one = [one.chat_id for one in messages if one.chat_id.startswith("x")]
    kept = len(set(of_one))
    assert 200 < kept < 300
    assert all(of_one.count(chat_id) == 2 for chat_id in set(of_one))
    assert funnel.counts[0] == Count(
        "source.one",
        2 * kept,
        2_000 - 2 * kept,
        "messages",
        f"{2_000 - 2 * kept:,} in {1_000 - kept} of 1,000 chats, by source.weights.one=0.25",
    )
    assert funnel.counts[1] == Count("source.two", 20, 0, "messages", "")


def test_the_same_chats_are_kept_each_time_and_more_by_a_larger_weight() -> None:
    def kept(weight: float, seed: int = 0) -> set[str]:
        return {one.chat_id for one in read(mix({"one": Chats(100)}, seed, one=weight))[0]}

    assert kept(0.3) == kept(0.3)
    assert kept(0.3) < kept(0.6)
    assert kept(0.3) != kept(0.3, seed=1)
    assert (len(kept(0.0)), len(kept(1.0))) == (0, 100)


def test_chats_of_two_sources_never_merge() -> None:
    messages, _ = read(mix({"one": Chats(2), "two": Chats(3, says="yo")}))
    assert sorted({one.chat_id for one in messages}) == ["two/x:0", "two/x:1", "x:0", "x:1", "x:2"]
    assert {one.sender_id for one in messages} == {"x:me"}


def test_a_mix_of_mixes_has_a_line_for_each_of_its_own() -> None:
    inner = mix({"a": Chats(2), "b": Chats(2, "y", dropped=3)})
    messages, funnel = read(mix({"inner": inner, "one": Chats(1, "z")}))
    assert len(messages) == 10
    assert funnel.counts[0] == Count("source.inner", 8, 3, "messages", "3 odd")
    assert funnel.notes == ["source.inner.a: guessed.", "source.inner.b: guessed.", "source.one: guessed."]


@pytest.mark.parametrize(
    ("sources", "weights", "fault"),
    [
        ({}, {}, r"source\.sources is empty.*\+source@source\.sources\.NAME=telegram"),
        ({"mine": "telegram"}, {}, r"source\.sources\.mine is no source\. .*\+source@source\.sources\.mine=telegram"),
        (
            {"mine": Chats(1)},
            {"mien": 0.5},
            r"source\.weights\.mien names no source\. Did you mean mine\? There are: mine",
        ),
    ],
)
def test_what_is_no_mix_is_refused(sources: dict[str, Any], weights: dict[str, float], fault: str) -> None:
    with pytest.raises(ConfigError, match=fault):
        Mix(sources=sources, weights=weights, seed=0)


def test_it_is_composed_on_the_command_line(tmp_path: Path) -> None:
    pairs = written(tmp_path / "x.jsonl", [{"question": "why?", "answer": "so"}])
    chats = written(tmp_path / "y.jsonl", [{"sender": "Anna", "text": "hi"}])
    words = ["source=mix", "+source@source.sources.general=pairs", f"source.sources.general.path={pairs}"]
    words += ["+source@source.sources.mine=table", f"source.sources.mine.path={chats}", "+source.weights.general=0.5"]
    config, faults = compose("train", words)
    assert faults == []
    source = build(config["source"])
    assert source.weights == {"general": 0.5}
    messages, funnel = read(source)
    assert [one.chat_id for one in messages if one.chat_id.startswith("table")] == ["table:y"]
    assert [count.stage for count in funnel.counts] == ["source.general", "source.mine"]
    assert read(Mix(sources={"mine": table(chats)}, weights={}, seed=0))[0] == messages[-1:]


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("+source@source.sources.mine=telegran", "has no such option, did you mean telegram?"),
        ("source@source.sources.mine=table", "nothing is chosen there yet: type +source@source.sources.mine=table"),
    ],
)
def test_a_slip_on_the_command_line_is_told_of_the_right_word(word: str, told: str) -> None:
    _, (fault,) = compose("train", ["source=mix", word])
    assert fault.startswith(f"`{word}`: ")
    assert told in fault
