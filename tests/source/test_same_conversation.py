from doppel.source.same_conversation import conversations
from tests.opinions import heard, said

LONG = (heard("hi"), said("hello"), heard("how are you"), said("well"), heard("and so"))


def test_a_context_that_has_grown_is_of_the_same_conversation() -> None:
    names = conversations([LONG[:1], LONG[:3], LONG, (heard("other"),)])
    assert len(set(names[:3])) == 1
    assert names[3] != names[0]


def test_a_context_whose_beginning_was_cut_is_too() -> None:
    assert len(set(conversations([LONG[:3], LONG[1:], LONG[2:]]))) == 1


def test_others_who_say_the_same_are_others() -> None:
    assert len(set(conversations([LONG, tuple(heard(*turn.messages, who="user3") for turn in LONG)]))) == 2


def test_nothing_said_before_is_one_conversation() -> None:
    assert len(set(conversations([(), (), LONG]))) == 2
