"""From generated exports to the files of the parts: every message counted, nothing held out that was learnt."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from doppel.errors import DataError
from doppel.types import Message
from tests.data_line.arithmetic import check_funnel, check_parts, check_told
from tests.data_line.exports import EXCLUDED, EXCLUDED_NAME, Export, exports
from tests.data_line.leaks import check_no_way, said
from tests.data_line.preparing import Made, made, messages

BY_TIME = ("split.validation_fraction=0.2", "split.test_fraction=0.2")
LINES = {
    "shipped": BY_TIME,
    "bare": ("filters=none", "privacy=secrets", "sessions=none", "samples=window", "split=group",
             "split.validation_fraction=0", "split.test_fraction=0.3"),
    "consent": (f"filters.people.exclude=[{EXCLUDED}]", "sessions=reply_chain", "samples=reply", *BY_TIME),
    "consent last": (f"filters.people.exclude=[{EXCLUDED}]", "filters=[digital_copy,people]", *BY_TIME),
    "chats": ("sessions=adaptive_gap", "samples=pair", "split.per_chat=true", *BY_TIME),
    "everyone": ("filters=weclone", "samples.learn=everyone", "samples.learn_openings=true", "samples.min_turns=1",
                 "split.purge_gap_hours=2", *BY_TIME),
    "told": ("samples=window", "samples/situation=told", "samples/trivial=capped", "samples/recency=half_life",
             "samples.recency.reference=2024-01-01",
             "privacy=names", "split.test_fraction=0", "split.validation_fraction=0.3"),
    "topics": ("filters=user_simulation", "sessions.max_gap_minutes=20", "samples.needs_answer=true", *BY_TIME),
    "quoted": ("filters=doppelganger", "sessions=reply_chain", "sessions.attach_gap_minutes=null", "samples=pair",
               "samples.question=quoted", "samples.whole_answers=false", "split.validation_fraction=0",
               "split.test_fraction=0.3"),
}  # fmt: skip
REFUSALS = ("There is nothing to learn", "cannot be split", "holds no messages")
DETERMINISTIC = settings(
    max_examples=16,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture(autouse=True)
def own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def attempt(export: Export, file: Path, *overrides: str, is_reversed: bool = False) -> Made | str:
    """What was made, or why nothing could be."""
    try:
        return made(export.written(file, is_reversed=is_reversed), *overrides)
    except DataError as error:
        told = str(error)
        assert any(words in told for words in REFUSALS), told
        if "There is nothing to learn" in told:
            check_told(told)
        return told.partition(":")[0]


@pytest.mark.parametrize("name", LINES)
def test_every_message_is_counted_and_nothing_held_out_is_learnt(name: str, tmp_path: Path) -> None:
    overrides, done = LINES[name], []

    @given(exports())
    @DETERMINISTIC
    def holds(export: Export) -> None:
        result = attempt(export, tmp_path / "result.json", *overrides)
        unsplit = [one for one in overrides if not one.startswith("split")]
        everything = attempt(export, tmp_path / "result.json", *unsplit, "split=none")
        if isinstance(everything, str):
            assert isinstance(result, str), "nothing is left, yet it can be split"
            return
        check_funnel(everything.prepared)
        check_parts(everything.prepared, everything.parts)
        samples = everything.parts[0]
        kept = [line.kept for line in everything.prepared.counts if line.stage == "samples"]
        assert kept == [len(said(samples)), len({one.session_id for one in samples})]
        if isinstance(result, Made):
            done.append(len(samples))
            check_result(result, samples, messages(tmp_path / "result.json", *overrides), overrides)
            if name.startswith("consent"):
                check_left_out(result, export)

    holds()
    assert len(done) >= 3, f"{name}: too few of the exports could be split"


def check_result(result: Made, samples: tuple, everything: list[Message], overrides: tuple[str, ...]) -> None:
    check_funnel(result.prepared)
    check_parts(result.prepared, result.parts)
    before = {one.sample_id: one for one in samples}
    for sample_id, (_, sample) in result.by_id().items():
        assert sample == before[sample_id]
    left_out = result.prepared.counts[-1].dropped
    assert sum(map(len, result.parts)) + left_out == len(samples)
    is_by_chat = "split=group" in overrides
    is_by_time = not is_by_chat and "split.per_chat=true" not in overrides
    check_no_way(result.parts, samples, everything, is_by_time=is_by_time, is_by_chat=is_by_chat)


def check_left_out(result: Made, export: Export) -> None:
    """Nobody left out speaks, is shown or named, and what answers them answers nobody else."""
    assert not any(turn.speaker_id == EXCLUDED for part in result.parts for one in part for turn in one.turns)
    assert EXCLUDED not in result.prepared.people.by_id
    shown = [one for found in result.prepared.examples.values() for one in found]
    shown += [one for sample in result.prepared.shown for one in sample.before]
    assert not any(EXCLUDED_NAME in (one.sender_name, one.forwarded_from, one.chat_name) for one in shown)
    replies = replies_to_excluded(export)
    for sample in (one for part in result.parts for one in part):
        assert not replies.intersection((sample.chat_id, number) for number in sample.message_ids[1:])


def replies_to_excluded(export: Export) -> set[tuple[str, int]]:
    """(chat, message) of what replies to an earlier message of the one who is left out."""
    found = set()
    for chat in export.chats:
        chat_id, gone = f"{chat['type']}:{chat['id']}", set()
        for one in sorted(chat["messages"], key=lambda one: (int(one["date_unixtime"]), one["id"])):
            if one.get("reply_to_message_id") in gone:
                found.add((chat_id, one["id"]))
            if one["from_id"] == EXCLUDED and one["type"] == "message":
                gone.add(one["id"])
    return found


# Copies are told from the first that comes, and the cap on trivial answers counts as it goes: without both of them the
# order of the chats in the file means nothing.
ORDERLESS = ("~filters.duplicates", *BY_TIME)


def test_the_order_of_the_chats_means_nothing(tmp_path: Path) -> None:
    done = []

    @given(exports())
    @DETERMINISTIC
    def holds(export: Export) -> None:
        forth = attempt(export, tmp_path / "result.json", *ORDERLESS)
        back = attempt(export, tmp_path / "result.json", *ORDERLESS, is_reversed=True)
        if isinstance(forth, str) or isinstance(back, str):
            assert forth == back
            return
        done.append(export)
        assert forth.by_id() == back.by_id()
        assert [(line.stage, line.kept, line.dropped) for line in forth.prepared.counts] == [
            (line.stage, line.kept, line.dropped) for line in back.prepared.counts
        ]

    holds()
    assert len(done) >= 5


def test_what_was_prepared_before_is_the_same(tmp_path: Path) -> None:
    done = []

    @given(exports())
    @DETERMINISTIC
    def holds(export: Export) -> None:
        fresh = attempt(export, tmp_path / "result.json", *BY_TIME)
        if isinstance(fresh, str):
            return
        with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
            patch.setenv("XDG_CACHE_HOME", folder)
            first = made(tmp_path / "result.json", *BY_TIME, use_cache=True)
            again = made(tmp_path / "result.json", *BY_TIME, use_cache=True)
        assert fresh.files == first.files == again.files
        assert fresh.prepared == first.prepared == again.prepared
        done.append(export)

    holds()
    assert len(done) >= 5
