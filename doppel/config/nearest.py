"""The word that was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

LIKENESS = 0.6  # of 1: close enough for a slip of the fingers, too far for another word


def nearest(word: str, known: Iterable[str]) -> str:
    """ ", did you mean X?" for the known word that is most like this one, "" where none is."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=LIKENESS)
    return f", did you mean {near[0]}?" if near else ""
