"""Phone numbers, as phonenumbers knows the numbering plans, in the shapes that people type."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from doppel.errors import ConfigError
from doppel.privacy.letters import digits_of
from doppel.privacy.words import any_of, is_near

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from phonenumbers import PhoneNumber

# Digits with single marks between them; 20 digits hold any two groups that could be one number.
RUN = re.compile(r"[+(]{0,2}\d(?:[ \t\u00a0().\-\u2010-\u2015/]{0,3}\d){6,}")
LONGEST_RUN = 400  # characters: what is longer is a table, looked through piece by piece
LONGEST_WORD = 20  # characters, with the mark behind it
OVERLAP = 40  # characters: longer than any number with its marks
MOBILE = re.compile(r"[78]9\d{9}")  # Russian mobiles with their prefix, which people group as they like
LINKED = re.compile(r"(?:wa\.me/|tel:|phone=)\+?$")
MENTIONED = re.compile(r"(?<![\w<@/.+-])@\+?[1-9]\d{9,14}(?![\w@=/]|[.,:-]\d)")  # as WhatsApp mentions people
BEFORE = re.compile(r"[\w@#$\u20ac\u00a3\u20bd_=/:.,-]$")  # parts of a word, a price, a path or a larger number
BEFORE_PLUS = re.compile(r"[\w@#$\u20ac\u00a3\u20bd/.-]$")  # a plus tells a number from the rest of a larger one
AFTER = re.compile(r"[\w@=/]|[.,:-]\d")


def known_regions(regions: list[str]) -> tuple[str, ...]:
    """The regions, as phonenumbers names them. Raises: ConfigError for others."""
    import phonenumbers

    for region in regions:
        if region not in phonenumbers.SUPPORTED_REGIONS:
            raise ConfigError(
                f"privacy.regions has {region!r}: each is a country by its two capital letters of ISO 3166, such as "
                "privacy.regions=[RU,US,DE]"
            )
    return tuple(regions)


def find_phones(text: str, regions: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Start and end of each number in use, written with its country prefix or as people in the regions do."""
    for run in RUN.finditer(text):
        start, end = run.span()
        if text[start] == "(" and ")" not in run.group():
            start += 1  # it is the whole number that stands in brackets
        if start and text[start - 1] == "@":
            if MENTIONED.match(text, start - 1) and parsed(text[start - 1 : end], ()):
                yield start - 1, end
            continue
        before = BEFORE_PLUS if text[start] == "+" else BEFORE
        is_inside = before.search(text, max(0, start - 1), start) and not (
            is_linked(text, start) or _touching().search(text, max(0, start - LONGEST_WORD), start)
        )
        if is_inside or AFTER.match(text, end):
            continue
        for first in range(start, end, LONGEST_RUN - OVERLAP):
            piece = text[first : min(end, first + LONGEST_RUN)]
            for begin, length in _valid(piece, tuple(regions)):
                span = first + begin, first + begin + length
                if _is_plausible(text, *span):
                    yield span


def is_linked(text: str, start: int) -> bool:
    """Whether what begins here is the number that a link calls."""
    return LINKED.search(text, max(0, start - 10), start) is not None


@cache
def _touching() -> re.Pattern[str]:
    """A word that names a phone number and the mark behind it, where a number begins right there."""
    return re.compile(
        rf"(?<![^\W_])(?:{any_of('near', 'phone')}\w{{0,8}}|{any_of('near', 'touching')})[.:]{{1,2}}$", re.IGNORECASE
    )


def _valid(piece: str, regions: tuple[str, ...]) -> set[tuple[int, int]]:
    """Start and length of the numbers that are in use somewhere, in one of the groupings of their country."""
    import phonenumbers

    has_own_prefix = piece.startswith("+") or MOBILE.fullmatch(digits_of(piece))
    leniency = phonenumbers.Leniency.VALID if has_own_prefix else phonenumbers.Leniency.STRICT_GROUPING
    return {
        (match.start, len(match.raw_string))
        for region in regions
        for match in phonenumbers.PhoneNumberMatcher(piece, region, leniency=leniency)
        if phonenumbers.number_type(match.number) != phonenumbers.PhoneNumberType.TOLL_FREE  # of shops and banks
    }


@cache
def _amount() -> re.Pattern[str]:
    return re.compile(rf"\s?{any_of('units', 'after')}", re.IGNORECASE)


def _is_plausible(text: str, start: int, end: int) -> bool:
    """Whether the place agrees: a bare run of digits is as often an order or a user id."""
    spelling = text[start:end]
    if spelling.startswith("+") or is_linked(text, start):
        return True
    if _amount().match(text, end):
        return False
    if not spelling.isdigit():
        return True
    if is_near("phone", text, start, end) or text.strip() == spelling:
        return True
    return MOBILE.fullmatch(spelling) is not None and not is_near("order", text, start)


def parsed(spelling: str, regions: Sequence[str]) -> PhoneNumber | None:
    """The number behind a spelling; None where no region reads it as one in use. Mentions have the country prefix."""
    import phonenumbers

    if spelling.startswith("@"):
        spelling, regions = f"+{spelling[1:].removeprefix('+')}", ["ZZ"]  # of no region
    for region in regions:
        try:
            number = phonenumbers.parse(spelling, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return number
    return None
