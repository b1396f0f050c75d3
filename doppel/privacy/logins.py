"""What stands behind an e-mail address: its password, or the path of a repository."""

from __future__ import annotations

import re

from doppel.privacy.words import table

REPOSITORY = re.compile(r":[\w~/.-]")  # git@host:path
KEEPERS = ("git", "hg", "svn", "gitea")  # users of hosts of code, whom nobody writes to
JOINED = re.compile(r"""([:;|])([^\s:;|@/~"'`<>]{3,63}[^\s:;|@/~"'`<>.,)])(?![^\s.,;!?)"'`<])""")
LAST = re.compile(r"""[^\S\n]{1,3}(?:[|/-]\s)?([^\s/@"'`<>]{6,64})[^\S\n]*$""", re.MULTILINE)  # of its line
UNLIKE_WORDS = re.compile(r"(?=.*\d)(?:[^a-z]*[a-z]){3}", re.IGNORECASE)
PATH = re.compile(r"\.\w{1,4}$|^\d{1,5}$|^v?\d+\.\d")  # a file, a port, a version


def password_behind(text: str, address: str, end: int) -> tuple[int, int] | None:
    """Start and end of the password behind an address that ends here; None where there is none."""
    local, _, host = address.rpartition("@")
    joined = JOINED.match(text, end)
    found = joined or LAST.match(text, end)
    value = found[found.lastindex or 0] if found else ""
    if not found or not value.isascii() or local.lower() in KEEPERS:
        return None
    if joined and joined[1] == ":" and _is_mailer(host):
        return found.span(2)
    if not UNLIKE_WORDS.match(value) or PATH.search(value):
        return None
    return found.span(found.lastindex or 0)


def is_repository(text: str, address: str, end: int) -> bool:
    """Whether the address is the beginning of a path on another machine."""
    if not REPOSITORY.match(text, end) or _is_mailer(address.rpartition("@")[2]):
        return False
    return password_behind(text, address, end) is None


def _is_mailer(host: str) -> bool:
    """Whether nothing but mail lies there: at other hosts copying programs write a path behind the colon."""
    return host.lower().rpartition(".")[0] in table("words")["addresses"]["mailers"]
