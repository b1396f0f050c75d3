"""Whose archive it is: the profile beside the messages, or the one name that all threads have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from doppel.source.loose_values import object_of, objects_of, word_of
from doppel.source.messenger_mojibake import repaired

if TYPE_CHECKING:
    from doppel.source.files import File

PROFILES = frozenset(("profile_information.json", "personal_information.json"))
GONE = frozenset(("Facebook user", "Facebook User", "Instagram user", "Instagram User"))  # deleted accounts
NAME_LABELS = ("Name", "Username")  # Instagram's, in an English archive


def is_profile(file: File) -> bool:
    """Whether a file tells whose archive it is."""
    return file.name in PROFILES


class OwnerSearch:
    """Takes the profiles, then the people of each thread."""

    def __init__(self) -> None:
        self.told: set[str] = set()
        self.seen: set[str] = set()
        self.common: set[str] = set()
        self.threads = 0

    def profile(self, content: Any) -> None:
        """Adds the names in a profile: Facebook's profile_v2, or Instagram's profile_user."""
        fields = object_of(content)
        for key in ("profile_v2", "profile"):
            name = object_of(fields.get(key)).get("name")
            self.told.add(word_of(object_of(name).get("full_name"), name))
        for user in objects_of(fields.get("profile_user")):
            labelled = object_of(user.get("string_map_data"))
            self.told |= {word_of(object_of(labelled.get(label)).get("value")) for label in NAME_LABELS}
        self.told = {repaired(name) for name in self.told if name}

    def thread(self, people: set[str]) -> None:
        """Adds the people of a thread."""
        self.common = people - GONE if not self.threads else self.common & people
        self.seen |= people
        self.threads += 1

    def names(self) -> set[str]:
        """Whoever it is, by each of their names; empty where that is not sure."""
        told = self.told & self.seen
        if told:
            return told
        return self.common if self.threads > 1 and len(self.common) == 1 else set()
