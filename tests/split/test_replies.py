"""Where chains of replies lead."""

import numpy as np
import pytest

from doppel.split.facts import chat_key, message_keys
from doppel.split.group import SplitByChat
from doppel.split.none import NoSplit
from doppel.split.replies import FollowsReplies, Replies, led_to
from doppel.split.temporal import SplitByTime
from doppel.types import Message
from tests.split.made import T0


def message(number: int, reply_to: int | None, chat: str = "p:1") -> Message:
    return Message(
        chat_id=chat, chat_name="", chat_kind="personal", message_id=number, sent_at=T0, sender_id="a", sender_name="",
        text="", reply_to=reply_to,
    )  # fmt: skip


def ints(*numbers: int) -> np.ndarray:
    return np.array(numbers, dtype=np.int64)


def test_those_that_answer_are_known_by_the_keys_that_samples_have() -> None:
    replies = Replies()
    replies.see([message(1, None), message(2, 1), message(3, 10**30, "p:2")])
    replies.see([message(-4, 2)])
    chats = ints(chat_key("p:1"), chat_key("p:2"), chat_key("p:1"))
    answerers, answered = replies.keys()
    assert answerers.tolist() == message_keys(chats, ints(2, 3, -4)).tolist()
    assert answered.tolist() == message_keys(chats, ints(1, hash(10**30), 2)).tolist()


def test_a_chain_is_followed_to_its_end_however_long() -> None:
    number = 5000
    places = np.random.default_rng(0).permutation(number)
    answerers, answered = np.arange(1, number + 1)[places], np.arange(number)[places]
    keys = ints(number, 1, 77, 0, number + 1, -5)
    assert led_to(keys, answerers, answered).tolist() == [0, 0, 0, 0, number + 1, -5]


@pytest.mark.parametrize("links", [((1, 1),), ((1, 2), (2, 1)), ((1, 2), (2, 3), (3, 2))])
def test_a_chain_that_bites_its_tail_ends(links: tuple[tuple[int, int], ...]) -> None:
    answerers, answered = np.array(links, dtype=np.int64).T
    [end] = led_to(ints(1), answerers, answered)
    assert end in {1, 2, 3}


def test_nothing_leads_anywhere_without_replies() -> None:
    assert led_to(ints(5, 6), *Replies().keys()).tolist() == [5, 6]
    assert led_to(ints(), ints(1), ints(2)).tolist() == []


def test_splits_that_hold_out_by_replies_ask_for_them() -> None:
    options: dict = {"validation_fraction": 0.1, "test_fraction": 0.1, "purge_shared_words": 8}
    by_time = SplitByTime(per_chat=False, purge_gap_hours=0, **options)
    assert isinstance(by_time, FollowsReplies)
    assert isinstance(SplitByChat(validation_chats=None, test_chats=None, seed=0, **options), FollowsReplies)
    assert not isinstance(NoSplit(), FollowsReplies)
