"""One display name for each speaker: what the markup shows, never what identity rests on."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from doppel.types import Message, Persona


class DisplayNames:
    """The name of each speaker: the most frequent one of the first chat a speaker is met in, kept from then on."""

    def __init__(self, persona: Persona) -> None:
        self.persona = persona
        self.names: dict[str, str] = {}
        self.renamed: set[str] = set()  # speakers told apart by a number somewhere

    def of_chat(self, messages: Iterable[Message]) -> Mapping[str, str]:
        """sender_id -> name; two people of one chat with one name become "Alex" and "Alex (2)", by id.

        The persona keeps its name; whoever shares it is numbered.
        """
        shown: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for message in messages:
            shown[message.sender_id][message.sender_name] += 1
        taken = {self.persona.name}
        # All ids of the persona, met here or not: a sample knows the persona by one of them.
        of_chat = dict.fromkeys(self.persona.ids, self.persona.name)
        for speaker_id in sorted(shown.keys() - self.persona.ids):
            name = self.names.setdefault(speaker_id, _most_frequent(shown[speaker_id]))
            of_chat[speaker_id] = _free(name, taken)
            taken.add(of_chat[speaker_id])
            if of_chat[speaker_id] != name:
                self.renamed.add(speaker_id)
        return of_chat


def _most_frequent(names: Counter[str]) -> str:
    spaced = Counter()
    for name, count in names.items():
        spaced[" ".join(name.split())] += count  # a name is one line
    del spaced[""]  # a deleted account has no name
    return max(spaced, key=lambda name: (spaced[name], name), default="Unknown")


def _free(name: str, taken: set[str]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name} ({number})"
    return free
