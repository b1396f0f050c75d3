"""No way leads from what is learnt to an answer that is held out, whatever is in the samples."""

import re
from collections import defaultdict
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doppel.errors import DataError
from doppel.split.group import SplitByChat
from doppel.split.replies import Replies
from doppel.split.temporal import SplitByTime
from doppel.types import Funnel, Message, Sample, Split
from tests.split.made import T0, sample

LONG = "one two three four five six seven eight"


def divide(
    samples: list[Sample], purge_shared_words: int | None = 8, replies: Replies | None = None
) -> tuple[list[tuple[int, ...]], str]:
    """The parts, about six tenths, two and two; and why samples were left out."""
    funnel = Funnel()
    stage = SplitByTime(
        validation_fraction=0.2,
        test_fraction=0.2,
        per_chat=False,
        purge_gap_hours=0,
        purge_shared_words=purge_shared_words,
    )
    stage.follow(replies or Replies())
    split = stage(samples, funnel)
    line = funnel.counts[-1]
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
        # In several messages of one turn, here and there, and in several there alone.
        ({1: {"says": ("one two", LONG[8:])}, 29: {"says": ("one two three", LONG[14:])}}, {1}),
        ({1: {"says": tuple(LONG.split())}, 29: {"says": (LONG,)}}, {1}),
        ({1: {"hears": (LONG[:13],), "says": (LONG[14:],)}, 29: {"says": (LONG,)}}, set()),
        # Not an answer; too few words; on one side alone.
        ({1: {"says": (LONG,)}, 29: {"hears": (LONG,)}}, set()),
        ({1: {"says": (LONG,)}, 29: {"aside": LONG}}, set()),
        ({1: {"says": (LONG[4:],)}, 29: {"says": (LONG[4:],)}}, set()),
        ({1: {"says": ("see you", "tomorrow")}, 29: {"says": ("see you", "tomorrow")}}, set()),
        ({1: {"says": (LONG,)}, 2: {"says": (LONG,)}}, set()),
    ],
)
def test_ties_by_words(changes: dict, expected: set[int]) -> None:
    found, why = left_out(changes)
    assert found == expected
    assert bool(why) == bool(expected)
    assert left_out(changes, None) == (set(), "")


FORTY = [f"w{at}" for at in range(40)]


def changed(every: int, words: list[str] = FORTY) -> str:
    """The words, of which each so-manieth is another one."""
    return " ".join(f"new{at}" if at % every == every - 1 else word for at, word in enumerate(words))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({1: {"says": (" ".join(FORTY),)}, 29: {"says": (changed(8),)}}, {1}),
        ({1: {"says": (changed(8),)}, 29: {"says": (" ".join(FORTY[:9]), " ".join(FORTY[9:]))}}, {1}),
        ({1: {"hears": (changed(7),)}, 29: {"says": (" ".join(FORTY),)}}, {1}),
        ({20: {"says": (changed(8),)}, 29: {"says": (" ".join(FORTY),)}}, {20}),
        ({1: {"says": (changed(8, FORTY[:14]),)}, 29: {"says": (" ".join(FORTY[:14]),)}}, {1}),
        # The answer stands in something longer; but the longer one, as the answer, is for the most part new.
        ({1: {"says": (f"{changed(8)} {' '.join('abcdefghijk' * 9)}",)}, 29: {"says": (" ".join(FORTY),)}}, {1}),
        ({1: {"says": (changed(8),)}, 29: {"says": (f"{' '.join(FORTY)} {' '.join('abcdefghijk' * 9)}",)}}, set()),
        # Too much is new; too short for a word to be another one; of the same part; for training alone.
        ({1: {"says": (changed(4),)}, 29: {"says": (" ".join(FORTY),)}}, set()),
        ({1: {"says": (changed(5, FORTY[:9]),)}, 29: {"says": (" ".join(FORTY[:9]),)}}, set()),
        ({28: {"says": (changed(8),)}, 29: {"says": (" ".join(FORTY),)}}, set()),
        ({1: {"says": (changed(8),)}, 2: {"says": (" ".join(FORTY),)}}, set()),
    ],
)
def test_ties_by_nearly_the_same_words(changes: dict, expected: set[int]) -> None:
    found, why = left_out(changes)
    assert found == expected
    assert why == (f"{len(expected)} that hold an answer of a later part with some words changed" if expected else "")
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


def loose(*links: tuple[int, int], chat: str = "p:1") -> list[Message]:
    """Messages that are in no sample, and what each answers."""
    fields: dict = {"chat_id": chat, "chat_name": "", "chat_kind": "personal", "sent_at": T0}
    return [
        Message(message_id=message, reply_to=answered, sender_id="b", sender_name="b", text="ok", **fields)
        for message, answered in links
    ]


