"""The look at written parts sees every way there may be."""

from typing import Any

import pytest

from doppel.types import Sample
from tests.data_line.leaks import check_no_way
from tests.split.made import sample

WORDS = "one two three four five six seven eight"


def looked_at(train: dict[str, Any], between: dict[str, Any], test: dict[str, Any]) -> None:
    learnt, left_out, held_out = sample(0, **train), sample(2, **between), sample(4, **test)
    parts: tuple[tuple[Sample, ...], ...] = ((learnt,), (), (held_out,))
    check_no_way(parts, (learnt, left_out, held_out), is_by_time=True, is_by_chat=False)


def test_nothing_to_see() -> None:
    looked_at({"ids": (1, 2)}, {"ids": (3, 4)}, {"ids": (5, 6), "replies_to": (99,), "hears": (WORDS,)})


@pytest.mark.parametrize(
    ("train", "between", "test", "told"),
    [
        ({"session": "s"}, {}, {"session": "s"}, "a session is in two parts"),
        ({"ids": (1, 6)}, {}, {}, "a held-out answer is in an earlier part too"),
        ({}, {}, {"replies_to": (1,)}, "over replies"),
        ({}, {"replies_to": (1,)}, {"replies_to": (4,)}, "over replies"),
        ({"replies_to": (6,)}, {}, {}, "over replies"),
        ({"hears": (f"so {WORDS}",)}, {}, {"says": (f"{WORDS.title()}!",)}, "words of a held-out answer"),
        ({"aside": f"> {WORDS}"}, {}, {"says": (WORDS,)}, "words of a held-out answer"),
        ({"hours": 9}, {}, {}, "a part begins before an earlier one ends"),
    ],
)
def test_a_way_is_seen(train: dict[str, Any], between: dict[str, Any], test: dict[str, Any], told: str) -> None:
    with pytest.raises(AssertionError, match=told):
        looked_at({"ids": (1, 2)} | train, {"ids": (3, 4)} | between, {"ids": (5, 6)} | test)
