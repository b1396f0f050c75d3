"""Which number of a date is the day: found from all dates of a file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from doppel.source.local_clock import Day

Order = Literal["year_month_day", "day_month", "month_day", "year_day_month"]
ORDERS: tuple[Order, ...] = ("year_month_day", "day_month", "month_day", "year_day_month")  # of two equals the first
NUMBER = re.compile(r"[A-Z]?\d+")
ERAS = {"R": 2018, "H": 1988, "S": 1925}  # Reiwa, Heisei, Showa: iPhones follow the calendar of their settings
BUDDHIST = 543
SURE_JUMPS = 10  # so many more jumps backwards leave no doubt


def day_of(written: str, order: Order) -> Day | None:
    """(year, month, day) of a date such as "3/6/18"; None where the order does not give a day of the calendar."""
    parts = NUMBER.findall(written)
    marked = next((place for place, part in enumerate(parts) if len(part) > 2 or not part[0].isdecimal()), None)
    starts_with_year = order.startswith("year")
    if marked is not None and starts_with_year != (marked == 0):
        return None
    year_at = marked if marked is not None else 0 if starts_with_year else 2
    first, second = (int(part) for place, part in enumerate(parts) if place != year_at and part[0].isdecimal())
    day, month = (first, second) if order.endswith("day_month") else (second, first)
    year = _year(parts[year_at])
    try:
        date(year, month, day)
    except (ValueError, OverflowError):
        return None
    return year, month, day


def has_marked_year(written: str) -> bool:
    """Whether the year has four digits or an era, so that its place is plain."""
    return any(len(part) > 2 or not part[0].isdecimal() for part in NUMBER.findall(written))


def _contrary(number: int, written: str, days: Sequence[Day | None]) -> tuple[int, str, Order] | None:
    """The date with the order that gives a day of it; None where none does, or only one that no locale has."""
    for order, day in zip(ORDERS, days, strict=True):
        if day is not None and (order.startswith("year") <= has_marked_year(written)) and order != "year_day_month":
            return number, written, order
    return None


def _year(part: str) -> int:
    if not part[0].isdecimal():
        return ERAS.get(part[0], 0) + int(part[1:])
    year = int(part)
    if len(part) <= 2:
        return 2000 + year  # WhatsApp began in 2009
    return year - BUDDHIST if 2400 <= year <= 2800 else year


@dataclass(slots=True)
class Reading:
    """How one order fares with a file."""

    order: Order
    impossible: int = 0  # dates that it makes no day of
    jumps: int = 0  # dates before the one above them
    last: Day | None = None
    fault: tuple[int, str, Order] | None = None  # line and date of the first impossible one that another order reads


class DateEvidence:
    """All dates of a file that are written in one shape, in order, read every way at once."""

    def __init__(self) -> None:
        self.readings = [Reading(order) for order in ORDERS]
        self.dates = 0
        self.apart: set[tuple[Order, Order]] = set()  # pairs of orders that read some date as different days
        self.samples: list[tuple[int, str]] = []  # the first lines with different dates
        self.is_slashed = False
        self.is_marked = True

    def add(self, number: int, written: str) -> None:
        """Takes the date of line `number`; only those that differ from the one above are worth giving."""
        self.dates += 1
        self.is_slashed = self.is_slashed or "/" in written
        self.is_marked = self.is_marked and has_marked_year(written)
        if len(self.samples) < 3:
            self.samples.append((number, written))
        days = [day_of(written, order) for order in ORDERS]
        for reading, day in zip(self.readings, days, strict=True):
            if day is None:
                reading.impossible += 1
                reading.fault = reading.fault or _contrary(number, written, days)
            else:
                reading.jumps += reading.last is not None and day < reading.last
                reading.last = day
        for place, day in enumerate(days):
            for other in range(place + 1, len(days)):
                if day is not None and days[other] is not None and day != days[other]:
                    self.apart.add((ORDERS[place], ORDERS[other]))

    def fault_of(self, order: Order) -> tuple[int, str, Order] | None:
        """Line and date of the first that cannot be read in this order but in another, and that other one."""
        return self.readings[ORDERS.index(order)].fault

    def decide(self) -> tuple[list[Order], str]:
        """The orders that the dates allow, one where they tell; and how it was found, "" where it is certain."""
        least = min(reading.impossible for reading in self.readings)
        if least * 2 > self.dates:
            return [], ""
        left = self._distinct([reading for reading in self.readings if reading.impossible == least])
        if len(left) == 1:
            return [left[0].order], ""
        fewest = min(reading.jumps for reading in left)
        calm = [reading for reading in left if reading.jumps == fewest]
        if len(calm) == 1:
            rivals = [one.jumps for one in left if one is not calm[0] and self._is_usual(one.order)]
            guess = f"in the other order the time would run backwards {rivals[0]:,} times" if rivals else ""
            return [calm[0].order], guess if rivals and rivals[0] - fewest < SURE_JUMPS else ""
        usual: list[Order] = [one.order for one in calm if self._is_usual(one.order)] or [calm[0].order]
        if len(usual) > 1 and not self.is_slashed and "month_day" in usual:
            usual.remove("month_day")
            return usual, "no locale begins such dates with the month"
        return usual, ""

    def _distinct(self, readings: list[Reading]) -> list[Reading]:
        kept: list[Reading] = []
        for reading in readings:
            if not kept or all((other.order, reading.order) in self.apart for other in kept):
                kept.append(reading)
        return kept

    def _is_usual(self, order: Order) -> bool:
        """No locale writes year-day-month, and few a year of two digits first (Unicode CLDR: Korean, Basque)."""
        return order != "year_day_month" and (self.is_marked or order != "year_month_day")