@pytest.mark.parametrize(
    ("changes", "links", "expected"),
    [
        ({29: {"replies_to": (901,)}}, [(901, 1)], {29}),
        ({29: {"replies_to": (901,)}}, [(902, 1), (901, 903), (903, 902)], {29}),
        ({29: {"replies_to": (28,)}, 28: {"replies_to": (901,)}}, [(901, 20)], {28, 29}),
        # A clock that was wrong; over a session that is in no part, behind a message in no sample.
        ({1: {"replies_to": (901,)}}, [(901, 29)], {29}),
        ({17: {"hours": 2, "replies_to": (902,)}, 29: {"replies_to": (901,)}}, [(901, 17), (902, 4)], {17, 29}),
        # It leads nowhere: to nobody, back to where it came from, to itself, round and round, to the same part.
        ({29: {"replies_to": (901,)}}, [(901, 777), (1, 901)], set()),
        ({29: {"replies_to": (901,)}}, [(901, 29)], set()),
        ({29: {"replies_to": (901,)}}, [(901, 901)], set()),
        ({29: {"replies_to": (901,)}}, [(901, 902), (902, 903), (903, 902)], set()),
        ({29: {"replies_to": (901,)}}, [(901, 25)], set()),
        # Two answers to one message are no chain.
        ({1: {"replies_to": (901,)}, 29: {"replies_to": (901,)}}, [], set()),
    ],
)
def test_a_chain_runs_over_messages_that_are_in_no_sample(changes: dict, links: list, expected: set[int]) -> None:
    replies = Replies()
    replies.see(loose(*links))
    parts, _ = divide(thirty(changes), replies=replies)
    assert set(range(30)) - {at for part in parts for at in part} == expected
    elsewhere = Replies()
    elsewhere.see(loose(*links, chat="p:2"))
    parts, _ = divide(thirty(changes), replies=elsewhere)
    assert {at for part in parts for at in part} >= expected - {17, 28}


def test_nothing_left_is_told_with_the_reason() -> None:
    with pytest.raises(DataError, match=rf"would get 18, 0, 6 samples \(6 {ANSWER} left out\)"):
        divide(thirty({at: {"replies_to": (0,)} for at in range(18, 24)}))


WORDS = st.lists(st.sampled_from(["a", "B", "\u0434\u0430", "\u6f22", "no", ",", "😀"]), max_size=9).map(" ".join)
COPIES = st.tuples(st.sampled_from([" ".join(FORTY), *(changed(every) for every in (4, 6, 7, 8))]))
IDS = st.integers(-2, 40)
Links = dict[tuple[str, int], tuple[str, int]]  # (chat, message) -> what it answers


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
                says=draw(COPIES) if draw(st.booleans()) else tuple(draw(st.lists(WORDS, min_size=1, max_size=3))),
                hears=(draw(WORDS),),
                aside=draw(st.none() | WORDS),
            )
        )
    return samples


@st.composite
def linked(draw: st.DrawFn) -> Links:
    """What messages answer that may be in samples, or in none: up to three times as many."""
    places = st.tuples(st.sampled_from(["p:1", "p:2", "g:3"]), IDS)
    return {place: (place[0], to) for place, to in draw(st.dictionaries(places, IDS, max_size=60)).items()}


FRACTIONS = st.sampled_from([0, 0.15, 0.3])
SHARED = st.sampled_from([None, 1, 3, 5, 7, 8, 8, 8])


def runs(texts: list[str], length: int | None) -> set[tuple[str, ...]]:
    """The words in a row, found in another way."""
    found: set[tuple[str, ...]] = set()
    for text in texts:
        words = re.findall("\u6f22|[^\\W\u6f22]+", text.casefold())
        found |= {tuple(words[at : at + length]) for at in range(len(words) - length + 1)} if length else set()
    return found


def answered(samples: list[Sample], links: Links) -> dict[str, set[str]]:
    """Session -> every session that it answers, over any number of answers, in samples or not."""
    holders = defaultdict(set)
    for one in samples:
        for message_id in one.message_ids:
            holders[one.chat_id, message_id].add(one.session_id)
    onward = defaultdict(set)
    for one in samples:
        onward[one.session_id] |= {(one.chat_id, message_id) for message_id in one.replies_to}
    for place, to in links.items():
        onward[place].add(to)
    for place, sessions in holders.items():
        onward[place] = sessions  # from a message in samples a chain goes on as from these
    reached = {start: set(found) for start, found in onward.items()}
    for _ in range(len(samples) + len(links)):
        for found in reached.values():
            found |= {further for place in found for further in onward.get(place, ())}
    return defaultdict(set, reached)


