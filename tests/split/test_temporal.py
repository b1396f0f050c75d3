"""The past is learnt, the future is held out: exactly, whatever the samples."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from doppel.errors import DataError
from doppel.split.temporal import SplitByTime
from doppel.types import Count, Funnel, Sample, Split
from tests.split.made import sample

RESOLUTION = datetime.resolution


def divide(samples: list[Sample], validation: float, test: float, **options) -> tuple[Split, Funnel]:
    defaults = {"per_chat": False, "purge_gap_hours": 0, "purge_shared_words": 8}
    stage = SplitByTime(validation_fraction=validation, test_fraction=test, **defaults | options)
    funnel = Funnel()
    return stage(samples, funnel), funnel


def sizes(split: Split) -> list[int]:
    return [len(split.train), len(split.validation), len(split.test)]


def test_an_even_export_is_cut_as_asked() -> None:
    samples = [sample(hour) for hour in range(100)]
    split, funnel = divide(samples[::-1], 0.1, 0.2)
    positions = tuple(range(99, -1, -1))
    assert (split.train, split.validation, split.test) == (positions[:70], positions[70:80], positions[80:])
    assert split.boundaries == (samples[70].started_at, samples[80].started_at)
    assert funnel.counts[1:] == [Count("split", 100, 0, "samples", "")]


def test_fractions_are_of_learnt_turns_not_of_samples() -> None:
    samples = [sample(hour, learnt=9 if hour >= 90 else 1) for hour in range(100)]
    split, _ = divide(samples, 0, 0.5)
    assert sizes(split) == [90, 0, 10]  # 90 of 180 lie in the last ten
    assert split.boundaries == (samples[90].started_at, samples[90].started_at)


def test_a_part_that_is_not_wanted_stays_empty() -> None:
    samples = [sample(hour) for hour in range(10)]
    split, _ = divide(samples, 0.2, 0)
    assert (sizes(split), split.boundaries) == ([8, 2, 0], (samples[8].started_at,))


def test_samples_under_way_at_a_cut_and_close_after_it_are_counted_out() -> None:
    samples = [sample(hour) for hour in range(100)] + [sample(65, hours=10, learnt=0, chat="p:2")]
    split, funnel = divide(samples, 0.1, 0.2, purge_gap_hours=2)
    assert sizes(split) == [70, 8, 18]
    why = "1 under way where validation or test starts; 4 begun within purge_gap_hours of it"
    assert funnel.counts[1:] == [Count("split", 96, 5, "samples", why)]
    assert split.boundaries == (samples[72].started_at, samples[82].started_at)


def test_one_that_ends_at_the_very_start_of_validation_is_left_out() -> None:
    split, funnel = divide([sample(hour, hours=1) for hour in range(10)], 0.2, 0.1)
    assert sizes(split) == [6, 1, 1]
    assert funnel.counts[-1].dropped == 2


def test_samples_of_one_session_are_never_parted() -> None:
    samples = [sample(hour, session="one" if hour in (3, 9) else "", hours=0.1) for hour in range(12)]
    split, funnel = divide(samples, 0.2, 0.2)
    assert (split.train, split.validation, split.test) == ((0, 1, 2, 4, 5), (6, 7, 8), (10, 11))
    assert funnel.counts[1:] == [Count("split", 10, 2, "samples", "2 under way where validation or test starts")]


def test_a_chat_may_be_cut_at_its_own_moments() -> None:
    early = [sample(hour, chat="p:1") for hour in range(10)]
    late = [sample(1000 + hour, chat="p:2") for hour in range(20)]
    small = [sample(500 + hour, chat="p:3") for hour in range(3)]
    split, funnel = divide([*early, *late, *small], 0.1, 0.2, per_chat=True)
    assert split.train == (*range(7), *range(30, 33), *range(10, 24))
    assert split.validation == (7, 24, 25)
    assert split.test == (8, 9, *range(26, 30))
    assert split.boundaries == ()
    assert funnel.notes == ["split: 1 of 3 chats have too few sessions to be cut and are learnt whole"]


def test_each_chat_has_its_own_gap_and_its_own_sessions_under_way() -> None:
    samples = [sample(hour, chat=chat) for chat in ("p:1", "p:2") for hour in range(20)]
    samples.append(sample(13.2, chat="p:2", hours=5))
    split, funnel = divide(samples, 0.1, 0.2, per_chat=True, purge_gap_hours=1)
    why = "1 under way where validation or test starts; 4 begun within purge_gap_hours of it"
    assert funnel.counts[1:] == [Count("split", 36, 5, "samples", why)]
    assert sorted(split.train) == [*range(14), *range(20, 34)]
    assert (split.validation, split.test) == ((15, 35), (17, 37, 18, 38, 19, 39))


def test_only_small_chats_cannot_be_cut_each_by_itself() -> None:
    samples = [sample(hour, chat=f"p:{hour}") for hour in range(20)]
    with pytest.raises(DataError, match=r"per_chat=true: train, validation and test would get 20, 0, 0 samples\."):
        divide(samples, 0.1, 0.1, per_chat=True)


def test_times_far_off_are_cut_to_the_microsecond() -> None:
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    moments = [first, first + RESOLUTION, last - 2 * RESOLUTION, last - RESOLUTION, last]
    samples = [replace(sample(at), started_at=moment, ended_at=moment) for at, moment in enumerate(moments)]
    split, _ = divide(samples, 0.2, 0.2)
    assert split == Split((0, 1, 2), (3,), (4,), tuple(moments[3:]))


@pytest.mark.parametrize("purge_gap_hours", [1e6, 1e300, float("inf")])
def test_a_gap_longer_than_all_times_leaves_nothing(purge_gap_hours: float) -> None:
    with pytest.raises(DataError, match=r"would get 8, 0, 0 samples \(2 begun within purge_gap_hours of it left out"):
        divide([sample(hour) for hour in range(10)], 0.1, 0.1, purge_gap_hours=purge_gap_hours)


@pytest.mark.parametrize(
    ("samples", "validation", "test", "seen"),
    [
        ([], 0.1, 0.1, "there are too few moments"),
        ([sample(0)], 0.1, 0.1, "1 samples with 1 learnt turns cannot be split by time with"),
        ([sample(0), sample(1)], 0.1, 0.1, "there are too few moments"),
        ([sample(0), sample(0, chat="b"), sample(0, chat="c")], 0.1, 0.1, "there are too few moments"),
        (
            [sample(hour, hours=99) for hour in range(9)],
            0.1,
            0.1,
            "would get 0, 0, 1 samples (8 under way where validation or test starts left out)",
        ),
        ([sample(hour) for hour in range(9)], 0, 0, "0 of the learnt turns cannot be held out"),
        ([sample(hour) for hour in range(9)], 0.5, 0.5, "1 of the learnt turns cannot be held out"),
    ],
)
def test_too_little_is_refused_with_what_to_type(samples: list, validation: float, test: float, seen: str) -> None:
    with pytest.raises(DataError) as refusal:
        divide(samples, validation, test)
    assert seen in str(refusal.value)
    assert "split=none" in str(refusal.value)
    assert f"split.validation_fraction={validation:g} split.test_fraction={test:g}" in str(refusal.value)


def test_three_samples_are_just_enough() -> None:
    assert sizes(divide([sample(0), sample(1), sample(2)], 0.1, 0.1)[0]) == [1, 1, 1]


@pytest.mark.parametrize("start", [-200_000, 50, 200_000], ids=["before", "among", "after"])
def test_made_up_times_do_not_move_the_cuts_of_real_ones(start: float) -> None:
    samples = [sample(hour) for hour in range(100)]
    untimed = [replace(sample(start + day * 24, chat=f"d:{day}", hours=40), is_timed=False) for day in range(300)]
    alone, (split, funnel) = divide(samples, 0.1, 0.2)[0], divide([*samples, *untimed], 0.1, 0.2, purge_gap_hours=0)
    assert (split.validation, split.test, split.boundaries) == (alone.validation, alone.test, alone.boundaries)
    assert set(split.train) == {*alone.train, *range(100, 400)}
    assert funnel.notes == [
        "split: 300 samples have no times, as their source tells none: they are for train, and the others are cut as "
        "they would be without them"
    ]
    assert funnel.counts[-1] == Count("split", 400, 0, "samples", "")


def test_without_any_times_the_order_is_cut() -> None:
    timed, untimed = [sample(hour) for hour in range(20)], [replace(sample(hour), is_timed=False) for hour in range(20)]
    assert divide(untimed, 0.1, 0.2)[0] == divide(timed, 0.1, 0.2)[0]
    assert divide(untimed, 0.1, 0.2)[1].notes == []


def test_words_that_a_held_out_answer_repeats_are_not_learnt_without_times_either() -> None:
    words = ("one two three four five six seven eight nine",)
    samples = [*(sample(hour) for hour in range(19)), sample(19, says=words)]
    copied = replace(sample(-9_000, chat="d:1", says=words), is_timed=False)
    split, funnel = divide([*samples, copied], 0.1, 0.1)
    assert 20 not in split.train
    assert (funnel.counts[-1].unit, funnel.counts[-1].dropped) == ("samples", 1)
