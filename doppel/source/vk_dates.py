"""Dates as VK writes them into the pages of its archive."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from doppel.source.phrases import phrases

if TYPE_CHECKING:
    from doppel.source.local_clock import LocalClock

# "1 \u044f\u043d\u0432 2020 \u0432 12:34:56", "1 Jan 2020 at 12:34:56"
DAY_FIRST = re.compile(
    r"(?P<day>\d{1,2}) (?P<month>[^\W\d_]{3,12})\.? (?P<year>\d{4}) [^\W\d_]{1,3} "
    r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d))?(?P<half>)"
)
# "at 7:15:40 pm on 3 Nov 2014"
TIME_FIRST = re.compile(
    r"(?:at )?(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d))? (?P<half>[ap]m) on "
    r"(?P<day>\d{1,2}) (?P<month>[^\W\d_]{3,12})\.? (?P<year>\d{4})"
)
MONTHS = {
    begin: number
    for number, begins in enumerate(phrases("vk_words.txt")["months"], start=1)
    for begin in begins.split()
}


def seconds_of(written: str, clock: LocalClock) -> float | None:
    """Seconds since 1970 of a date such as "1 Jan 2020 at 12:34:56"; None where it is none."""
    written = written.strip().replace("\u00a0", " ")
    found = DAY_FIRST.match(written) or TIME_FIRST.match(written)
    month = MONTHS.get(found["month"][:3].casefold()) if found else None
    if found is None or month is None:
        return None
    hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["second"] or 0)
    if minute > 59 or second > 59 or (found["half"] and not 1 <= hour <= 12):
        return None
    if found["half"]:
        hour = hour % 12 + (12 if found["half"] == "pm" else 0)
    return clock.seconds((int(found["year"]), month, int(found["day"])), hour * 3600 + minute * 60 + second)
