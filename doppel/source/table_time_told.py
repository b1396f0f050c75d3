"""What a user is told of a time that could not be read: the value, and the format to type for it."""

from __future__ import annotations

import re
from datetime import datetime
from itertools import product
from typing import Any

# Only what is a date from end to end is shown: a column that was named by mistake may hold words, or numbers of phones.
DATED = re.compile(
    r"(?P<first>\d{1,4})(?P<mark>[./-])\d{1,2}(?P=mark)(?P<last>\d{1,4})"
    r"(?:(?P<join>,? |T)\d{1,2}:\d\d(?P<second>:\d\d)?(?P<half> ?[AaPp][Mm])?)?"
)


def told(value: Any) -> str:
    """The value, "such as '31/12/2024 10:00'", and which source.time_format reads it; of what is no date the shape."""
    text = str(value)[:40].strip()
    found = DATED.fullmatch(text)
    if found is None:
        return masked(text)
    typed = " or ".join(f"""'source.time_format="{one}"'""" for one in _formats(found))
    return f"{text!r}, for which type {typed}" if typed else repr(text)


def masked(value: Any) -> str:
    """What a time that is none looks like, without telling it: digits as 9, letters as a."""
    text = str(value)[:40]
    return repr(re.sub(r"[^\W\d_]", "a", re.sub(r"\d", "9", text)))


def _formats(found: re.Match[str]) -> list[str]:
    """The patterns of strptime that read such a date: two where day and month may be either way."""
    first, mark, last, join, second, half = found.group("first", "mark", "last", "join", "second", "half")
    if len(first) == 4:
        dates = [mark.join(("%Y", "%m", "%d"))]
    else:
        year = "%Y" if len(last) == 4 else "%y"
        dates = [mark.join((*order, year)) for order in (("%d", "%m"), ("%m", "%d"))]
    if join is None:
        times = [""]
    else:
        hour = "%I" if half else "%H"
        times = [f"{join}{hour}:%M{':%S' if second else ''}{half[:-2] + '%p' if half else ''}"]
    return [one for one in map("".join, product(dates, times)) if _reads(one, found.string)]


def _reads(pattern: str, text: str) -> bool:
    try:
        datetime.strptime(text, pattern)
    except ValueError:
        return False
    return True
