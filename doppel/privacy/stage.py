"""The stage itself: whatever its finders find in a message is replaced, wherever a name or a text stands."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from msgspec import structs

from doppel.privacy.in_text import display_names, find_names
from doppel.privacy.mapping import private_path, write_private
from doppel.privacy.passwords import find_passwords
from doppel.privacy.phrases import SHORTEST, find_phrases, may_hold_phrase
from doppel.privacy.spans import MARK, SECRET, Found, moved, replaced, without_overlaps
from doppel.privacy.suspect import is_suspect
from doppel.privacy.tokens import find_tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from doppel.privacy.disguise import Disguises
    from doppel.privacy.roster import Roster
    from doppel.types import Entity, Funnel, Message, People

STAGE = "privacy"


class Finder(Protocol):
    """Finds something private in a text."""

    def __call__(self, text: str, entities: Sequence[Entity], /) -> Iterable[Found]:
        """What it finds, in any order."""
        ...


def find_secrets(text: str, _: Sequence[Entity]) -> Iterator[Found]:
    """Keys, tokens, passwords, codes."""
    yield from find_tokens(text)
    yield from find_passwords(text)


class Privacy:
    """Messages with what is private replaced; not one is left out.

    Memory grows with the distinct values and display names that are found, not with the messages.
    """

    def __init__(
        self, finders: Sequence[Finder], disguises: Disguises, mapping: str | None, roster: Roster | None = None
    ) -> None:
        self._finders = finders
        self._disguises = disguises
        self._mapping = private_path(mapping) if mapping else None
        self._roster = roster
        self._shown: dict[str, str] = {}  # display name -> what is shown for it
        self._plain: set[str] = {""}  # those that stay as they are
        self._written = 0  # spellings in the list, when it was last written

    def meet(self, people: People) -> None:
        """Learns who is who, before the first message."""
        if self._roster:
            self._roster.learn(display_names(people))
            self._shown.clear()
            self._plain = {""}

    def __call__(self, messages: Iterator[Message], funnel: Funnel) -> Iterator[Message]:
        """The messages, changed where they must be; the funnel gets how much of each kind, never what.

        Raises: DataError where the list of what was replaced cannot be written.
        """
        counts: Counter[str] = Counter()
        kept = 0
        plain, roster = self._plain, self._roster
        for message in messages:
            kept += not message.is_break
            text = message.text
            if (
                is_suspect(text)
                or (len(text) >= SHORTEST and may_hold_phrase(text))
                or (roster and not roster.is_nameless(text))
            ):
                message = self._covered(message, counts)
            is_shown_as_is = message.sender_name in plain and message.chat_name in plain
            if not is_shown_as_is or message.forwarded_from or message.topic:
                message = self._renamed(message)
            yield message
        funnel.add(STAGE, kept=kept, dropped=0, unit="messages", why="")
        funnel.tally(STAGE, counts)
        self._write_mapping()

    def text(self, text: str, entities: Sequence[Entity] = ()) -> str:
        """A single text with what is private replaced, as everywhere else; it is not counted."""
        found = self._found(text, entities, has_names=True)
        return replaced(text, found, self._news(text, found))

    def private_in(self, text: str) -> list[str]:
        """What of a text would be replaced, as it stands there; nothing is."""
        return [text[one.start : one.end] for one in self._found(text, (), has_names=False)]

    def name(self, name: str) -> str:
        """What is shown instead of a display name: it may be a phone number, and the names of people on request."""
        if name not in self._shown:
            found = self._found(name, (), has_names=False)
            covered = replaced(name, found, self._news(name, found))
            self._shown[name] = self._roster.shown(covered) if self._roster else covered
            if self._shown[name] == name:
                self._plain.add(name)
        return self._shown[name]

    def people(self, people: People) -> People:
        """The same people under the names that are shown."""
        return replace(
            people,
            by_id={
                key: replace(one, name=self.name(one.name), names=frozenset(map(self.name, one.names)))
                for key, one in people.by_id.items()
            },
            by_chat={key: replace(one, name=self.name(one.name)) for key, one in people.by_chat.items()},
        )

    def _found(self, text: str, entities: Sequence[Entity], *, has_names: bool) -> list[Found]:
        found: list[Found] = []
        if is_suspect(text):
            found += (one for finder in self._finders for one in finder(text, entities))
        found += find_phrases(text)
        if self._roster and has_names:
            found += find_names(text, entities, self._roster)
        return without_overlaps(found)

    def _news(self, text: str, found: Sequence[Found]) -> list[str]:
        return [self._new(text[one.start : one.end], one) for one in found]

    def _new(self, spelling: str, found: Found) -> str:
        if found.kind == SECRET:
            return MARK
        if found.new is not None:
            self._disguises.spellings[found.kind][spelling] = found.new
        return found.new or self._disguises.of(found.kind, spelling)

    def _covered(self, message: Message, counts: Counter[str]) -> Message:
        text, entities = message.text, message.entities
        found = self._found(text, entities, has_names=True)
        if not found:
            return message
        counts.update(one.kind for one in found)
        news = self._news(text, found)
        return structs.replace(message, text=replaced(text, found, news), entities=moved(entities, found, news))

    def _renamed(self, message: Message) -> Message:
        return structs.replace(
            message,
            sender_name=self.name(message.sender_name),
            chat_name=self.name(message.chat_name),
            forwarded_from=message.forwarded_from and self.name(message.forwarded_from),
            topic=message.topic and self.name(message.topic),
        )

    def _write_mapping(self) -> None:
        spellings = {kind: words for kind, words in self._disguises.spellings.items() if words}
        size = sum(map(len, spellings.values()))
        if self._mapping and size != self._written:
            write_private(self._mapping, spellings)
            self._written = size
