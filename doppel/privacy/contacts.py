"""Where a person can be reached, paid or told apart: what the recognisers find, less what only looks like it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from doppel.privacy.accounts import find_accounts, find_wallets
from doppel.privacy.addresses import find_emails, find_machines, is_email
from doppel.privacy.documents import find_documents
from doppel.privacy.phones import find_phones, is_linked
from doppel.privacy.spans import CARD, EMAIL, IP, PHONE, Found, inside

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from doppel.types import Entity

LABELS = {"phone": PHONE, "email": EMAIL, "bank_card": CARD}  # what the messenger itself labels
NOT_IN_CODE = (EMAIL, PHONE, IP)  # in code these are package specs, numbers and examples
IN_LINKS = (EMAIL, IP)  # other numbers in links are ids
MANY_DIGITS = re.compile(r"\d(?:[^\w\n]{0,3}\d){5,}")  # a cheap test: what has fewer has no number to look for
LINK = re.compile(r"(?:://|\bwww\.|\bt\.me/|\bvk\.com/)\S+")
CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)


def find_contacts(text: str, entities: Sequence[Entity], regions: Sequence[str]) -> Iterator[Found]:
    """Everything but secrets and names; the messenger's labels are trusted, save for files and repositories."""
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
        yield from _in_their_place(found, text, entities)


def _in_their_place(found: list[Found], text: str, entities: Sequence[Entity]) -> Iterator[Found]:
    labelled = [(one.start, one.end) for one in entities if one.kind == "code"]
    quoted = [match.span() for match in CODE.finditer(text)]
    links = [match.span() for match in LINK.finditer(text)]
    for one in found:
        if one.kind in NOT_IN_CODE and (inside(one, labelled) or inside(one, quoted)):
            continue
        if one.kind not in IN_LINKS and inside(one, links) and not is_linked(text, one.start):
            continue
        yield one
