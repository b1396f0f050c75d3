"""Chats by id or name, and chats by lot."""

from __future__ import annotations

from difflib import get_close_matches
from hashlib import blake2b
from typing import TYPE_CHECKING

from doppel.errors import DataError
from doppel.split.facts import chat_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from doppel.types import Sample

SHOWN = 10  # chats listed in an error


def found_chats(option: str, wanted: Sequence[str | int], samples: Iterable[Sample]) -> set[int]:
    """The `chat_key` of each wanted chat: its id, what stands in it after the colon, or its name in any case.

    Raises: DataError for what no chat with samples is, or more than one.
    """
    if not wanted:
        return set()
    names = {sample.chat_id: sample.chat_name for sample in samples}
    return {chat_key(_found(option, str(item).strip(), names)) for item in wanted}


def _found(option: str, wanted: str, names: Mapping[str, str]) -> str:
    found = [chat_id for chat_id in names if wanted in (chat_id, chat_id.partition(":")[2])]
    if not found:
        found = [chat_id for chat_id, name in names.items() if name.strip().casefold() == wanted.casefold()]
    if len(found) == 1:
        return found[0]
    if found:
        raise DataError(f"{option}: {wanted!r} is {len(found):,} chats: say which by id.\n{_listed(found, names)}")
    words = {word.casefold(): word for chat in names.items() for word in chat}
    near = [words[match] for match in get_close_matches(wanted.casefold(), list(words), n=3)]
    hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
    raise DataError(
        f"{option}: {wanted!r} is no chat with samples.{hint} Accepted are an id or a name:\n"
        f"{_listed(list(names), names)}"
    )


def _listed(chats: list[str], names: Mapping[str, str]) -> str:
    shown = [f"  {chat_id}  {names[chat_id]}" for chat_id in chats[:SHOWN]]
    return "\n".join([*shown, *([f"  ... and {len(chats) - SHOWN:,} more"] if len(chats) > SHOWN else [])])


def by_lot(chats: Iterable[int], seed: int) -> list[int]:
    """Chats, by `chat_key`, in the order of the seed: that of any two does not depend on what others there are."""
    return sorted(chats, key=lambda chat: blake2b(f"{seed}/{chat}".encode(), digest_size=8).digest())


def drawn(chats: Sequence[int], learnt: Mapping[int, int], wanted: float) -> list[int]:
    """The chats, taken in this order where they bring the sum of their learnt turns nearer to `wanted`.

    At least one of several: the smallest, where all hold more than twice as much.
    """
    taken: list[int] = []
    total = 0
    for chat in chats:
        if total + learnt[chat] / 2 < wanted:
            taken.append(chat)
            total += learnt[chat]
    if not taken and len(chats) > 1:
        taken.append(min(chats, key=learnt.__getitem__))
    return taken
