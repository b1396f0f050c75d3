"""Everything is for training."""

from doppel.split.none import NoSplit
from doppel.types import Count, Funnel, Split
from tests.split.made import sample


def test_everything_is_in_train_in_order_of_time() -> None:
    funnel = Funnel()
    assert NoSplit()([sample(3), sample(1), sample(2), sample(1)], funnel) == Split((1, 3, 2, 0), (), (), ())
    assert funnel.counts == [Count("split", 6, 0, "messages", ""), Count("split", 4, 0, "samples", "")]


def test_nothing_is_split_into_nothing() -> None:
    assert NoSplit()([], Funnel()) == Split((), (), (), ())
