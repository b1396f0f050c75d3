from datetime import UTC, datetime

from doppel.evaluation.moments import bursts_of, moments_of
from doppel.types import Sample, Turn

AT = datetime(2021, 5, 1, tzinfo=UTC)
ANN, ME = frozenset({"a"}), frozenset({"me"})


def turn(who: str, *messages: str, learnt: bool | None = None) -> Turn:
    return Turn(who, who.title(), messages, is_persona=who == "me", is_learnt=who == "me" if learnt is None else learnt)


def sample(*turns: Turn, ids: tuple[int, ...] = (), is_timed: bool = True) -> Sample:
    return Sample("c/1", "c/1", "c", "Chat", AT, AT, turns, message_ids=ids, is_timed=is_timed)


def test_a_moment_is_a_learnt_turn_that_somebody_elses_words_precede() -> None:
    turns = (
        turn("me", "hi"),
        turn("a", "hello", "you"),
        turn("me", "well"),
        turn("b", "so"),
        turn("me", "x", learnt=False),
    )
    (moment,) = moments_of([sample(*turns)], ME)
    assert (moment.turns, moment.reply) == (turns[:2], turns[2])
    assert (moment.contact_id, moment.contact_name, moment.year) == ("a", "A", 2021)
    (timeless,) = moments_of([sample(*turns, is_timed=False)], ME)
    assert timeless.year is None


def test_turns_of_overlapping_samples_count_once() -> None:
    first = sample(turn("a", "hi", "you"), turn("me", "yes"), ids=(1, 2, 3))
    second = sample(turn("a", "hi", "you"), turn("me", "yes"), turn("a", "hi"), ids=(1, 2, 3, 4))
    assert bursts_of([first, second], ME) == ([("yes",)], [("hi", "you"), ("hi",)])
