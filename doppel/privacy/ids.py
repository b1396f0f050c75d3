"""Ids that tell what privacy replaces: of WhatsApp a number or a name, of a table an address."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from doppel.privacy.letters import plain
from doppel.privacy.phones import MOBILE
from doppel.privacy.spans import NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from doppel.privacy.disguise import Disguises

NUMBERED = re.compile(r"(?:[^:]*:)?(?:user|channel|chat)?-?\d+")  # numbers of programs: user7, vk:-7
PIECES = re.compile(r"([:/])")  # ids of several parts: unknown:whatsapp:Ann
SHORTEST = 4  # letters of a name that is looked for inside a word: "annasmith_1987"


class Ids:
    """real id -> shown id, one for each; ids without anything private are shown as they are.

    Whatever messenger or table an id is of stands before its first colon and stays. Memory: each id once.
    """

    def __init__(
        self,
        disguises: Disguises,
        names: Mapping[str, str],
        piece: Callable[[str], str],
        listed: Mapping[str, str],
    ) -> None:
        """`names`: display name -> shown; `piece` replaces in others; `listed`: shown ids of an earlier list."""
        self._disguises, self._names, self._other, self._listed = disguises, names, piece, listed
        self.plain: set[str] = {""}  # those that stay
        self.changed: dict[str, str] = {}
        self._taken = set(listed.values())

    def meet(self, owners: Mapping[str, Iterable[str]]) -> None:
        """Takes every id with the names of whom or what it is of."""
        covered = {real: self._covered(real, names) for real, names in owners.items()}
        self.plain.update(real for real, new in covered.items() if real == new)
        self._taken |= covered.keys()
        for real, new in covered.items():
            if real != new:
                self._change(real, new)

    def of(self, real: str) -> str:
        """What is shown for it."""
        if real in self.plain:
            return real
        if real not in self.changed:  # nobody's whom the stage has met: of messages that a source left out
            self.meet({real: ()})
        return self.changed.get(real, real)

    def _change(self, real: str, new: str) -> None:
        """Two ids never become one, nor one that somebody else has."""
        free, number = self._listed.get(real), 1
        if free is None or free in self.plain:
            free = new
            while free in self._taken:
                number += 1
                free = f"{new} ({number})"
        self._taken.add(free)
        self.changed[real] = free

    def _covered(self, real: str, names: Iterable[str]) -> str:
        space, colon, rest = real.partition(":") if ":" in real else ("", "", real)
        shown = self._names.get(rest, rest)
        if shown == rest and (MOBILE.fullmatch(rest) or not NUMBERED.fullmatch(real)):
            private = {name: new for name in names if (new := self._names.get(name, name)) != name}
            rename, own = whole_names(private), [name for name in map(plain, private) if len(name) >= SHORTEST]
            shown = "".join(
                piece if piece in (":", "/") else self._piece(piece, rename, own) for piece in PIECES.split(rest)
            )
        return f"{space}{colon}{shown}"

    def _piece(self, piece: str, rename: Callable[[str], str], own: Sequence[str]) -> str:
        if piece in self._names:
            return self._names[piece]
        if piece.isdecimal() and not MOBILE.fullmatch(piece):
            return piece
        covered = self._other(rename(piece))
        letters = plain(piece)
        if covered == piece and any(name in letters for name in own):
            return self._disguises.of(NAME, piece)
        return covered


def whole_names(shown: Mapping[str, str]) -> Callable[[str], str]:
    """What replaces whole names in a text, the longest first."""
    if not shown:
        return lambda text: text
    names = "|".join(re.escape(name) for name in sorted(shown, key=len, reverse=True))
    found = re.compile(rf"(?<!\w)(?:{names})(?!\w)")
    return lambda text: found.sub(lambda match: shown[match[0]], text)
