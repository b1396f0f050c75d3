"""The look at funnels sees what is lost, counted twice, or dropped without a reason."""

import pytest

from doppel.types import Count
from tests.data_line.arithmetic import check_stages, check_told

SOUND = (
    Count("source", 10, 2, "messages", "undated"),
    Count("filters.links", 8, 2, "messages", "links"),
    Count("sessions", 8, 0, "messages", ""),
    Count("samples", 7, 1, "messages", "without words"),
    Count("samples", 2, 1, "sessions", "short"),
    Count("split", 6, 1, "messages", "1 in samples begun within purge_gap_hours of it"),
    Count("split", 2, 0, "samples", ""),
)


def test_a_sound_funnel() -> None:
    check_stages(SOUND, 10)


@pytest.mark.parametrize(
    "odd",
    [
        Count("filters.links", 8, 1, "messages", "links"),
        Count("filters.links", 9, 1, "messages", "links"),
        Count("filters.links", 11, -1, "messages", ""),
        Count("filters.links", 8, 2, "messages", ""),
    ],
)
def test_an_odd_line_is_seen(odd: Count) -> None:
    with pytest.raises(AssertionError):
        check_stages((SOUND[0], odd, *SOUND[2:]), 10)


@pytest.mark.parametrize(("kept", "dropped"), [(7, 1), (6, 0), (5, 1)])
def test_messages_lost_in_the_split_are_seen(kept: int, dropped: int) -> None:
    with pytest.raises(AssertionError):
        check_stages((*SOUND[:5], Count("split", kept, dropped, "messages", "1 in samples left out"), SOUND[6]), 10)


def test_the_funnel_of_an_error() -> None:
    told = (
        "There is nothing to learn: no conversation holds an answer of me.\n"
        "  source: 1,010 messages kept, 2 dropped (undated)\n"
        "  filters.via_bot: 8 messages kept, 1,002 dropped (by bots)\n"
        "  sessions: 8 messages kept, 0 dropped\n"
        "  samples: 0 messages kept, 8 dropped (in sessions left out)\n"
        "  samples: 0 sessions kept, 3 dropped (in which nothing is learnt)\nAccepted is ..."
    )
    check_told(told)
    for lost in ("1,002", "8 dropped"):
        with pytest.raises(AssertionError):
            check_told(told.replace(lost, f"1{lost}"))
