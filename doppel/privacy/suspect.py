"""A cheap look at a text: whether anything private may be in it that is neither a name nor a recovery phrase."""

from __future__ import annotations

import re

from doppel.privacy.spoken import may_be_spoken

# One pass over the characters. Most messages have none of these.
MARKED = re.compile(r"[\d@:=(\[{<\"`\u00ab\u201c\u201e\u2013\u2014-]").search
ASCII_MARKED = re.compile(r"[0-9@:=(\[{<\"`-]").search  # half the price: \d knows the digits of all scripts
WEAK = frozenset('([{<"`\u00ab\u201c\u201e-\u2013\u2014')  # smileys and hyphens, mostly: they need a second look
STRONG = re.compile(r"[\d@:=]").search
DASH = re.compile(r"[-\u2013\u2014]\s|-----|\s-p|</").search  # "password - word", private keys, options, tags
# A quote behind "is", "password" or their like in Russian: passwords stand there that have no other mark.
QUOTE = re.compile(
    r"[\"'`\u00ab\u201c\u201e](?<=(?:is|rd|\u043b\u044c|\u043e\u0439|\u0442\u043e)\s.)", re.IGNORECASE
).search
QUOTED = " is '"  # an apostrophe is no mark: too many words have one
BARE, RUSSIAN_BARE = " dot ", " \u0442\u043e\u0447\u043a\u0430 "  # of spoken addresses without brackets


def is_suspect(text: str) -> bool:
    """Whether the finders have to look."""
    if text.isascii():
        mark = ASCII_MARKED(text)
        if mark is None:
            return BARE in text or QUOTED in text
    else:
        mark = MARKED(text)
        if mark is None:
            return RUSSIAN_BARE in text or BARE in text
    return (
        mark[0] not in WEAK
        or STRONG(text) is not None
        or DASH(text) is not None
        or QUOTE(text) is not None
        or may_be_spoken(text)
    )
