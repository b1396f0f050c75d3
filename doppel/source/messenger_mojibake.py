"""Meta's archives write each byte of UTF-8 as a character of its own, an accented e as two: the repair."""

from __future__ import annotations


def repaired(text: str) -> str:
    """The text as it was typed; itself where it is whole already.

    Only a text that is UTF-8 from end to end, read as Latin-1, is taken for broken: words that are whole hardly ever
    are, as a lone accented letter is no UTF-8.
    """
    if text.isascii():
        return text
    try:
        return text.encode("latin-1").decode()
    except UnicodeError:
        return text
