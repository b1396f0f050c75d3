import pytest

from doppel.evaluation.judge_prompt import messages_of, verdict_of
from doppel.evaluation.nouns import Moment
from doppel.types import Turn


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("[[A]]", "A"),
        ("First I thought [[A]], but the brackets tell: [[ b ]]", "B"),
        ("<think>[[A]] or [[B]]?</think>\n[[tie]]", "TIE"),
        ("B.", "B"),
        ('"A"', "A"),
        ("**Tie**", "TIE"),
        ("A nice question", None),
        ("Reply A", None),
        ("[[C]]", None),
        ("<think>[[A]", None),
        ("", None),
        ("AB", None),
    ],
)
def test_an_answer_is_read_only_where_it_says_one_thing(answer: str, verdict: str | None) -> None:
    assert verdict_of(answer) == verdict


def test_a_request_names_nobody_and_keeps_bursts() -> None:
    def turn(who: str, name: str, *messages: str) -> Turn:
        return Turn(who, name, messages, is_persona=name == "Ада", is_learnt=False)

    turns = (turn("x", "Left out", "long ago"), turn("b", "Boris", "hi", "there?"), turn("p2", "Ада", "yes"),
             turn("c", "Clara", "me too"), turn("b", "Boris", "ok"))  # fmt: skip
    moment = Moment(turns, turn("p", "Ада", "real"), "b", "Boris", None)
    system, user = messages_of(moment, ("one", "two"), (), [("mine", "too")], 4)
    assert system["role"] == "system"
    assert user["content"].splitlines() == [
        "Messages that PERSON really wrote, at other times:", "- mine", "- too", "",
        "The conversation:", "CONTACT 1: hi", "CONTACT 1: there?", "PERSON: yes", "CONTACT 2: me too", "CONTACT 1: ok",
        "", "Reply A:", "> one", "> two", "", "Reply B:", "> (nothing)",
    ]  # fmt: skip
