"""A gap for each chat."""

import random

import pytest

from doppel.errors import ConfigError
from doppel.sessions import adaptive_gap
from doppel.sessions.adaptive_gap import SplitByOwnGap
from doppel.types import Count, Funnel, Message
from tests.sessions.said import said


def stage(**changed: float) -> SplitByOwnGap:
    settings = {"min_gap_minutes": 15, "usual_gap_minutes": 60, "max_gap_minutes": 360, "min_silences": 50} | changed
    return SplitByOwnGap(topics=True, **settings)  # pyright: ignore[reportArgumentType]


def talk(pace: float, night: float, chat: str) -> list[Message]:
    """300 messages about `pace` minutes apart, and every tenth after a silence of about `night` minutes."""
    draw, at, messages = random.Random(1), 0.0, []
    for number in range(300):
        at += (pace if number % 10 else night) * draw.lognormvariate(0, 0.5)
        messages.append(said(number, at, chat))
    return messages


def sizes(made: SplitByOwnGap, *messages: Message) -> tuple[dict[str, int], Funnel]:
    funnel, found = Funnel(), {}
    for session in made(iter(messages), funnel):
        found[session.chat_id] = found.get(session.chat_id, 0) + 1
    return found, funnel


def test_a_quick_chat_and_a_slow_one_are_cut_by_their_own_measures() -> None:
    found, funnel = sizes(stage(), *talk(1, 50, "quick"), *talk(30, 900, "slow"), said(1, 0, "new"), said(2, 59, "new"))
    assert found == {"quick": 30, "slow": 30, "new": 1}
    assert funnel.counts == [Count("sessions", 602, 0, "messages", "")]
    assert funnel.notes == [
        "sessions: the gap was read off 2 chats: 15 to 169 minutes, 169 in the middle; 1 have the usual 60."
    ]


def test_the_gap_stays_within_bounds() -> None:
    assert sizes(stage(min_gap_minutes=60), *talk(1, 50, "quick"))[0]["quick"] < 25
    assert sizes(stage(max_gap_minutes=61), *talk(30, 900, "slow"))[0]["slow"] > 35


def test_a_chat_with_few_silences_has_the_usual_gap() -> None:
    found, funnel = sizes(stage(min_silences=1000), *talk(1, 200, "quick"))
    assert (found, funnel.notes) == ({"quick": 30}, [])


def test_breaks_and_topics_count_as_elsewhere() -> None:
    messages = [
        said(1, 0, topic="a"),
        said(2, 1, topic="b"),
        said(3, 2, topic="a", is_break=True),
        said(4, 3, topic="b"),
    ]
    assert sizes(stage(min_silences=1), *messages)[0] == {"p:1": 2}


def test_what_is_held_of_a_chat_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adaptive_gap, "READ", 100)
    read = []
    sessions = stage()((read.append(message) or message for message in talk(1, 50, "quick")), Funnel())
    next(sessions)
    assert len(read) == 100


def test_bounds_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(
        ConfigError, match="min_gap_minutes=90, usual_gap_minutes=60 and max_gap_minutes=360 must not fall"
    ):
        stage(min_gap_minutes=90)
