"""The past is learnt, the future is held out: exactly, whatever the samples."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from doppel.errors import DataError
from doppel.split.temporal import SplitByTime
from doppel.types import Count, Funnel, Sample, Split, Turn

T0 = datetime(2024, 1, 1, tzinfo=UTC)


def sample(start: float, hours: float = 0.5, learnt: int = 1, name: str = "") -> Sample:
    turns = [Turn("user2", "Ann", ("hi",), is_persona=False, is_learnt=False)]
    turns += [Turn("user1", "Me", ("yo",), is_persona=True, is_learnt=True)] * learnt
    begin = T0 + timedelta(hours=start)
    return Sample(f"{start}{name}", "p:1", "Ann", begin, begin + timedelta(hours=hours), tuple(turns))


def divide(samples: list[Sample], validation: float, test: float, purge_gap_hours: float = 0) -> tuple[Split, Funnel]:
    stage = SplitByTime(validation_fraction=validation, test_fraction=test, purge_gap_hours=purge_gap_hours)
    funnel = Funnel()
    return stage(samples, funnel), funnel


def sizes(split: Split) -> list[int]:
    return [len(split.train), len(split.validation), len(split.test)]


def test_an_even_export_is_cut_as_asked() -> None:
    samples = [sample(hour) for hour in range(100)]
    split, funnel = divide(samples[::-1], 0.1, 0.2)
    assert (split.train, split.validation, split.test) == (
        tuple(samples[:70]),
        tuple(samples[70:80]),
        tuple(samples[80:]),
    )
    assert split.boundaries == (samples[70].started_at, samples[80].started_at)
    assert funnel.counts == [Count("split", 100, 0, "samples", "")]


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
    samples = [sample(hour) for hour in range(100)] + [sample(65, hours=10, name="b", learnt=0)]
    split, funnel = divide(samples, 0.1, 0.2, purge_gap_hours=2)
    assert sizes(split) == [70, 8, 18]
    why = "1 under way where validation or test starts; 4 begun within purge_gap_hours of it"
    assert funnel.counts == [Count("split", 96, 5, "samples", why)]
    assert split.boundaries == (samples[72].started_at, samples[82].started_at)


def test_one_that_ends_at_the_very_start_of_validation_is_left_out() -> None:
    split, funnel = divide([sample(hour, hours=1) for hour in range(10)], 0.2, 0.1)
    assert sizes(split) == [6, 1, 1]
    assert funnel.counts[0].dropped == 2


def test_no_sample_is_lost_doubled_or_in_the_wrong_part() -> None:
    rng = random.Random(0)
    divided = 0
    for _ in range(300):
        number = rng.randint(3, 80)
        samples = [
            sample(
                rng.choice([rng.uniform(0, 500), rng.randint(0, 50)]),
                rng.expovariate(0.5),
                rng.randint(1, 9),
                f"/{index}",
            )
            for index in range(number)
        ]
        purge_gap_hours = rng.choice([0, 0, 5])
        try:
            split, funnel = divide(samples, rng.uniform(0.05, 0.4), rng.uniform(0.05, 0.4), purge_gap_hours)
        except DataError:
            continue
        divided += 1
        assert max(part.ended_at for part in split.train) < split.boundaries[0]
        assert split.boundaries[0] <= min(part.started_at for part in split.validation)
        assert max(part.ended_at for part in split.train + split.validation) < split.boundaries[1]
        assert split.boundaries[1] <= min(part.started_at for part in split.test)
        ids = [part.sample_id for part in split.train + split.validation + split.test]
        assert len(set(ids)) == len(ids)
        assert set(ids) <= {part.sample_id for part in samples}
        assert (funnel.counts[0].kept, funnel.counts[0].dropped) == (len(ids), number - len(ids))
    assert divided > 150  # the rest is refused: too small, or one long sample lies over all


@pytest.mark.parametrize(
    ("samples", "validation", "test", "seen"),
    [
        ([], 0.1, 0.1, "there are too few moments"),
        ([sample(0)], 0.1, 0.1, "1 samples with 1 learnt turns cannot be split by time with"),
        ([sample(0), sample(1)], 0.1, 0.1, "there are too few moments"),
        ([sample(0), sample(0, name="b"), sample(0, name="c")], 0.1, 0.1, "there are too few moments"),
        ([sample(hour, hours=99) for hour in range(9)], 0.1, 0.1, "would get 0, 0, 1 (8 lie too close to a cut)"),
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
