"""The look at written parts sees every way there may be."""

from typing import Any

import pytest

from doppel.types import Message, Sample
from tests.data_line.leaks import check_no_way
from tests.split.made import T0, sample

WORDS = "one two three four five six seven eight"


TWENTY = tuple(f"w{at}" for at in range(20))


def looked_at(
    train: dict[str, Any], between: dict[str, Any], test: dict[str, Any], loose: tuple[tuple[int, int], ...] = ()
) -> None:
    """`loose`: messages that are in no sample, and what they answer."""
    learnt, _, held_out = everything = sample(0, **train), sample(2, **between), sample(4, **test)
    parts: tuple[tuple[Sample, ...], ...] = ((learnt,), (), (held_out,))
    links = [*loose, *((one.message_ids[0], to) for one in everything for to in one.replies_to)]
    messages = [
        Message(
            chat_id="p:1", chat_name="", chat_kind="personal", message_id=number, sent_at=T0, sender_id="b",
            sender_name="b", text="ok", reply_to=to,
        )
        for number, to in links
    ]  # fmt: skip
    check_no_way(parts, everything, messages, is_by_time=True, is_by_chat=False)


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
        ({"says": ("one two", WORDS[8:])}, {}, {"says": (WORDS,)}, "words of a held-out answer"),
        ({"says": ("Ё" + WORDS,)}, {}, {"says": ("so е" + WORDS,)}, "words of a held-out answer"),
        (
            {"says": (" ".join(TWENTY),)},
            {},
            {"says": (" ".join((*TWENTY[:7], "x", *TWENTY[8:14], "y", *TWENTY[15:])),)},
            "nearly told in an earlier part",
        ),
        ({"aside": f"> {WORDS}"}, {}, {"says": (WORDS,)}, "words of a held-out answer"),
        ({"hours": 9}, {}, {}, "a part begins before an earlier one ends"),
    ],
)
def test_a_way_is_seen(train: dict[str, Any], between: dict[str, Any], test: dict[str, Any], told: str) -> None:
    with pytest.raises(AssertionError, match=told):
        looked_at({"ids": (1, 2)} | train, {"ids": (3, 4)} | between, {"ids": (5, 6)} | test)


@pytest.mark.parametrize(
    ("train", "between", "test", "loose"),
    [
        ({}, {}, {"replies_to": (9,)}, ((9, 1),)),
        ({}, {}, {"replies_to": (9,)}, ((9, 10), (10, 2))),
        ({"replies_to": (9,)}, {}, {}, ((9, 6),)),
        ({}, {"replies_to": (9,)}, {"replies_to": (4,)}, ((9, 1),)),
    ],
)
def test_a_way_over_messages_in_no_sample_is_seen(
    train: dict[str, Any], between: dict[str, Any], test: dict[str, Any], loose: tuple[tuple[int, int], ...]
) -> None:
    ids = ({"ids": (1, 2)} | train, {"ids": (3, 4)} | between, {"ids": (5, 6)} | test)
    looked_at(*ids)
    with pytest.raises(AssertionError, match="over replies"):
        looked_at(*ids, loose)
