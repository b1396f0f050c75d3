"""Addresses of people and of machines: e-mail and IP."""

from __future__ import annotations

import ipaddress
import re
from functools import cache
from typing import TYPE_CHECKING

from doppel.privacy.logins import is_repository
from doppel.privacy.recognisers import recognised
from doppel.privacy.spans import EMAIL, IP, Found
from doppel.privacy.spoken import find_spoken
from doppel.privacy.words import any_of, is_near, table

if TYPE_CHECKING:
    from collections.abc import Iterator

ADDRESS = re.compile(r"(?<![\w.@/+%-])[\w.+%'-]{1,64}@(?=\w)[\w.-]{3,253}")
# example.org and its like are nobody's: RFC 2606.
NOBODYS = re.compile(r"@(?:.+\.)?example\.\w+$|\.(?:example|test|invalid)$", re.IGNORECASE)
# "icon@2x.zip" and "tool@next.sh": endings of files that are endings of domains too.
FILE = re.compile(
    r"@(?:\d+x|v?\d[\d.]*|latest|next|beta|alpha|rc\d*|stable|main|master|old|new)"
    r"\.(?:ai|app|cc|cl|do|in|java|mov|md|pl|ps|py|rs|sh|so|st|tf|zip)$",
    re.IGNORECASE,
)
IPV4 = re.compile(r"(?<![\w.-])\d{1,3}(?:\.\d{1,3}){3}(?![\w-]|\.\d)")
IPV6 = re.compile(r"(?<![\w:.])[23][0-9a-f]{3}:[0-9a-f:]{4,34}(?![\w:])", re.IGNORECASE)
SMALL = 31  # versions of programs have small parts; four such in one address are one chance in 4,096


def find_emails(text: str) -> Iterator[Found]:
    """E-mail addresses under domains that there are."""
    for span in find_spoken(text):
        yield Found(*span, EMAIL)
    if "@" not in text:
        return
    for match in ADDRESS.finditer(text):
        for start, end in recognised("email", match.group()):
            if is_email(text, match.start() + start, match.start() + end):
                yield Found(match.start() + start, match.start() + end, EMAIL)


def is_email(text: str, start: int, end: int) -> bool:
    """Whether what reads like an e-mail address is neither a file, nor a repository, nor nobody's."""
    address = text[start:end]
    return not (NOBODYS.search(address) or FILE.search(address) or is_repository(text, address, end))


def find_machines(text: str) -> Iterator[Found]:
    """IP addresses in the internet: those of networks at home and of everybody's name servers are nobody's."""
    if text.count(".") > 2:
        for match in IPV4.finditer(text):
            if _is_global(match.group()) and _is_no_version(text, match.start(), match.group()):
                yield Found(*match.span(), IP)
    if text.count(":") > 2:
        for match in IPV6.finditer(text):
            if _is_global(match.group()):
                yield Found(*match.span(), IP)


def _is_global(address: str) -> bool:
    return (
        address not in table("words")["addresses"]["everybodys"]
        and bool(recognised("ip", address))
        and ipaddress.ip_address(address).is_global
    )


@cache
def _version() -> re.Pattern[str]:
    return re.compile(rf"{any_of('near', 'version')}\W{{0,3}}$", re.IGNORECASE)


def _is_no_version(text: str, start: int, address: str) -> bool:
    if _version().search(text, max(0, start - 12), start) or address.endswith(".0.0"):
        return False
    return any(int(part) > SMALL for part in address.split(".")) or is_near("address", text, start)
