"""Everything is for training."""

from datetime import UTC, datetime

from doppel.split.none import NoSplit
from doppel.types import Count, Funnel, Sample, Split, Turn


def test_everything_is_in_train() -> None:
    now, funnel = datetime(2024, 1, 1, tzinfo=UTC), Funnel()
    one = Sample("p:1/1", "p:1", "Ann", now, now, (Turn("user1", "Me", ("hi",), is_persona=True, is_learnt=True),))
    assert NoSplit()([one], funnel) == Split((one,), (), (), ())
    assert funnel.counts == [Count("split", 1, 0, "samples", "")]
