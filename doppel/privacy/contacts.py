"""Where a person can be reached, paid or told apart: what the recognisers find, less what only looks like it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from doppel.privacy.accounts import find_accounts, find_wallets
from doppel.privacy.addresses import find_emails, find_machines, is_email
from doppel.privacy.documents import find_documents
from doppel.privacy.in_code import is_somebodys
from doppel.privacy.phones import find_phones, is_linked
from doppel.privacy.spans import CARD, EMAIL, IP, PHONE, Found, inside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from doppel.types import Entity

LABELS = {"phone": PHONE, "email": EMAIL, "bank_card": CARD}  # what the messenger itself labels
NOT_IN_CODE = (EMAIL, PHONE, IP)  # in code these are package specs, numbers and examples, unless in_code.py says more
IN_LINKS = (EMAIL, IP)  # other numbers in links are ids
MANY_DIGITS = re.compile(r"\d(?:[^\w\n]{0,3}\d){5,}")  # a cheap test: what has fewer has no number to look for
LINK = re.compile(r"(?:://|\bwww\.|\bt\.me/|\bvk\.com/)\S+")
CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)


def find_contacts(
    text: str, entities: Sequence[Entity], regions: Sequence[str], is_known: Callable[[str, str], bool]
) -> Iterator[Found]:
    """Everything but secrets and names; the messenger's labels are trusted, save for files and repositories.

    What is known (kind, spelling) from elsewhere is found in code too.
    """
    for one in entities:
        kind = LABELS.get(one.kind)
        if kind and (kind != EMAIL or is_email(text, one.start, one.end)):
            yield Found(one.start, one.end, kind)
    found = [*find_emails(text), *find_machines(text), *find_wallets(text)]
    if MANY_DIGITS.search(text):
        found += find_documents(text)
        found += find_accounts(text)
        found += (Found(*span, PHONE) for span in find_phones(text, regions))
    if found:
        yield from _in_their_place(found, text, entities, is_known)


def _in_their_place(
    found: list[Found], text: str, entities: Sequence[Entity], is_known: Callable[[str, str], bool]
) -> Iterator[Found]:
    labelled = [(one.start, one.end) for one in entities if one.kind == "code"]
    quoted = [match.span() for match in CODE.finditer(text)]
    links = [match.span() for match in LINK.finditer(text)]
    for one in found:
        code = (_around(one, labelled) or _around(one, quoted)) if one.kind in NOT_IN_CODE else None
        if code and not (is_somebodys(one, text, found, code) or is_known(one.kind, text[one.start : one.end])):
            continue
        if one.kind not in IN_LINKS and inside(one, links) and not is_linked(text, one.start):
            continue
        yield one


def _around(one: Found, ranges: list[tuple[int, int]]) -> tuple[int, int] | None:
    """The range that holds all of it."""
    return next((span for span in ranges if span[0] <= one.start and one.end <= span[1]), None)
