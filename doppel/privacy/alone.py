"""A message that is hardly more than one value: what it may be is told by its shape, and by nothing else in it."""

from __future__ import annotations

import re
from functools import cache

from doppel.privacy.codes import DOOR
from doppel.privacy.words import any_of

LONGEST, SPACES = 100, 9  # characters of such a message, and spaces
CODE, CARD_CODE, PASSWORD, KEY = "code", "code of a card", "password", "key"
# What none of them lacks: a digit, or a mark inside a word; in one of the first two words behind those that lead to it.
SIGN = r"(?:\d|[^\W\d_][@#$&^]\S)"
SIGNED = re.compile(r"[\d@#$&^]").search  # a first look at a third of the price
SIGNED_SOON = re.compile(rf"\S*(?:\s?[/|\n]?\s?\S*)?{SIGN}").match
NUMBER = r"(?:[A-Z]{1,2}-)?(?:\d{4,8}|\d{3}[ -]\d{3}|\d{4}[ -]\d{4}|\d{2}[ -]\d{2}|\d(?:[ -]\d){3,7})|#?\d{4,8}[#*]"
# Letters and digits in groups, as shops of games and programs give them.
CAPITALS = r"(?-i:(?=[A-Z-]*\d)(?=[\d-]*[A-Z])[A-Z0-9]{5,8}(?:-[A-Z0-9]{4,8}){0,4})"
# Letters with digits, or either with a mark that no word has inside.
MIXED = r"(?:(?=\S*\d)(?=\S*[^\W\d_])|(?=\S*\d)(?=\S*[!#$&@^_]\S)|(?=\S*[^\W\d_][@#$&^]\S))[^\s()\"`\u00bb\u201d]{5,64}"
SEVERAL_DIGITS = r"(?=(?:\D*\d){2})(?=\S*[^\W\d_])[^\s()\"`\u00bb\u201d]{10,100}"  # of a key


@cache
def _lead() -> re.Pattern[str]:
    return re.compile(rf"\s{{0,3}}(?:{any_of('alone', 'before')}[\s,.:!\u2013\u2014-]+){{0,3}}", re.IGNORECASE)


@cache
def _forms() -> dict[str, re.Pattern[str]]:
    """Kind of secret -> what may be one, with the value in group 1."""
    user = r"(?:[\w.@+-]{2,32}\s?[/|\n]\s?)?"  # in the line before, or before a stroke
    quote = r"[\"'`\u00ab\u201c]{0,3}"
    no_value, behind = rf"(?!{any_of('alone', 'no_value')})", any_of("alone", "behind")
    values = {
        CODE: rf"{quote}({NUMBER}|{DOOR}#?|{CAPITALS})",
        CARD_CODE: rf"{quote}(\d{{3,4}})",
        PASSWORD: rf"{user}{quote}({NUMBER}|\d{{9,12}}|{no_value}{MIXED})",
        KEY: rf"{quote}({no_value}{SEVERAL_DIGITS})",
    }
    tail = rf"[^\w/]*(?:\b{behind}\b[^\w/]*){{0,2}}"
    return {kind: re.compile(value + tail, re.IGNORECASE) for kind, value in values.items()}


def values_alone(text: str) -> dict[str, tuple[int, int]]:
    """Kind of secret -> where the value would be if it were one; {} for nearly all messages."""
    if len(text) > LONGEST or text.count(" ") > SPACES or not SIGNED(text):
        return {}
    lead = _lead().match(text)
    start = lead.end() if lead else 0
    if not SIGNED_SOON(text, start):
        return {}
    found = {kind: form.fullmatch(text, start) for kind, form in _forms().items()}
    return {kind: match.span(1) for kind, match in found.items() if match}
