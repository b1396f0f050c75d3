"""Turns join, and can be taken back."""

from datetime import UTC, datetime, timedelta

from doppel.engine.conversation import Conversation, Said, said
from tests.engine.engine_fakes import make_turn

NOON = datetime(2024, 3, 1, 12, tzinfo=UTC)


def at(minute: int, *words: str) -> Said:
    """Words of somebody, said in a minute."""
    begin = NOON + timedelta(minutes=minute)
    return Said(make_turn(*words), begin, begin + timedelta(seconds=30))


HI, YO, BYE = at(0, "Bob", "hi"), at(1, "Ada", "yo"), at(2, "Bob", "bye")


def test_who_goes_on_speaking_goes_on_with_the_burst():
    assert said((HI,), BYE) == (Said(make_turn("Bob", "hi", "bye"), HI.began_at, BYE.ended_at),)
    assert said((HI, YO), BYE) == (HI, YO, BYE)


def test_undo_takes_question_and_answer_back_one_by_one():
    talk = Conversation()
    talk.ask(HI)
    talk.answer(YO)
    talk.ask(BYE)
    assert talk.said == (HI, YO, BYE)
    assert talk.turns == (HI.turn, YO.turn, BYE.turn)
    assert talk.undo()
    assert talk.said == (HI, YO)
    assert talk.undo()
    assert talk.said == ()
    assert not talk.undo()


def test_retry_leaves_the_question():
    talk = Conversation()
    assert not talk.retry()
    talk.ask(HI)
    talk.answer(YO)
    assert talk.retry()
    assert talk.said == (HI,)
    talk.answer(YO)
    assert talk.said == (HI, YO)


def test_clear_forgets_everything():
    talk = Conversation()
    talk.ask(HI)
    talk.clear()
    assert talk.said == ()
    assert not talk.undo()
