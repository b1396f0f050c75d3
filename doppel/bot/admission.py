"""Who is let in, and how often."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from doppel.bot.reading import Note
    from doppel.bot.telegram import Telegram

MOST_REFUSED = 1000  # people remembered as told; who comes after so many others is told once more


class Admission:
    """The allow-list and the rate; `wait_seconds`: 0 where this person may go on, else how long until they may."""

    def __init__(self, settings: Telegram, wait_seconds: Callable[[str], float]) -> None:
        self.settings = settings
        self.wait_seconds = wait_seconds
        self._allowed = set(settings.allowed)
        self._refused: OrderedDict[int, None] = OrderedDict()
        self._slowed: set[int] = set()

    def is_owner(self, user_id: int) -> bool:
        """Whether the bot is theirs."""
        return user_id == self.settings.owner

    def lets_in(self, said: Note) -> bool:
        """Whether this may be heard: in groups the group is what is allowed, with all who are in it."""
        if said.is_group:
            return said.chat_id in self._allowed
        return self.is_owner(said.user_id) or said.user_id in self._allowed

    def knows(self, chat_id: int) -> bool:
        """Whether this chat is one in which somebody is let in."""
        return chat_id == self.settings.owner or chat_id in self._allowed

    def follow(self, old_chat_id: int, chat_id: int) -> None:
        """A group that is let in has another id from now on, until the program ends."""
        if old_chat_id in self._allowed:
            self._allowed.add(chat_id)

    def is_first_refusal(self, chat_id: int) -> bool:
        """Whether this chat has not been told yet that it is not let in; now it is."""
        is_new = chat_id not in self._refused
        self._refused[chat_id] = None
        self._refused.move_to_end(chat_id)
        if len(self._refused) > MOST_REFUSED:
            self._refused.popitem(last=False)
        return is_new

    def slowed(self, user_id: int) -> tuple[bool, bool]:
        """(whether they write too much, whether they have not been told yet)."""
        if self.wait_seconds(str(user_id)) == 0:
            self._slowed.discard(user_id)
            return False, False
        is_new = user_id not in self._slowed
        self._slowed.add(user_id)
        return True, is_new
