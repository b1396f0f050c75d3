"""What torch's CUDA allocator takes, by its own rules."""

from doppel.plan.allocator import replay
from doppel.plan.trace import Storage, Trace

MIB = 2**20


def trace(*lives: tuple[int, int, int | None]) -> Trace:
    return Trace([Storage(size, born, "forward", "m", "mm", (), "float32", died=died) for size, born, died in lives])


def reserved(*lives: tuple[int, int, int | None], capacity: int | None = None) -> int:
    return replay(trace(*lives), capacity, lambda one: one.size).size


def test_small_ones_share_a_segment_of_2_mib() -> None:
    assert reserved((100, 1, None), (MIB, 2, None)) == 2 * MIB
    assert reserved((MIB, 1, None), (MIB, 2, None), (512, 3, None)) == 4 * MIB


def test_middle_ones_share_20_mib_and_large_ones_have_their_own() -> None:
    assert reserved((5 * MIB, 1, None), (9 * MIB, 2, None)) == 20 * MIB
    assert reserved((11 * MIB, 1, None)) == 12 * MIB


def test_what_is_free_is_taken_again_and_neighbours_join() -> None:
    assert reserved((12 * MIB, 1, 2), (12 * MIB, 3, None)) == 12 * MIB
    # Two halves of one segment are freed and hold one of its size.
    assert reserved((24 * MIB, 1, 2), (12 * MIB, 3, 5), (12 * MIB, 4, 6), (24 * MIB, 7, None)) == 24 * MIB


def test_a_hole_that_is_too_small_is_not_taken() -> None:
    assert reserved((12 * MIB, 1, 3), (12 * MIB, 2, None), (24 * MIB, 4, None)) == 48 * MIB


def test_whole_segments_are_given_back_before_memory_runs_out() -> None:
    lives = ((12 * MIB, 1, 2), (40 * MIB, 3, None))
    assert reserved(*lives) == 52 * MIB
    tight = replay(trace(*lives), 44 * MIB, lambda one: one.size)
    assert (tight.size, tight.is_enough) == (40 * MIB, True)
    assert not replay(trace(*lives), 39 * MIB, lambda one: one.size).is_enough
