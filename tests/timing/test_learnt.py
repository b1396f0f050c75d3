import itertools
import random

import pytest

from doppel.errors import RunError
from doppel.report.watch import PAUSE_BOUNDS, REPLY_BOUNDS
from doppel.timing.learnt import Learnt
from doppel.timing.none import AtOnce


def facts(replies, pauses):
    return {
        "reply_seconds": {"upper_bounds": list(REPLY_BOUNDS), "counts": [*replies, *[0] * (10 - len(replies))]},
        "pause_seconds": {"upper_bounds": list(PAUSE_BOUNDS), "counts": [*pauses, *[0] * (10 - len(pauses))]},
    }


def learnt(replies, pauses, *draws, **limits):
    draw = itertools.chain(draws).__next__ if draws else random.Random(0).random
    return Learnt(
        facts(replies, pauses),
        draw,
        **{"max_reply_seconds": 1e6, "max_pause_seconds": 1e6, "leaves_unanswered": False, **limits},
    )


def test_a_time_is_drawn_from_a_bin_by_how_often_it_was_seen():
    timing = learnt([3, 0, 1], [0, 1], 0.74, 0.5, 0.75, 0.0, 0.99, 1.0, 0.0, 0.5)
    assert timing.reply_seconds() == pytest.approx(10**0.5)  # between 1 and 10 s, evenly in the logarithm
    assert timing.reply_seconds() == pytest.approx(30)
    assert timing.reply_seconds() == pytest.approx(60)
    assert timing.pause_seconds() == pytest.approx(10**0.5)  # between 2 and 5 s


def test_no_time_is_above_its_cap():
    timing = learnt([1] * 10, [1] * 10, max_reply_seconds=45.0, max_pause_seconds=4.0)
    replies, pauses = ([draw() for _ in range(500)] for draw in (timing.reply_seconds, timing.pause_seconds))
    assert max(replies) == 45.0
    assert max(pauses) == 4.0
    assert 1 <= min(replies) < 10


def test_who_never_sends_two_messages_pauses_never():
    assert learnt([1], []).pause_seconds() == 0.0


def test_data_without_times_are_told():
    with pytest.raises(RunError, match="no times, so none were learnt: type timing=none"):
        learnt([], [])


@pytest.mark.parametrize("given", [{}, {"reply_seconds": None}, {"reply_seconds": {"upper_bounds": [], "counts": []}}])
def test_facts_that_tell_nothing_are_told(given):
    with pytest.raises(RunError, match=r"facts.json of the run tells no reply_seconds: type timing=none"):
        Learnt(given, max_reply_seconds=1, max_pause_seconds=1, leaves_unanswered=False)


def test_what_they_left_unanswered_is_left_as_often():
    answers = {"questions": {"answered": 3, "left": 1}, "others": {"answered": 0, "left": 0}}
    options = {"max_reply_seconds": 1, "max_pause_seconds": 1, "leaves_unanswered": True}
    draws = itertools.chain([0.74, 0.75]).__next__
    timing = Learnt(facts([1], []) | {"answers": answers}, draws, **options)
    assert timing.answers(["hm", "are you there?"])
    assert not timing.answers(["are you there?"])
    assert timing.answers(["never seen"])  # and nothing is drawn
    with pytest.raises(RunError, match=r"type timing\.leaves_unanswered=false"):
        Learnt(facts([1], []), **options)
    assert Learnt(facts([1], []), **{**options, "leaves_unanswered": False}).answers(["are you there?"])


def test_none_waits_for_nothing():
    assert AtOnce({}).reply_seconds() == AtOnce({}).pause_seconds() == 0.0
    assert AtOnce({}).answers(["hm"])
