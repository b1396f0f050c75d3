"""Names to choose pseudonyms from, one after the other; nobody's of the chats."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from typing import TYPE_CHECKING

from doppel.privacy.given_names import Full, Script, shorts
from doppel.privacy.words import table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Pools:
    """Each name is given out once before the first is given out again: then two people share one."""

    def __init__(self) -> None:
        self._real: set[str] = set()
        self._lists: dict[str, Iterator[str]] = {}

    def avoid(self, names: Iterable[str]) -> None:
        """Never gives out these: whoever bears them would seem to be meant."""
        self._real.update(names)

    def given_name(self, script: Script, gender: str) -> Full:
        """A name of the gender that is not of the chats, nor is any of its short forms."""
        known = {full.name: full for full in shorts(script) if full.gender == gender} or {
            full.name: full for full in shorts(script) if full.gender == "male"
        }

        def is_free(name: str) -> bool:
            return self._real.isdisjoint((name, *shorts(script)[known[name]]))

        return known[self._next(f"{script} {gender}", list(known), is_free)]

    def surname(self, lemma: str, script: Script) -> str:
        """A surname that is declined alike."""
        lists = table("given_names")["surnames"]
        kind = "english" if script == "english" else _declension(lemma)
        return self._next(kind, lists[kind], lambda name: name not in self._real)

    def patronymic(self) -> str:
        """A patronymic, in its male form."""
        return self._next(
            "patronymic", table("given_names")["surnames"]["patronymic"], lambda name: name not in self._real
        )

    def _next(self, key: str, names: list[str], is_free: Callable[[str], bool]) -> str:
        """The next free name of the list, or the next one if none is."""
        endless = self._lists.setdefault(key, cycle(names))
        candidates = [next(endless) for _ in names]  # once around: the list begins where it was
        chosen = next(filter(is_free, candidates), candidates[0])
        while next(endless) != chosen:
            pass
        return chosen


def _declension(surname: str) -> str:
    endings = table("given_names")["surname_endings"]
    return next((kind for kind, ends in endings.items() if surname.endswith(tuple(ends))), "other")
