"""The consent list: whose words may be used."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from msgspec import structs

from doppel.errors import ConfigError
from doppel.filters.found import found_ids
from doppel.filters.mark import break_mark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from doppel.types import Chat, Message, People, Persona

    Find = Callable[[str], frozenset[str]]

LEFT_OUT = "(left out)"  # what a chat is called that has its name from somebody who is
MOST_TOLD = 5  # ids in a note
TITLED = ("group", "public_group", "channel", "saved")  # kinds of chats with names of their own


class Consent:
    """Leaves out the words of people who did not agree, also where others forwarded them; conversations end there.

    So an answer to them is not glued to what stood before. A later reply to such a message begins a conversation, too.
    Forwards whose author the export does not tell are left out, as they may be theirs. Their names are told nowhere;
    in the texts of others they stay, as all that is said about them: that is the privacy stage's matter.
    """

    why = "words of people who are not to be quoted (filters.people); conversations end there"

    def __init__(
        self, *, exclude: list[str | int], include_only: list[str | int], context_allowed: list[str | int]
    ) -> None:
        both = sorted({str(wanted) for wanted in exclude} & {str(wanted) for wanted in include_only})
        if both:
            raise ConfigError(f"filters.people: {', '.join(both)} cannot stand in both exclude and include_only")
        self.wanted = {"exclude": exclude, "include_only": include_only, "context_allowed": context_allowed}
        self.unlearnt: frozenset[str] = frozenset()  # those left out, and those who may be read
        self.left_out: frozenset[str] = frozenset()
        self.included: frozenset[str] = frozenset()  # all others
        self.names: frozenset[str] = frozenset()  # that forwards may be from, in small letters
        self.forbidden: frozenset[str] = frozenset()  # the names of those who are not learnt
        self.chats: frozenset[str] = frozenset()  # with the names of those left out
        self.is_limited = bool(include_only)  # to the people named: nobody else is to be quoted
        self.is_idle = not (exclude or include_only)
        self.chat_id = ""  # of the latest message that was left out
        self.gone: set[int] = set()  # message_ids of what is left out of that chat
        self.replies = 0  # to what is left out
        self.namesakes: list[str] = []  # ids that stay, of people with the name of somebody who is not learnt

    def meet(self, people: People, find: Find) -> None:
        """Finds everyone. Raises: DataError for a name that nobody has, or more than one."""
        excluded, included, allowed = (
            found_ids(f"filters.people.{key}", wanted, find) for key, wanted in self.wanted.items()
        )
        if included:
            excluded |= frozenset(people.by_id) - included
        self.unlearnt = excluded
        self.left_out = excluded - allowed
        # A forward is learnt as the words of who sent it: of those who may only be read, it goes as well.
        self.forbidden = _names(people, excluded)
        self.included = frozenset(people.by_id) - excluded
        self.names = _names(people, self.included) - self.forbidden
        if not self.is_limited:
            self.namesakes = sorted(who for who in self.included if self.forbidden & _names(people, frozenset((who,))))
        hidden = _names(people, self.left_out) - _names(people, frozenset(people.by_id) - self.left_out)
        self.chats = frozenset(
            key for key, chat in people.by_chat.items() if _folded(chat.name) in hidden or self._is_with_them(chat)
        )

    def meet_personas(self, personas: Sequence[Persona]) -> None:
        """Raises: ConfigError for one whose words may not be used."""
        for persona in personas:
            read = persona.ids & self.unlearnt - self.left_out
            if read or persona.ids <= self.left_out:
                ids = read or persona.ids
                what = "lets be read alone, and not learnt," if read else "leaves out"
                way_out = (
                    f"add {min(ids)} to filters.people.include_only"
                    if self.is_limited
                    else "take that name out of filters.people.exclude"
                )
                raise ConfigError(
                    f"filters.people {what} every word of {persona.name} ({', '.join(sorted(ids))}), who is to be "
                    f"learnt: {way_out}, or learn someone else with persona=ID"
                )

    def __call__(self, message: Message) -> Message | None:
        """The message, or the mark of a break where its words may not be used."""
        if self.hides(message):
            if message.is_service:
                return None  # nobody has said anything
            if message.chat_id != self.chat_id:
                self.chat_id, self.gone = message.chat_id, set()
            self.gone.add(message.message_id)
            return break_mark(message)
        return structs.replace(message, chat_name=LEFT_OUT) if message.chat_id in self.chats else message

    def hides(self, message: Message) -> bool:
        """Whether its words may not be used."""
        return message.sender_id in self.left_out or (message.is_forwarded and self._is_theirs(message))

    def parted(self, messages: Iterator[Message]) -> Iterator[Message]:
        """The messages of one chat after another, a mark before each reply to what is left out: it answers no other."""
        for message in messages:
            if message.reply_to is not None and message.reply_to in self.gone and message.chat_id == self.chat_id:
                self.replies += 1
                yield structs.replace(break_mark(message), topic=message.topic)
            yield message

    def notes(self) -> list[str]:
        """How many replies have lost what they answer; who else has the name of somebody on the list."""
        found = []
        if self.replies:
            where = "a conversation begins there, and nobody else is answered."
            found.append(f"{self.replies:,} replies are to words that are left out: {where}")
        if self.namesakes:
            found.append(
                f"{len(self.namesakes):,} people share the name of somebody in exclude, and may be quoted and learnt "
                f"({', '.join(self.namesakes[:MOST_TOLD])}): where it is the same person in another messenger, add the "
                "id there."
            )
        return found

    def told(self, people: People) -> People:
        """The same people without those left out, and without their names on chats."""
        return replace(
            people,
            by_id={who: one for who, one in people.by_id.items() if who not in self.left_out},
            by_chat={key: self._told(chat) for key, chat in people.by_chat.items()},
        )

    def _told(self, chat: Chat) -> Chat:
        return replace(
            chat,
            name=LEFT_OUT if chat.chat_id in self.chats else chat.name,
            own_words={who: number for who, number in chat.own_words.items() if who not in self.left_out},
        )

    def _is_with_them(self, chat: Chat) -> bool:
        """Whether somebody left out is the other one of the chat, who gives it its name."""
        if chat.kind in TITLED:
            return False
        partner = f"user{chat.chat_id.partition(':')[2]}"  # Telegram's, also where only the owner writes
        return partner in self.left_out or not self.left_out.isdisjoint(chat.own_words)

    def _is_theirs(self, forward: Message) -> bool:
        # An id tells who it is, whatever name the sender has for them; where it tells nothing, the name may.
        who = forward.forwarded_from_id
        if who is not None and (who not in self.included if self.is_limited else who in self.unlearnt):
            return True
        author = _folded(forward.forwarded_from or "")
        return author not in self.names if self.is_limited else not author or author in self.forbidden


def _names(people: People, ids: frozenset[str]) -> frozenset[str]:
    return frozenset(_folded(name) for who in ids if who in people.by_id for name in people.by_id[who].names)


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()
