"""One display name for each speaker: what the markup shows, never what identity rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from doppel.types import People, Persona


class DisplayNames:
    """chat_id -> (sender_id -> name). A speaker has one name everywhere, the most frequent one.

    Two people of one chat with one name become "Alex" and "Alex (2)" there, by id. A persona keeps its name under all
    of its ids; whoever shares it is numbered.
    """

    def __init__(self, people: People, personas: tuple[Persona, ...]) -> None:
        self.people = people
        # All ids of the personas, met in the chat or not: a sample knows a persona by one of them.
        self.personas = {who: persona.name for persona in personas for who in sorted(persona.ids)}

    def __call__(self, chat_id: str) -> Mapping[str, str]:
        """The names of everyone who may be met in the chat."""
        names = _ChatNames(self.people, self.personas)
        chat = self.people.by_chat.get(chat_id)
        for speaker_id in sorted(chat.own_words if chat else ()):
            _ = names[speaker_id]
        return names


class _ChatNames(dict[str, str]):
    """Gives a name that is still free to who is not in it yet: in a chat, some people forward and never write."""

    def __init__(self, people: People, personas: Mapping[str, str]) -> None:
        super().__init__(personas)
        self.people = people
        self.taken = set(personas.values())

    def __missing__(self, speaker_id: str) -> str:
        speaker = self.people.by_id.get(speaker_id)
        name = free = speaker.name if speaker else "Unknown"
        number = 1
        while free in self.taken:
            number += 1
            free = f"{name} ({number})"
        self.taken.add(free)
        self[speaker_id] = free
        return free
