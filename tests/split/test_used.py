"""Messages of samples that go different ways are counted once, where the first of their samples goes."""

import numpy as np
import pytest

from doppel.split.facts import SCATTERED, facts_of
from doppel.split.used import messages_of
from doppel.types import Sample
from tests.split.made import sample


class Read(list[Sample]):
    """Samples, and which of them were read one by one."""

    def __init__(self, samples: list[Sample]) -> None:
        super().__init__(samples)
        self.asked: list[int] = []

    def __getitem__(self, position):
        self.asked.append(position)
        return super().__getitem__(position)


WINDOWS = [sample(0, session="a", ids=ids) for ids in ((1, 2), (2, 3, 4), (3, 4, 5))]
ALONE = [sample(9, session="b", ids=(1, 2, 2))]


@pytest.mark.parametrize(
    ("reason", "expected", "asked"),
    [
        ([0, 0, 0, 0], [7, 0, 0], set()),
        ([1, 1, 1, 0], [2, 5, 0], set()),
        ([0, 1, 0, 0], [7, 0, 0], {0, 1, 2}),
        ([1, 0, 2, 2], [3, 1, 3], {0, 1, 2}),
        ([2, 1, 1, 0], [2, 4, 1], {0, 1, 2}),
    ],
)
def test_a_message_counts_for_the_first_reason(reason: list[int], expected: list[int], asked: set[int]) -> None:
    samples = Read(WINDOWS + ALONE)
    assert messages_of(samples, facts_of(iter(samples)), np.array(reason, dtype=np.int8), 3) == expected
    assert set(samples.asked) == asked


def test_a_session_whose_samples_lie_apart_is_counted_right_all_the_same() -> None:
    samples = [WINDOWS[0], *ALONE, *WINDOWS[1:]]
    facts = facts_of(samples)
    assert sorted(facts.messages.tolist()) == [SCATTERED, 2]
    assert messages_of(samples, facts, np.zeros(4, dtype=np.int8), 1) == [7]


def test_nothing_holds_no_messages() -> None:
    assert messages_of([], facts_of([]), np.empty(0, dtype=np.int8), 1) == [0]
