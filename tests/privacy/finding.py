"""What the tests of the finders share."""

from collections.abc import Iterable

from doppel.privacy.spans import Found, without_overlaps


def pieces(text: str, found: Iterable[Found]) -> list[str]:
    """What was found, in order."""
    return [text[one.start : one.end] for one in without_overlaps(found)]
