import random

import numpy as np
import torch

from doppel.training import randomness


def drawn() -> tuple[float, float, float, float]:
    return random.random(), np.random.rand(), np.random.randn(), torch.rand(1).item()


def test_what_is_restored_draws_the_same(tmp_path) -> None:
    randomness.seed(5)
    np.random.randn()  # leaves half a pair of normal draws in the generator
    torch.save(randomness.of_all_processes(), tmp_path / "state")
    expected = drawn()
    drawn()
    (state,) = torch.load(tmp_path / "state", weights_only=True)
    randomness.restore(state)
    assert drawn() == expected


def test_a_seed_fixes_all_generators() -> None:
    randomness.seed(5)
    first = drawn()
    randomness.seed(5)
    assert drawn() == first
    randomness.seed(6)
    assert not set(drawn()) & set(first)


def test_a_seed_of_several_numbers() -> None:
    assert randomness.number_of(1, 2, 3) == randomness.number_of(1, 2, 3)
    assert len({randomness.number_of(*parts) for parts in [(1, 2, 3), (1, 23), (3, 2, 1), (1, 2, 4)]}) == 4
    randomness.seed(randomness.number_of(1, 2, 3))
