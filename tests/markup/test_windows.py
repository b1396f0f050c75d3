import random

from doppel.markup.windows import Window, cut, newest


def no_opening(_):
    return 0


def test_what_fits_is_one_window():
    assert cut([3, 4, 3], no_opening, 10) == [Window(0, 0, 3)]


def test_later_windows_begin_with_context_of_at_most_half_the_room():
    assert cut([4, 4, 4, 4, 4], no_opening, 10) == [Window(0, 0, 2), Window(1, 2, 3), Window(2, 3, 4), Window(3, 4, 5)]
    assert cut([2, 2, 2, 2, 2, 2, 2], no_opening, 10) == [Window(0, 0, 5), Window(3, 5, 7)]


def test_context_gives_way_to_the_turn_that_follows():
    assert cut([5, 5, 6], no_opening, 10) == [Window(0, 0, 2), Window(2, 2, 3)]


def test_a_turn_too_long_is_left_out_and_no_window_reaches_over_it():
    assert cut([2, 11, 2, 2], no_opening, 10) == [Window(0, 0, 1), Window(2, 2, 4)]
    assert cut([11], no_opening, 10) == []


def test_the_opening_takes_its_room():
    assert cut([4, 4, 3], lambda _: 2, 10) == [Window(0, 0, 2), Window(1, 2, 3)]
    assert cut([9], lambda _: 2, 10) == []
    assert cut([4, 4], lambda start: 7 if start == 1 else 1, 10) == [Window(0, 0, 2)]


def test_every_turn_that_fits_is_fresh_once_and_no_window_is_too_long():
    draw = random.Random(0)
    for _ in range(2000):
        lengths = [draw.randint(1, 14) for _ in range(draw.randint(1, 20))]
        openings = [draw.randint(0, 4) for _ in lengths]
        limit = draw.randint(6, 20)
        windows = cut(lengths, openings.__getitem__, limit)
        fresh = [turn for window in windows for turn in range(window.fresh, window.stop)]
        assert fresh == sorted(set(fresh))
        # A turn that is too long for its own opening may still fit behind another one.
        assert set(fresh) >= {at for at, length in enumerate(lengths) if openings[at] + length <= limit}
        for window in windows:
            assert openings[window.start] + sum(lengths[window.start : window.stop]) <= limit
            assert sum(lengths[window.start : window.fresh]) <= limit // 2


def test_the_newest_turns_are_kept():
    assert newest([5, 4, 3], no_opening, 12) == 0
    assert newest([5, 4, 3], no_opening, 11) == 1
    assert newest([5, 4, 3], lambda _: 5, 11) == 2
    assert newest([5, 4, 3], no_opening, 2) == 3
    assert newest([], no_opening, 2) == 0
