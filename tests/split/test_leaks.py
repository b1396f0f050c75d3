"""No way leads from what is learnt to an answer that is held out, whatever is in the samples."""

import re
from collections import defaultdict
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doppel.errors import DataError
from doppel.split.group import SplitByChat
from doppel.split.temporal import SplitByTime
from doppel.types import Funnel, Sample, Split
from tests.split.made import sample

LONG = "one two three four five six seven eight"


def divide(samples: list[Sample], purge_shared_words: int | None = 8) -> tuple[list[tuple[int, ...]], str]:
    """The parts, about six tenths, two and two; and why samples were left out."""
    funnel = Funnel()
    stage = SplitByTime(
        validation_fraction=0.2,
        test_fraction=0.2,
        per_chat=False,
        purge_gap_hours=0,
        purge_shared_words=purge_shared_words,
    )
    split = stage(samples, funnel)
    [line] = funnel.counts
    parts = [split.train, split.validation, split.test]
    assert (line.kept, line.dropped) == (sum(map(len, parts)), len(samples) - sum(map(len, parts)))
    return parts, line.why


def thirty(changes: dict[int, dict]) -> list[Sample]:
    """Samples 0 to 29 with messages 0 to 29: 0-17 train, 18-23 validation, 24-29 test, unless something ties them."""
    return [sample(at, **{"ids": (at,), **changes.get(at, {})}) for at in range(30)]


def left_out(changes: dict[int, dict], purge_shared_words: int | None = 8) -> tuple[set[int], str]:
    """The samples of thirty that are in no part, and why."""
    parts, why = divide(thirty(changes), purge_shared_words)
    assert (min(parts[1]) >= 18, min(parts[2]) >= 24) == (True, True)
    return set(range(30)) - {at for part in parts for at in part}, why


ANSWER, SHARE = "that answer what an earlier part holds", "that share a message"


@pytest.mark.parametrize(
    ("changes", "expected", "why"),
    [
        ({}, set(), ""),
        # Answers within a part, to nobody, and in another chat.
        ({3: {"replies_to": (1,)}, 29: {"replies_to": (28, 777)}}, set(), ""),
        ({29: {"replies_to": (1,), "chat": "p:2"}}, set(), ""),
        ({29: {"replies_to": (1,)}}, {29}, f"1 {ANSWER}"),
        ({29: {"replies_to": (20,)}}, {29}, f"1 {ANSWER}"),
        # Over two answers: in one part, and in two.
        ({29: {"replies_to": (28,)}, 28: {"replies_to": (20,)}}, {28, 29}, f"2 {ANSWER}"),
        (
            {29: {"replies_to": (21,)}, 21: {"replies_to": (20,)}, 20: {"replies_to": (17,)}},
            {20, 21, 29},
            f"3 {ANSWER}",
        ),
        # A clock that was wrong: what is learnt answers the future.
        ({2: {"replies_to": (29,)}}, {29}, f"1 {ANSWER}"),
        ({2: {"replies_to": (3,)}, 3: {"replies_to": (29,)}}, {29}, f"1 {ANSWER}"),
        # A session is left out whole.
        ({20: {"replies_to": (5,), "session": "s"}, 21: {"session": "s"}}, {20, 21}, f"2 {ANSWER}"),
        # A chain over a session that is under way at the cut, and so in no part.
        (
            {17: {"hours": 2, "replies_to": (4,)}, 29: {"replies_to": (17,)}},
            {17, 29},
            f"1 under way where validation or test starts; 1 {ANSWER}",
        ),
        ({0: {"ids": (0, 29)}}, {0}, f"1 {SHARE}"),
        ({20: {"ids": (20, 28)}}, {20}, f"1 {SHARE}"),
    ],
)
def test_ties_by_messages(changes: dict, expected: set[int], why: str) -> None:
    found, seen = left_out(changes)
    assert found == expected
    assert seen.removesuffix(" or 8 words in a row with an answer of a later part") == why


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({1: {"says": (LONG,)}, 29: {"says": (f"so: {LONG.upper()}!",)}}, {1}),
        ({1: {"hears": (LONG,)}, 20: {"says": ("x", LONG)}}, {1}),
        ({20: {"says": (LONG,)}, 29: {"says": (LONG,)}}, {20}),
        ({20: {"says": (LONG,)}, 21: {"says": (LONG,)}, 2: {"says": (LONG,)}}, {2}),
        ({1: {"aside": f"answers: {LONG}"}, 29: {"says": (LONG,)}}, {1}),
        # Not an answer; too few words; in several messages; on one side alone.
        ({1: {"says": (LONG,)}, 29: {"hears": (LONG,)}}, set()),
        ({1: {"says": (LONG,)}, 29: {"aside": LONG}}, set()),
        ({1: {"says": (LONG[4:],)}, 29: {"says": (LONG[4:],)}}, set()),
        ({1: {"says": tuple(LONG.split())}, 29: {"says": (LONG,)}}, set()),
        ({1: {"says": (LONG,)}, 2: {"says": (LONG,)}}, set()),
    ],
)
def test_ties_by_words(changes: dict, expected: set[int]) -> None:
    found, why = left_out(changes)
    assert found == expected
    assert bool(why) == bool(expected)
    assert left_out(changes, None) == (set(), "")


