"""Whole chats are held out: named ones, or ones drawn by lot."""

import pytest

from doppel.errors import DataError
from doppel.split.group import SplitByChat
from doppel.types import Count, Funnel, Sample, Split
from tests.split.made import sample


def divide(samples: list[Sample], **options) -> tuple[Split, Funnel]:
    defaults = {
        "validation_chats": None,
        "test_chats": None,
        "validation_fraction": 0.1,
        "test_fraction": 0.1,
        "seed": 0,
        "purge_shared_words": 8,
    }
    funnel = Funnel()
    return SplitByChat(**defaults | options)(samples, funnel), funnel


def chats(number: int, size: int = 1) -> list[Sample]:
    """Samples of many chats, all at the same time."""
    return [sample(hour, chat=f"p:{chat}", name=f"Chat {chat}") for hour in range(size) for chat in range(number)]


def held(samples: list[Sample], part: tuple[int, ...]) -> set[str]:
    return {samples[at].chat_id for at in part}


def test_named_chats_are_held_out_whole() -> None:
    samples = chats(4, size=2)
    split, funnel = divide(samples, validation_chats=["p:1"], test_chats=[3, "chat 0"])
    assert split == Split((2, 6), (1, 5), (0, 3, 4, 7), ())
    assert funnel.counts == [Count("split", 16, 0, "messages", ""), Count("split", 8, 0, "samples", "")]
    assert funnel.notes == ["split: 1 chats are for validation and 2 chats are for test"]


def test_only_one_part_may_be_named_or_wanted() -> None:
    samples = chats(20)
    split, _ = divide(samples, validation_chats=[], test_chats=["p:7"])
    assert (len(split.train), split.validation, split.test) == (19, (), (7,))
    split, _ = divide(samples, test_chats=["p:7"])
    assert (len(split.train), len(split.validation), split.test) == (17, 2, (7,))
    split, _ = divide(samples, test_fraction=0)
    assert (len(split.train), len(split.validation), split.test) == (18, 2, ())


def test_drawn_chats_hold_about_the_fraction_and_stay_drawn() -> None:
    samples = chats(200)
    split, _ = divide(samples)
    assert [len(split.train), len(split.validation), len(split.test)] == [160, 20, 20]
    assert held(samples[::-1], divide(samples[::-1])[0].test) == held(samples, split.test)
    again, _ = divide(samples)
    assert again == split
    assert divide(samples, seed=1)[0] != split
    # More chats change little: the fractions let some more in.
    more = chats(220)
    assert len(held(more, divide(more)[0].test) & held(samples, split.test)) >= 17


def test_fractions_are_of_learnt_turns_and_a_large_chat_is_passed_over() -> None:
    samples = [sample(0, chat="p:0", learnt=100), *(sample(0, chat=f"p:{chat}", learnt=5) for chat in range(1, 21))]
    for seed in range(5):
        split, _ = divide(samples, seed=seed)
        assert 0 in split.train
        assert [len(split.validation), len(split.test)] == [4, 4]


def test_three_chats_are_just_enough_and_the_smallest_are_held_out() -> None:
    samples = [sample(0, chat=f"p:{chat}", learnt=chat + 5) for chat in range(3)]
    split, _ = divide(samples)
    assert split == Split((2,), (1,), (0,), ())


def test_a_copy_in_a_chat_that_is_learnt_is_left_out() -> None:
    told = "do you know what happened to me this morning"
    samples = [sample(0, chat="p:1"), sample(1, chat="p:1", says=(told,)), sample(2, chat="p:2", says=(f"{told}?",))]
    split, funnel = divide(samples, validation_chats=[], test_chats=["p:2"])
    assert split == Split((0,), (), (2,), ())
    assert funnel.counts[-1].dropped == 1
    assert divide(samples, validation_chats=[], test_chats=["p:2"], purge_shared_words=None)[0].train == (0, 1)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"test_chats": ["Chat 33"]}, r"split.test_chats: 'Chat 33' is no chat with samples. Did you mean 'Chat 3'"),
        ({"test_chats": ["twins"]}, r"'twins' is 2 chats: say which by id.\n  q:1  Twins\n  q:2  Twins$"),
        ({"test_chats": ["p:1"], "validation_chats": ["p:1"]}, r"name the same chat: each may be in one alone"),
        ({"test_chats": [], "validation_chats": []}, r"with split.validation_chats=\[\] split.test_chats=\[\]: train"),
        ({"test_fraction": 0, "validation_fraction": 0}, r"would get 8, 0, 0 samples. Something must be held out"),
        (
            {"test_chats": ["p:0", "p:1", "p:2", "p:3", "p:4", "p:5", "q:1"], "validation_chats": ["q:2"]},
            r"would get 0, 1, 7 samples",
        ),
    ],
)
def test_what_cannot_be_held_out_is_refused(options: dict, told: str) -> None:
    samples = [*chats(6), sample(0, chat="q:1", name="Twins"), sample(0, chat="q:2", name="Twins")]
    with pytest.raises(DataError, match=told):
        divide(samples, **options)


@pytest.mark.parametrize("samples", [[], chats(1, size=9), chats(2)])
def test_too_few_chats_are_refused(samples: list[Sample]) -> None:
    with pytest.raises(DataError, match=r"one chat for each part at least.*split=temporal"):
        divide(samples)
