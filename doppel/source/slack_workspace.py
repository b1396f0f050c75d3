"""Who and what a Slack workspace has: users.json, channels.json, groups.json, dms.json, mpims.json."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from doppel.source.json_stream import JsonStream
from doppel.source.loose_values import object_of, word_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from doppel.source.files import File
    from doppel.source.ledger import Ledger
    from doppel.types import ChatKind

KINDS: dict[str, ChatKind] = {
    "channels.json": "public_group",
    "groups.json": "group",
    "mpims.json": "group",
    "dms.json": "personal",
}
KINDS_BY_LETTER: dict[str, ChatKind] = {"D": "personal", "G": "group"}
LISTS = ("users.json", *KINDS)
SLACKBOT = "USLACKBOT"


@dataclass(frozen=True, slots=True)
class Person:
    """A user of the workspace."""

    name: str  # the one that others see
    is_bot: bool


@dataclass(frozen=True, slots=True)
class Channel:
    """What a message says of its chat."""

    chat_id: str
    name: str
    kind: ChatKind


class Workspace:
    """The people by id, and the channels by the name of their folder. Raises: DataError for a damaged list."""

    def __init__(self, lists: Mapping[str, File], ledger: Ledger) -> None:
        self.ledger = ledger
        self.people: dict[str, Person] = {}
        self.channels: dict[str, Channel] = {}
        self.strangers: set[str] = set()  # folders that no list names
        self.nameless: set[str] = set()  # ids of users that no list and no message names
        if "users.json" in lists:
            for user in _objects(lists["users.json"]):
                self.people[word_of(user.get("id"))] = self._person(user)
        for file, kind in KINDS.items():
            for fields in _objects(lists[file]) if file in lists else ():
                self._add(fields, kind)

    def channel(self, folder: str) -> Channel:
        """The channel whose days lie in this folder."""
        found = self.channels.get(folder)
        if found is None:
            self.strangers.add(folder)
            name = self.ledger.name(folder)
            found = Channel(f"slack:{name}", name, KINDS_BY_LETTER.get(folder[:1], "unknown"))
        return found

    def name(self, user: str, profile: Any) -> str:
        """The name of a user, from the list or else from what a message says of its author."""
        person = self.people.get(user)
        if person is None:
            name = shown_name(object_of(profile))
            if not name:
                self.nameless.add(user)
                return self.ledger.name(user)
            person = self.people[user] = Person(self.ledger.name(name), is_bot=False)
        return person.name

    def notes(self) -> Iterator[str]:
        """What was missing."""
        if self.strangers:
            yield f"{len(self.strangers):,} channels are in none of {', '.join(KINDS)}: named after their folders."
        if self.nameless:
            yield f"{len(self.nameless):,} people are in no users.json: their ids stand for their names."

    def _person(self, user: dict[str, Any]) -> Person:
        user_id = word_of(user.get("id"))
        name = shown_name(object_of(user.get("profile"))) or word_of(user.get("real_name"), user.get("name"), user_id)
        return Person(self.ledger.name(name), is_bot=user.get("is_bot") is True or user_id == SLACKBOT)

    def _add(self, fields: dict[str, Any], kind: ChatKind) -> None:
        channel_id, name = word_of(fields.get("id")), word_of(fields.get("name"))
        members = fields.get("members")
        people = [self.people.get(one) for one in members if isinstance(one, str)] if isinstance(members, list) else []
        is_named = bool(name) and not name.startswith("mpdm-")
        told = f"#{name}" if is_named else ", ".join(person.name for person in people if person) or name or channel_id
        channel = Channel(self.ledger.name(f"slack:{channel_id or name}"), self.ledger.name(told), kind)
        self.channels |= {folder: channel for folder in (channel_id, name) if folder}


def shown_name(profile: dict[str, Any]) -> str:
    """The name in a profile that others see; "" where there is none."""
    return word_of(profile.get("display_name"), profile.get("real_name"), profile.get("name"))


def _objects(file: File) -> Iterator[dict[str, Any]]:
    with file.open() as raw:
        for one in JsonStream(raw, file.label, file.advice).elements():
            if isinstance(one, dict):
                yield one