def test_words_of_what_was_left_out_for_its_reply_do_not_count() -> None:
    assert left_out({29: {"replies_to": (1,), "says": (LONG,)}, 2: {"says": (LONG,)}}) == ({29}, f"1 {ANSWER}")


def test_a_chain_of_any_length_is_followed() -> None:
    number = 3000
    samples = [sample(at, ids=(at,), replies_to=(at - 1,) if at > number // 2 else ()) for at in range(number)]
    loose = [sample(at + 0.7, hours=0.01, ids=(number + at,)) for at in range(number)]
    parts, why = divide(samples + loose)
    assert why == "1,200 that answer what an earlier part holds"
    assert [min(part) for part in parts[1:]] == [number + 1800, number + 2400]


def test_nothing_left_is_told_with_the_reason() -> None:
    with pytest.raises(DataError, match=rf"would get 18, 0, 6 samples \(6 {ANSWER} left out\)"):
        divide(thirty({at: {"replies_to": (0,)} for at in range(18, 24)}))


WORDS = st.lists(st.sampled_from(["a", "B", "\u0434\u0430", "\u6f22", "no", ",", "😀"]), max_size=9).map(" ".join)
IDS = st.integers(-2, 40)


@st.composite
def exports(draw: st.DrawFn) -> list[Sample]:
    """Samples of a few chats: in and out of order, overlapping, sharing sessions, messages, words and replies."""
    samples, clock = [], defaultdict(float)
    for number in range(draw(st.integers(3, 24))):
        chat = draw(st.sampled_from(["p:1", "p:2", "g:3"]))
        start = clock[chat] if draw(st.integers(0, 5)) else draw(st.integers(0, 30))
        clock[chat] = start + 1
        ids = (number,) if draw(st.integers(0, 5)) else tuple(draw(st.lists(IDS, min_size=1, max_size=3)))
        samples.append(
            sample(
                start,
                hours=draw(st.sampled_from([0, 0.5, 0.5, 0.5, 1, 3])),
                learnt=draw(st.integers(1, 3)),
                chat=chat,
                session=f"{chat}/{number if draw(st.integers(0, 5)) else draw(st.integers(0, 5))}",
                ids=ids,
                replies_to=tuple(draw(st.lists(IDS, max_size=2))) if not draw(st.integers(0, 3)) else (),
                says=tuple(draw(st.lists(WORDS, min_size=1, max_size=3))),
                hears=(draw(WORDS),),
                aside=draw(st.none() | WORDS),
            )
        )
    return samples


FRACTIONS = st.sampled_from([0, 0.15, 0.3])
SHARED = st.sampled_from([None, 1, 3, 5])


def runs(texts: list[str], length: int | None) -> set[tuple[str, ...]]:
    """The words in a row, found in another way."""
    found: set[tuple[str, ...]] = set()
    for text in texts:
        words = re.findall("\u6f22|[^\\W\u6f22]+", text.casefold())
        found |= {tuple(words[at : at + length]) for at in range(len(words) - length + 1)} if length else set()
    return found


def answered(samples: list[Sample]) -> dict[str, set[str]]:
    """Session -> every session that it answers, over any number of answers."""
    holders = defaultdict(set)
    for one in samples:
        for message_id in one.message_ids:
            holders[one.chat_id, message_id].add(one.session_id)
    direct = defaultdict(set)
    for one in samples:
        for message_id in one.replies_to:
            direct[one.session_id] |= holders[one.chat_id, message_id]
    reached = {session: set(found) for session, found in direct.items()}
    for _ in samples:
        for found in reached.values():
            found |= {further for session in found for further in direct.get(session, ())}
    return defaultdict(set, reached)


def assert_no_way(samples: list[Sample], split: Split, funnel: Funnel, length: int | None) -> None:
    """What no split may do: lose or double a sample, or leave a way from a part to an answer of a later one."""
    parts = (split.train, split.validation, split.test)
    positions = [at for part in parts for at in part]
    assert len(set(positions)) == len(positions)
    [line] = funnel.counts
    assert (line.kept, line.dropped) == (len(positions), len(samples) - len(positions))
    reasons = [int(count) for count in re.findall(r"(?:^|; )(\d+)", line.why)]
    assert sum(reasons) == line.dropped
    answers = answered(samples)
    for part in parts:
        assert all(samples[left].started_at <= samples[right].started_at for left, right in pairwise(part))
    for place, part in enumerate(parts):
        for one in (samples[at] for at in part):
            seen = runs([text for turn in one.turns for text in (*turn.messages, turn.aside or "")], length)
            for other in (samples[at] for later in parts[place + 1 :] for at in later):
                assert one.session_id != other.session_id
                assert one.chat_id != other.chat_id or not set(one.message_ids) & set(other.message_ids)
                assert other.session_id not in answers[one.session_id]
                assert one.session_id not in answers[other.session_id]
                said = [text for turn in other.turns if turn.is_learnt for text in turn.messages]
                assert not seen & runs(said, length)


def divided(samples: list[Sample], stage: SplitByTime | SplitByChat, length: int | None) -> list[list[Sample]]:
    """The samples of each part, once it is clear that no way leads from part to part; [] for what is refused."""
    funnel = Funnel()
    try:
        split = stage(samples, funnel)
    except DataError:
        return []
    assert_no_way(samples, split, funnel, length)
    return [[samples[at] for at in part] for part in (split.train, split.validation, split.test)]


@settings(deadline=None, derandomize=True, max_examples=100)
@given(exports(), FRACTIONS, FRACTIONS, st.sampled_from([0, 2]), SHARED, st.booleans())
def test_no_way_leads_to_an_answer_held_out_by_time(samples, validation, test, gap, length, per_chat) -> None:
    stage = SplitByTime(
        validation_fraction=validation,
        test_fraction=test,
        per_chat=per_chat,
        purge_gap_hours=gap,
        purge_shared_words=length,
    )
    for earlier, later in combinations(divided(samples, stage, length), 2):
        for one in earlier:
            others = [other for other in later if not per_chat or other.chat_id == one.chat_id]
            assert all(one.ended_at < other.started_at for other in others)


@settings(deadline=None, derandomize=True, max_examples=100)
@given(exports(), FRACTIONS, FRACTIONS, st.none() | st.just(["2"]) | st.just([]), SHARED, st.integers(0, 9))
def test_no_way_leads_to_an_answer_held_out_by_chat(samples, validation, test, named, length, seed) -> None:
    stage = SplitByChat(
        validation_chats=named,
        test_chats=None,
        validation_fraction=validation,
        test_fraction=test,
        seed=seed,
        purge_shared_words=length,
    )
    parts = divided(samples, stage, length)
    chats = [{sample.chat_id for sample in part} for part in parts]
    assert all(left.isdisjoint(right) for left, right in combinations(chats, 2))
    if named and parts:
        assert chats[1] == {"p:2"}