def near(answer: str, text: str, length: int | None) -> bool:
    """Whether a text is nearly the answer, by the rule of `Near`, found in another way."""
    six, pieces, there = (runs([one], size) for one, size in ((answer, 6), (answer, 3), (text, 3)))
    shared = len(pieces & there)
    enough = max((length or 0) - 2, len(pieces) / 2)
    return length is not None and length > 6 and shared >= enough and bool(six & runs([text], 6))


def assert_no_way(samples: list[Sample], links: Links, split: Split, funnel: Funnel, length: int | None) -> None:
    """What no split may do: lose or double a sample, or leave a way from a part to an answer of a later one."""
    parts = (split.train, split.validation, split.test)
    positions = [at for part in parts for at in part]
    assert len(set(positions)) == len(positions)
    of_messages, line = funnel.counts
    assert (line.kept, line.dropped) == (len(positions), len(samples) - len(positions))
    everywhere, kept = ({(s.session_id, at) for s in those for at in s.message_ids}
                        for those in (samples, [samples[at] for at in positions]))  # fmt: skip
    assert (of_messages.kept, of_messages.dropped) == (len(kept), len(everywhere - kept))
    for count in funnel.counts:
        assert sum(int(number) for number in re.findall(r"(?:^|; )(\d+)", count.why)) == count.dropped
    answers = answered(samples, links)
    for part in parts:
        assert all(samples[left].started_at <= samples[right].started_at for left, right in pairwise(part))
    for place, part in enumerate(parts):
        for one in (samples[at] for at in part):
            told = [" ".join(turn.messages) for turn in one.turns] + [turn.aside or "" for turn in one.turns]
            seen = runs(told, length)
            for other in (samples[at] for later in parts[place + 1 :] for at in later):
                assert one.session_id != other.session_id
                assert one.chat_id != other.chat_id or not set(one.message_ids) & set(other.message_ids)
                assert other.session_id not in answers[one.session_id]
                assert one.session_id not in answers[other.session_id]
                said = [" ".join(turn.messages) for turn in other.turns if turn.is_learnt]
                assert not seen & runs(said, length)
                assert not any(near(answer, text, length) for answer in said for text in told)


def divided(
    samples: list[Sample], links: Links, stage: SplitByTime | SplitByChat, length: int | None
) -> list[list[Sample]]:
    """The samples of each part, once it is clear that no way leads from part to part; [] for what is refused."""
    funnel, replies = Funnel(), Replies()
    for (chat, message), (_, to) in links.items():
        replies.see(loose((message, to), chat=chat))
    stage.follow(replies)
    try:
        split = stage(samples, funnel)
    except DataError:
        return []
    assert_no_way(samples, links, split, funnel, length)
    return [[samples[at] for at in part] for part in (split.train, split.validation, split.test)]


@settings(deadline=None, derandomize=True, max_examples=100)
@given(exports(), linked(), FRACTIONS, FRACTIONS, st.sampled_from([0, 2]), SHARED, st.booleans())
def test_no_way_leads_to_an_answer_held_out_by_time(samples, links, validation, test, gap, length, per_chat) -> None:
    stage = SplitByTime(
        validation_fraction=validation,
        test_fraction=test,
        per_chat=per_chat,
        purge_gap_hours=gap,
        purge_shared_words=length,
    )
    for earlier, later in combinations(divided(samples, links, stage, length), 2):
        for one in earlier:
            others = [other for other in later if not per_chat or other.chat_id == one.chat_id]
            assert all(one.ended_at < other.started_at for other in others)


@settings(deadline=None, derandomize=True, max_examples=100)
@given(exports(), linked(), FRACTIONS, FRACTIONS, st.none() | st.just(["2"]) | st.just([]), SHARED, st.integers(0, 9))
def test_no_way_leads_to_an_answer_held_out_by_chat(samples, links, validation, test, named, length, seed) -> None:
    stage = SplitByChat(
        validation_chats=named,
        test_chats=None,
        validation_fraction=validation,
        test_fraction=test,
        seed=seed,
        purge_shared_words=length,
    )
    parts = divided(samples, links, stage, length)
    chats = [{sample.chat_id for sample in part} for part in parts]
    assert all(left.isdisjoint(right) for left, right in combinations(chats, 2))
    if named and parts:
        assert chats[1] == {"p:2"}
