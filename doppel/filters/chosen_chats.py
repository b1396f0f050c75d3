"""Keeps some chats, or all but some, by id or by name."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from doppel.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable

    from doppel.types import Chat, Message, People

SHOWN = 10  # chats listed in an error


class ChosenChats:
    """Leaves out the chats of `exclude`, and where `include` names any, all others than these.

    A chat is its id ("personal_chat:1000020", or what stands after the colon) or its name, in any case of letters. A
    name that no chat has is refused, as a misspelt one would leave the chat in.
    """

    looks_at = ("chat_id",)

    def __init__(self, *, include: list[str | int], exclude: list[str | int]) -> None:
        self.include = include
        self.exclude = exclude
        self.is_idle = not (include or exclude)
        self.left_out: frozenset[str] = frozenset()
        self.why = "in chats that were not chosen (filters.chosen_chats)"

    def meet(self, people: People, find: Callable[[str], frozenset[str]]) -> None:  # noqa: ARG002
        """Finds the chats. Raises: DataError for what no chat is, or more than one."""
        chats = list(people.by_chat.values())
        included = {_found(str(wanted), "include", chats) for wanted in self.include}
        left_out = {_found(str(wanted), "exclude", chats) for wanted in self.exclude}
        if included:
            left_out |= {chat.chat_id for chat in chats} - included
        self.left_out = frozenset(left_out)

    def __call__(self, message: Message) -> Message | None:
        """The message where its chat is chosen."""
        return None if message.chat_id in self.left_out else message

    def hides(self, message: Message) -> bool:
        """Whether its chat is not."""
        return message.chat_id in self.left_out


def _found(wanted: str, key: str, chats: list[Chat]) -> str:
    folded = wanted.strip().casefold()
    by_id = [chat for chat in chats if wanted.strip() in (chat.chat_id, chat.chat_id.partition(":")[2])]
    found = by_id or [chat for chat in chats if chat.name.strip().casefold() == folded]
    if len(found) == 1:
        return found[0].chat_id
    said = f"filters.chosen_chats.{key}: {wanted!r}"
    if found:
        raise DataError(f"{said} is the name of {len(found):,} chats: say which by id.\n{_listed(found)}")
    names = {name.casefold(): name for chat in chats for name in (chat.name, chat.chat_id)}
    near = [names[match] for match in get_close_matches(folded, list(names), n=3)]
    hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
    raise DataError(f"{said} is no chat of the export.{hint} Accepted are an id or a name:\n{_listed(chats)}")


def _listed(chats: list[Chat]) -> str:
    shown = [f"  {chat.chat_id}  {chat.messages:,} messages  {chat.name}" for chat in chats[:SHOWN]]
    return "\n".join([*shown, *([f"  ... and {len(chats) - SHOWN:,} more"] if len(chats) > SHOWN else [])])
