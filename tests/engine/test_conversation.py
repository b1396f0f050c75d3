"""Turns join, and can be taken back."""

from doppel.engine.conversation import Conversation, said
from tests.engine.engine_fakes import make_turn

HI, YO, BYE = make_turn("Bob", "hi"), make_turn("Ada", "yo"), make_turn("Bob", "bye")


def test_who_goes_on_speaking_goes_on_with_the_burst():
    assert said((HI,), BYE) == (make_turn("Bob", "hi", "bye"),)
    assert said((HI, YO), BYE) == (HI, YO, BYE)


def test_undo_takes_question_and_answer_back_one_by_one():
    talk = Conversation()
    talk.ask(HI)
    talk.answer(YO)
    talk.ask(BYE)
    assert talk.turns == (HI, YO, BYE)
    assert talk.undo()
    assert talk.turns == (HI, YO)
    assert talk.undo()
    assert talk.turns == ()
    assert not talk.undo()


def test_retry_leaves_the_question():
    talk = Conversation()
    assert not talk.retry()
    talk.ask(HI)
    talk.answer(YO)
    assert talk.retry()
    assert talk.turns == (HI,)
    talk.answer(YO)
    assert talk.turns == (HI, YO)


def test_clear_forgets_everything():
    talk = Conversation()
    talk.ask(HI)
    talk.clear()
    assert talk.turns == ()
    assert not talk.undo()
