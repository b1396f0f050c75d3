from doppel.evaluation.nouns import Moment
from doppel.evaluation.retrieval import Retrieval
from doppel.types import Turn


def moment(said: str, answered: str) -> Moment:
    return Moment((Turn("c", "C", (said,), False, False),), Turn("p", "P", (answered, "!"), True, True), "c", "C", 2020)


LEARNT = [moment("where is the boat?", "in the harbour"), moment("is there soup", "yes, hot"), moment("?", "what")]


def test_it_says_what_was_said_where_the_talk_was_most_alike() -> None:
    asked = [moment("more soup", ""), moment("whose boat is it", ""), moment("?", "")]
    assert [one[0] for one in Retrieval(LEARNT, turns=2).replies(asked)] == ["yes, hot", "in the harbour", "what"]


def test_of_equals_the_latest_and_where_nothing_is_shared() -> None:
    learnt = [*LEARNT, moment("is there soup", "no more")]
    found = Retrieval(learnt, turns=2).replies([moment("is there soup", ""), moment("Guten Tag", "")])
    assert [one[0] for one in found] == ["no more", "no more"]


def test_it_holds_no_reply_likelier_than_another() -> None:
    system = Retrieval(LEARNT, turns=2)
    assert not system.has_likelihood
    assert system.scores(LEARNT) == [None] * 3
