"""The date and time that begin a message in a WhatsApp export, in the layouts that phones write."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Literal

from doppel.source.phrases import MARKS, UNMARKED, letters, phrases

if TYPE_CHECKING:
    from collections.abc import Sequence

# Every repetition is bounded, so that no line can make the patterns slow. \d takes the digits of every script.
M = f"[{MARKS}]{{0,3}}"
BETWEEN = rf"{M}(?:\s?[./\-\u060d]\s?|\s){M}"
DATE = rf"(?P<date>[A-Z]?\d{{1,4}}{BETWEEN}\d{{1,4}}{BETWEEN}[A-Z]?\d{{1,4}})"
# Between date and time: a comma, "klo", "\u00e0", an era, or the word for morning or afternoon.
JOIN = r"(?P<join>[^\d\[\]]{1,16}?)"
POINT = rf"{M}(?:[:.]|\s?h\s?|\s?min\s?){M}"
TIME = rf"(?P<hour>\d{{1,2}}){POINT}(?P<minute>\d\d)(?:{POINT}(?P<second>\d\d))?"
AFTER = r"(?P<after>[^\d\[\]:\-\u2013]{0,24}?)"
DASH = rf"{M}\s[-\u2013]\s"
Layout = Literal["bracket", "dash", "bracket_time", "dash_time", "plain"]
LAYOUTS: dict[Layout, re.Pattern[str]] = {
    "bracket": re.compile(rf"{M}\[{M}{DATE}{JOIN}{TIME}{AFTER}\]{M}\s?"),  # iPhone
    "dash": re.compile(rf"{M}{DATE}{JOIN}{TIME}{AFTER}{DASH}"),  # Android
    "bracket_time": re.compile(rf"{M}\[{M}{TIME}{AFTER}[,\u060c]?\s?{M}{DATE}(?P<join>[^\d\[\]:]{{0,6}}?)\]{M}\s?"),
    "dash_time": re.compile(rf"{M}{TIME}{AFTER}[,\u060c]?\s{M}{DATE}(?P<join>[^\d\[\]:]{{0,6}}?){DASH}"),
    # Old versions closed the header with a colon or with nothing: only what goes on as "Name: " is one.
    "plain": re.compile(rf"{M}{DATE}{JOIN}{TIME}(?P<after>(?:\s?[aApP]\.?\s?[mM]\.?)?):?\s(?=[^:]{{1,100}}:(?:\s|$))"),
}
ANDROID = frozenset(LAYOUTS[layout] for layout in ("dash", "dash_time"))
MORNING = frozenset(map(letters, phrases("phrases.txt")["am"]))
AFTERNOON = frozenset(map(letters, phrases("phrases.txt")["pm"]))
MAX_TOKENS = 256  # different ones that are remembered
YEAR, PART, ERA = re.compile(r"\d{3,4}"), re.compile(r"\d{1,2}"), re.compile(r"[A-Z]\d+")


def layout_of(lines: Sequence[str]) -> Layout | None:
    """The layout that most of the lines have; None where no line begins with a date and a time."""
    counts: Counter[Layout] = Counter()
    for line in lines:
        layout: Layout | None = next((name for name, pattern in LAYOUTS.items() if pattern.match(line)), None)
        if layout is not None:
            counts[layout] += 1
    return counts.most_common(1)[0][0] if counts else None


def looks_like_header(line: str) -> bool:
    """Whether a line begins as messages do in one of the layouts, with the name of a sender."""
    begin = line[:1]
    if not (begin.isdecimal() or begin == "["):  # nearly all lines
        return False
    found = next(filter(None, (pattern.match(line) for pattern in LAYOUTS.values())), None)
    return found is not None and ": " in line[found.end() :]


def shape_of(found: re.Match[str]) -> str:
    """How date and time of a header are written, whatever they are: "d/d/Y|,|True|False" for "13/04/2023, 10:00:59 -".

    A phone writes all headers of one export in one shape; which half of the day it is and invisible marks vary.
    """
    date, join, second, after = found.group("date", "join", "second", "after")
    numbers = PART.sub("d", YEAR.sub("Y", ERA.sub("E", "".join(date.translate(UNMARKED).split()))))
    between = "".join(one for one in join.translate(UNMARKED) if not (one.isalpha() or one.isspace() or one == "."))
    return f"{numbers}|{between}|{second is not None}|{bool(letters(join + after))}"


class DayHalves:
    """Tells morning from afternoon by the words that stand before or after a time."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, str], int | None] = {}

    def hour(self, written: int, join: str, after: str) -> int:
        """The hour of the day, from 0; above 23 where it is none."""
        shift = self.shift(join, after)
        if shift is None or not 0 <= written <= 12:
            return written  # 13:05 PM is written by no locale, but its meaning is plain
        return written % 12 + shift

    def shift(self, join: str, after: str) -> int | None:
        """0 for the morning, 12 for the afternoon, None where no word tells."""
        key = (join, after)
        if key not in self.known:
            if len(self.known) >= MAX_TOKENS:
                self.known.clear()
            words = {letters(after), letters(join)}
            self.known[key] = 12 if words & AFTERNOON else 0 if words & MORNING else None
        return self.known[key]
