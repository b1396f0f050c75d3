"""The first look at a file: is it a WhatsApp chat, how are its dates written, who speaks."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING

from doppel.errors import DataError
from doppel.source.phrases import letters
from doppel.source.whatsapp_dates import DateEvidence, day_of
from doppel.source.whatsapp_header import LAYOUTS, DayHalves, layout_of, shape_of
from doppel.source.whatsapp_names import NameSurvey

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Mapping, Sequence

    from doppel.source.files import File
    from doppel.source.whatsapp_dates import Order
    from doppel.types import ChatKind

FIRST_LINES = 300
CAREFUL_LINES = 2_000  # after so many, lines of one day are looked at in haste
CLOSINGS = {"bracket": "] ", "dash": " - ", "bracket_time": "] ", "dash_time": " - ", "plain": " "}
MAX_SHAPES = 64  # of headers; the first is nearly always the only one
HEAD_CHARS = 600  # of a line: header and names are there
ADVICE = (
    "Accepted: the .txt or .zip that WhatsApp makes (chat > More > Export chat > Without media), a folder or a list of "
    "them. Type source.path=FILE"
)

MIXED = (
    "Where two exports were put into one file, cut it between them and type source.path=[FIRST.txt,SECOND.txt]; where "
    "the line is a quotation inside a message, put a space before it."
)


@dataclass(frozen=True, slots=True)
class Survey:
    """What one reading of a chat has found."""

    file: File
    header: re.Pattern[str]
    shape: str  # of its headers (shape_of)
    evidence: DateEvidence
    joined: Mapping[str, str]
    kind: ChatKind


class _Halves:
    """Words beside the times. Two that are not known, in a file that never passes 12 o'clock, hide half of the day."""

    def __init__(self) -> None:
        self.days, self.latest = DayHalves(), 0
        self.seen: dict[tuple[str, str], int] = {}  # -> number of the first line that has them

    def add(self, number: int, hour: int, join: str, after: str) -> None:
        self.latest = max(self.latest, hour)
        if (join, after) not in self.seen and len(self.seen) < FIRST_LINES:
            self.seen[join, after] = number

    def check(self, file: File) -> None:
        words = {letters(join) + letters(after): number for (join, after), number in reversed(self.seen.items())}
        unknown = {letters(join) + letters(after) for join, after in self.seen if self.days.shift(join, after) is None}
        unknown.discard("")
        if unknown and len(words.keys() - {""}) > 1 and self.latest <= 12:
            told = " and ".join(f"{one!r} (line {words[one]:,})" for one in sorted(unknown)[:4])
            raise DataError(
                f"{file.label} writes {told} beside its times, and which of its words mean morning and afternoon is "
                f"not known. Set the phone to the 24-hour clock and export again. {ADVICE}"
            )


def survey(file: File) -> Survey | None:
    """What the file is; None where it is no chat of WhatsApp. Raises: DataError where its times cannot be read."""
    lines = ((number, line[:HEAD_CHARS]) for number, line in file.lines())
    begin = list(islice(lines, FIRST_LINES))
    layout = layout_of([line for _, line in begin])
    if layout is None:
        return None
    header, names, halves = LAYOUTS[layout], NameSurvey(), _Halves()
    evidence: defaultdict[str, DateEvidence] = defaultdict(DateEvidence)
    close, last, same = CLOSINGS[layout], "", "\n"
    for number, line in chain(begin, lines):
        if number > CAREFUL_LINES and line.startswith(same):  # of the same day: who speaks is all that is new
            names.add(line.partition(close)[2])
            continue
        found = header.match(line)
        if found is None:
            continue
        written, join, hour, after = found.group("date", "join", "hour", "after")
        if written != last:
            shape = shape_of(found)
            if shape in evidence or len(evidence) < MAX_SHAPES:
                evidence[shape].add(number, written)
            last, same = written, f"{line[: found.end('date')]}{join}" if join else "\n"
        halves.add(number, int(hour), join, after)
        names.add(line[found.end() :])
    halves.check(file)
    # Lines in another shape were quoted by someone, or come from another export: they do not tell how this one is.
    own = max(evidence, key=lambda one: evidence[one].dates)
    return Survey(file, header, own, evidence[own], names.joined(), "personal" if names.speakers() <= 2 else "group")


def orders_of(surveys: Sequence[Survey], given: Order | None) -> Iterator[tuple[Survey, Order, str]]:
    """(survey, order of its dates, how it was guessed, "" where it is certain). Raises: DataError where a file does
    not tell, or contradicts what was given."""
    if given is not None:
        for one in surveys:
            yield one, _as_given(one, given), ""
        return
    decided = [one.evidence.decide() for one in surveys]
    certain: set[Order] = {orders[0] for orders, how in decided if len(orders) == 1 and not how}
    for one, (orders, how) in zip(surveys, decided, strict=True):
        if not orders:
            raise DataError(
                f"{one.file.label}: the dates are of no calendar that can be read ({_lines(one)}). {ADVICE}"
            )
        if all(one.evidence.fault_of(order) for order in orders):
            raise _contradicted(one, orders[0])
        shared = certain & set(orders)
        if len(orders) > 1 and len(shared) != 1:
            raise _undecided(one, orders)
        order = orders[0] if len(orders) == 1 else shared.pop()
        if one.evidence.fault_of(order):
            raise _contradicted(one, order)
        _check_years(one, order)
        yield one, order, how if len(orders) == 1 else "the other files are written so"


def _as_given(one: Survey, given: Order) -> Order:
    fault = one.evidence.fault_of(given)
    if fault is not None:
        raise DataError(
            f"{one.file.label}, line {fault[0]:,}: the date {fault[1]!r} cannot be read as "
            f"source.date_order={given}. Leave it out to let all dates of the file decide, or type another order: "
            f"day_month, month_day, year_month_day. {MIXED}"
        )
    _check_years(one, given)
    return given


def _contradicted(one: Survey, order: Order) -> DataError:
    number, written, other = one.evidence.fault_of(order) or (0, "", order)
    fitting = [(line, seen) for line, seen in one.evidence.samples if day_of(seen, order)]
    told = f" (line {fitting[0][0]:,}: {fitting[0][1]!r})" if fitting else ""
    return DataError(
        f"{one.file.label}, line {number:,}: the date {written!r} can only be {other}, and other dates of the file are "
        f"{order}{told}: which is right cannot be told. {MIXED}"
    )


def _undecided(one: Survey, orders: Sequence[Order]) -> DataError:
    number, written = one.evidence.samples[0]
    ways = []
    for order in orders:
        year, month, day = day_of(written, order) or (0, 0, 0)
        ways.append(f"source.date_order={order} if line {number:,} is of {year:04}-{month:02}-{day:02}")
    return DataError(
        f"{one.file.label}: the dates do not tell which number is the day and which the month ({_lines(one)}). "
        f"Type {', or '.join(ways)} (year-month-day)."
    )


def _check_years(one: Survey, order: Order) -> None:
    days = [day_of(written, order) for _, written in one.evidence.samples]
    years = [day[0] for day in days if day is not None]
    if years and not any(1970 <= year < 2200 for year in years):
        raise DataError(
            f"{one.file.label}: the dates have the year {years[0]} ({_lines(one)}). WhatsApp follows the calendar of "
            f"the phone: set it to the Gregorian one and export again. {ADVICE}"
        )


def _lines(one: Survey) -> str:
    return ", ".join(f"line {number:,}: {written!r}" for number, written in one.evidence.samples)
