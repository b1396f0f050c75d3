"""What a metric asks of a model: each text once, and rivals of a reply after the prompt of that reply."""

from typing import Any

import pytest

from doppel.commands.asking import Asking
from doppel.evaluation.moments import saying
from doppel.evaluation.nouns import Moment, Score
from doppel.types import Tokens
from tests.evaluation.people_fake import material

GIVEN = material(asked=4)


class Letters:
    """An encoder whose tokens are letters, with room for so many."""

    def __init__(self, room: int) -> None:
        self.room = room

    def reply(self, turns: Any, speaker: Any) -> Tokens | None:
        return self.replies(turns, [speaker])[0]

    def replies(self, turns: Any, speakers: Any) -> list[Tokens | None]:
        words = ["".join(one.messages) for one in speakers]
        if len(words[0]) > self.room:
            return [None] * len(words)
        prompt = "\n".join(text for turn in turns for text in turn.messages)[len(words[0]) - self.room :]
        return [Tokens(tuple(map(ord, prompt + text)), (False,) * len(prompt) + (True,) * len(text), (), "")
                for text in words]  # fmt: skip


def asking(room: int, longest: int | None, scored: list[list[Tokens]]) -> Asking:
    def score(group: list[Tokens], told: Any) -> list[Score]:
        scored.append(group)
        told(len(group))
        return [Score(float(sum(one.is_learnt)), sum(one.is_learnt)) for one in group]

    options: Any = {"seed": 0, "told": lambda *_: lambda _: None, "longest_tokens": longest}
    return Asking(Letters(room), score, None, None, **options)  # type: ignore[arg-type]


def rivals(moment: Moment, *texts: str) -> list[Moment]:
    return [saying(moment, (text,)) for text in texts]


def test_rivals_follow_the_prompt_of_the_reply_even_if_that_is_known() -> None:
    scored: list[list[Tokens]] = []
    one = asking(30, None, scored)
    moment = saying(GIVEN.held_out[0], ("abcdef",))
    [first] = one.scores([moment])
    found = one.scores([moment, *rivals(moment, "short", "x" * 40)])
    assert found == [first, Score(5.0, 5), Score(40.0, 40)]
    assert [len(group) for group in scored] == [1, 2]  # nothing twice
    prompts = {tokens.ids[: tokens.is_learnt.index(True)] for group in scored for tokens in group}
    assert len(prompts) == 1


@pytest.mark.parametrize(("room", "longest", "told"), [(30, 50, [True, True, False]), (3, None, [False] * 3)])
def test_what_has_no_room_has_no_score(room: int, longest: int | None, told: list[bool]) -> None:
    moment = saying(GIVEN.held_out[0], ("abcdef",))
    found = asking(room, longest, []).scores([moment, *rivals(moment, "hm", "x" * 60)])
    assert [score is not None for score in found] == told
