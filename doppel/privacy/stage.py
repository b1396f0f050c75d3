"""The stage itself: whatever its finders find in a message is replaced, wherever a name or a text stands."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from msgspec import structs

from doppel.privacy.asked import Asked
from doppel.privacy.credentials import find_credentials
from doppel.privacy.ids import Ids, whole_names
from doppel.privacy.in_text import display_names, find_names
from doppel.privacy.mapping import PrivateList, Pseudonyms
from doppel.privacy.passwords import find_passwords
from doppel.privacy.phrases import SHORTEST, find_phrases, may_hold_phrase
from doppel.privacy.spans import MARK, SECRET, Found, moved, replaced, without_overlaps
from doppel.privacy.suspect import is_suspect
from doppel.privacy.tokens import find_tokens
from doppel.types import People

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from doppel.privacy.disguise import Disguises
    from doppel.privacy.roster import Roster
    from doppel.types import Entity, Funnel, Message

STAGE = "privacy"
DISPLAY_NAME, ID = LABELS = ("display name", "id")  # of people and chats, as the report counts and the list has them


class Finder(Protocol):
    """Finds something private in a text."""

    def __call__(self, text: str, entities: Sequence[Entity], /) -> Iterable[Found]:
        """What it finds, in any order."""
        ...


def find_secrets(text: str, _: Sequence[Entity]) -> Iterator[Found]:
    """Keys, tokens, passwords, codes."""
    yield from find_tokens(text)
    yield from find_credentials(text)
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
        self._list = PrivateList(mapping) if mapping else None
        self._roster = roster
        listed = self._list.found if self._list else Pseudonyms()
        disguises.go_on({kind: news for kind, news in listed.replaced.items() if kind not in LABELS})
        if roster:
            roster.go_on(listed.names)
        self._shown: dict[str, str] = {}  # display name -> what is shown for it
        self._plain: set[str] = {""}  # those that stay as they are
        self._ids = Ids(disguises, self._shown, self._id_piece, listed.replaced.get(ID, {}))
        self._of_people: Counter[str] = Counter()  # display names and ids of theirs that are replaced

    def meet(self, people: People) -> None:
        """Learns who is who, and what everyone and every chat is shown as, before the first message."""
        if self._roster:
            self._roster.learn(display_names(people))
            self._shown.clear()
            self._plain = {""}
        speakers, chats = people.by_id.values(), people.by_chat.values()
        names = {one.speaker_id: [one.name, *sorted(one.names)] for one in speakers}
        for chat in chats:
            names.setdefault(chat.chat_id, []).append(chat.name)
        shown = {name for own in names.values() for name in own if self.name(name) != name}
        for chat in chats:  # ids of people may be made of what the chat is called: unknown:whatsapp:Ann
            if chat.name in shown:
                for speaker_id in chat.own_words:
                    names.setdefault(speaker_id, []).append(chat.name)
        self._ids.meet(names)
        self._of_people = Counter({DISPLAY_NAME: len(shown), ID: len(self._ids.changed)})

    def __call__(self, messages: Iterator[Message], funnel: Funnel) -> Iterator[Message]:
        """The messages, changed where they must be; the funnel gets how much of each kind, never what.

        Raises: DataError where the list of what was replaced cannot be written.
        """
        counts: Counter[str] = Counter()
        kept = 0
        plain, plain_ids, roster = self._plain, self._ids.plain, self._roster
        asked = Asked()
        remember = asked.remember
        for original in messages:
            message = original
            kept += not message.is_break
            text = message.text
            if (
                is_suspect(text)
                or (len(text) >= SHORTEST and may_hold_phrase(text))
                or (roster and not roster.is_nameless(text))
            ):
                message = self._covered(message, counts, asked)
            is_shown_as_is = (
                message.sender_name in plain
                and message.chat_name in plain
                and message.sender_id in plain_ids
                and message.chat_id in plain_ids
            )
            if not is_shown_as_is or message.forwarded_from or message.topic:
                message = self._renamed(message)
            remember(original)
            yield message
        funnel.add(STAGE, kept=kept, dropped=0, unit="messages", why="")
        funnel.tally(STAGE, counts + self._of_people)
        self._write_list()

    def text(self, text: str, entities: Sequence[Entity] = ()) -> str:
        """A single text with what is private replaced, as everywhere else; it is not counted."""
        found = self._found(text, entities, has_names=True)
        return replaced(text, found, self._news(text, found))

    def teller(self) -> Callable[[str], str]:
        """What puts names and numbers into notes and names of files as they are shown; after the last message."""
        private = {name: new for name, new in self._shown.items() if name != new}
        whole = whole_names(private | self._ids.changed)
        return lambda text: self._without_contacts(whole(text))

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

    def id(self, real: str) -> str:
        """What is shown instead of the id of a person or a chat: it may be a number, an address or a name."""
        return self._ids.of(real)

    def people(self, people: People) -> People:
        """The same people under the names and ids that are shown."""
        speakers = [
            replace(
                one,
                speaker_id=self.id(one.speaker_id),
                name=self.name(one.name),
                names=frozenset(map(self.name, sorted(one.names))),
            )
            for one in people.by_id.values()
        ]
        chats = [
            replace(
                one,
                chat_id=self.id(one.chat_id),
                name=self.name(one.name),
                own_words={self.id(who): count for who, count in one.own_words.items()},
            )
            for one in people.by_chat.values()
        ]
        return People({one.speaker_id: one for one in speakers}, {one.chat_id: one for one in chats})

    def _found(self, text: str, entities: Sequence[Entity], *, has_names: bool) -> list[Found]:
        found: list[Found] = []
        if is_suspect(text):
            found += (one for finder in self._finders for one in finder(text, entities))
        found += find_phrases(text)
        if self._roster and has_names:
            found += find_names(text, entities, self._roster)
        return without_overlaps(found)

    def _without_contacts(self, text: str) -> str:
        """Secrets stay: what is no message has none, and words around a number make one of it."""
        found = [one for one in self._found(text, (), has_names=False) if one.kind != SECRET]
        return replaced(text, found, self._news(text, found))

    def _id_piece(self, piece: str) -> str:
        covered = self._without_contacts(piece)
        return self._roster.words(covered) if self._roster else covered

    def _news(self, text: str, found: Sequence[Found]) -> list[str]:
        return [self._new(text[one.start : one.end], one) for one in found]

    def _new(self, spelling: str, found: Found) -> str:
        if found.kind == SECRET:
            return MARK
        if found.new is not None:
            self._disguises.spellings[found.kind][spelling] = found.new
        return found.new or self._disguises.of(found.kind, spelling)

    def _covered(self, message: Message, counts: Counter[str], asked: Asked) -> Message:
        text, entities = message.text, message.entities
        found = self._found(text, entities, has_names=True)
        if (secret := asked.find(message)) is not None:
            found = without_overlaps([*found, secret])
        if not found:
            return message
        counts.update(one.kind for one in found)
        news = self._news(text, found)
        return structs.replace(message, text=replaced(text, found, news), entities=moved(entities, found, news))

    def _renamed(self, message: Message) -> Message:
        return structs.replace(
            message,
            chat_id=self.id(message.chat_id),
            sender_id=self.id(message.sender_id),
            sender_name=self.name(message.sender_name),
            chat_name=self.name(message.chat_name),
            forwarded_from=message.forwarded_from and self.name(message.forwarded_from),
            forwarded_from_id=message.forwarded_from_id and self.id(message.forwarded_from_id),
            topic=message.topic and self.name(message.topic),
        )

    def _write_list(self) -> None:
        if not self._list:
            return
        labels = {DISPLAY_NAME: {name: new for name, new in self._shown.items() if name != new}, ID: self._ids.changed}
        news = {**self._disguises.spellings, **labels}
        before = self._list.found
        whole = {kind: {**before.replaced.get(kind, {}), **news.get(kind, {})} for kind in {**before.replaced, **news}}
        listed = Pseudonyms(
            replaced={kind: pairs for kind, pairs in whole.items() if pairs},
            names=dict(self._roster.chosen) if self._roster else before.names,
        )
        if listed.replaced:
            self._list.write(listed)
