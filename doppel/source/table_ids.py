"""The ids of a table's messages: its own numbers, or numbers given in the order of the rows."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from doppel.source.id_set import IdSet

if TYPE_CHECKING:
    from doppel.source.reading import Reading

LARGEST = 2**62  # what is stored are 64 bits
FREE = LARGEST - 2**32  # of no program before the year 2049, when Discord's, the largest, come so far
REMEMBERED = 100_000  # ids that are words: replies to earlier messages are not found
REPEATED = "with the id of an earlier one in the same chat"
NO_NUMBER = "whose id is no whole number, unlike that of the first row"
TWICE = (
    "have the id of an earlier one in their chat: they got new ones, and replies answer the nearest above that has it"
)
UNFOUND = "answer a message that stands below them, or very far above: taken for no answer"


@dataclass(slots=True)
class _Chat:
    number: int  # of the chat, from 0
    messages: int = 0
    seen: IdSet = field(default_factory=IdSet)
    again: dict[int | None, int] = field(default_factory=dict)  # id that came twice -> that of its latest message


class TableIds:
    """Holds a count for each chat, and every id: some 8 bytes a message, and 100 for an id that comes twice."""

    def __init__(self, reading: Reading, *, may_overlap: bool) -> None:
        self.reading = reading
        self.may_overlap = may_overlap
        self.chats: dict[str, _Chat] = {}
        self.words: OrderedDict[tuple[str, str], int] = OrderedDict()  # (chat, id) -> number given
        self.has_column = False
        self.are_numbers: bool | None = None  # None: no row of this file has been seen

    def begin_file(self, *, has_column: bool) -> None:
        """Each file may have ids of its own kind."""
        self.has_column = has_column
        self.are_numbers = None

    def place(self, chat: str, written: Any, answered: Any) -> tuple[int, int | None, int, int] | str:
        """(message_id, reply_to, number of the chat, number of the message in it), or why the row is left out."""
        of_chat = self.chats.get(chat)
        if of_chat is None:
            of_chat = self.chats[chat] = _Chat(len(self.chats))
        if self.has_column:
            number = whole(written)
            if self.are_numbers is None:
                self.are_numbers = number is not None
            if self.are_numbers:
                return self._own(of_chat, number, whole(answered) or None)
        of_chat.messages += 1
        reply_to = self._given(chat, answered)
        if self.has_column and written is not None:
            self.words[chat, str(written)] = of_chat.messages
            if len(self.words) > REMEMBERED:
                self.words.popitem(last=False)
        return of_chat.messages, reply_to, of_chat.number, of_chat.messages

    def _own(self, chat: _Chat, number: int | None, answered: int | None) -> tuple[int, int | None, int, int] | str:
        if number is None:
            return NO_NUMBER
        is_new = chat.seen.add(number)
        if not is_new and self.may_overlap:
            return REPEATED
        chat.messages += 1
        reply_to = chat.again.get(answered, answered)
        if not is_new:
            self.reading.guessed[TWICE] += 1
            chat.again[number] = FREE + chat.messages
        return chat.again.get(number, number), reply_to, chat.number, chat.messages

    def _given(self, chat: str, answered: Any) -> int | None:
        if answered is None or answered == "":
            return None
        found = self.words.get((chat, str(answered)))
        if found is None and self.has_column:
            self.reading.guessed[UNFOUND] += 1
        return found


def whole(value: Any) -> int | None:
    """The number, None where there is none, or one that is too large to be kept."""
    if isinstance(value, str):
        text = value.strip()
        digits = text.removeprefix("-")
        number = int(text) if digits.isdecimal() and len(digits) < 20 else None
    elif isinstance(value, float):
        number = int(value) if value.is_integer() else None  # pandas makes a column with gaps floats
    else:
        number = value if isinstance(value, int) and not isinstance(value, bool) else None
    return number if number is not None and abs(number) < LARGEST else None
