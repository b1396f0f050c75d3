"""Messages go in in any order and come out chat by chat, in order of time."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from doppel.cache import spool as spool_module
from doppel.cache.spool import Spool
from doppel.errors import RunError
from doppel.types import Entity, Message

START = datetime(2024, 1, 1, tzinfo=UTC)


def message(chat: str, number: int, minute: int) -> Message:
    return Message(
        chat_id=chat,
        chat_name=chat.upper(),
        chat_kind="group",
        message_id=number,
        sent_at=START + timedelta(minutes=minute),
        sender_id="user1",
        sender_name="Анна",
        text=f"{chat} {number} 🌊",
        reply_to=number - 1,
        entities=(Entity("link", 0, 2),),
    )


def stored(messages: list[Message], folder: Path) -> Spool:
    spool = Spool(folder / "messages.spool")
    assert [one for batch in spool.fill(iter(messages)) for one in batch] == messages
    return spool


@pytest.mark.parametrize("block", [1, 3, 512])
def test_chats_come_together_and_in_order(block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_module, "BLOCK", block)
    monkeypatch.setattr(spool_module, "BATCH", 5)
    messages = [message(chat, number, number // 2) for number in range(20) for chat in ("b", "a")]
    shuffled = messages[:]
    random.Random(0).shuffle(shuffled)
    by_chat = {name: [one for one in messages if one.chat_id == name] for name in ("a", "b")}
    for order, late in ((messages, 0), (messages[::-1], 38)):
        spool = stored(order, tmp_path)
        first, second = order[0].chat_id, order[1].chat_id
        assert list(spool.messages()) == by_chat[first] + by_chat[second]
        assert spool.out_of_order == late
    spool = stored(shuffled, tmp_path)
    assert sorted(spool.messages(), key=lambda one: one.chat_id) == by_chat["a"] + by_chat["b"]


def test_few_messages_wait_in_memory_however_many_chats_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool_module, "HELD", 10)
    monkeypatch.setattr(spool_module, "BATCH", 3)
    spool = Spool(tmp_path / "messages.spool")

    def watched() -> Iterator[Message]:
        for number in range(100):
            yield message(f"chat{number % 7}", number, number)
            assert spool.held <= 12

    assert sum(map(len, spool.fill(watched()))) == 100
    assert [one.message_id for one in spool.messages()][:4] == [0, 7, 14, 21]


def test_a_time_of_a_chat_is_found_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_module, "BLOCK", 4)
    monkeypatch.setattr(spool_module, "BATCH", 4)
    spool = stored([message(chat, number, number) for chat in "ab" for number in range(20, 0, -1)], tmp_path)
    found = spool.between("b", START + timedelta(minutes=3), START + timedelta(minutes=6))
    assert [(one.chat_id, one.message_id) for one in found] == [("b", 3), ("b", 4), ("b", 5), ("b", 6)]


def test_a_disk_without_room_is_named(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "missing" / "messages.spool")
    with pytest.raises(RunError, match=r"messages\.spool cannot be written: .*XDG_CACHE_HOME"):
        list(spool.fill(iter([message("a", 1, 1)])))


def test_a_disk_that_is_full_when_the_rest_is_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"full cannot be written: No space left on device"):
        list(Spool(Path("/dev/full")).fill(iter([message("a", 1, 1)])))
