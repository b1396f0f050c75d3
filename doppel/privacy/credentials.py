"""Passwords and keys where programs put them: in links, headers, command lines, tags and behind an e-mail address."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from doppel.privacy.addresses import find_emails
from doppel.privacy.logins import password_behind
from doppel.privacy.spans import SECRET, Found
from doppel.privacy.words import any_of

if TYPE_CHECKING:
    from collections.abc import Iterator

NO_VARIABLE = r"(?![$<{\[*%])"  # nor a template, nor a mark
VALUE = rf"""{NO_VARIABLE}[^\s"'`<>]"""
# In a link of any scheme, with or without a user; or a key of 16 characters and more in the user's place.
LINK = re.compile(
    rf"""://[^\s:/@"'`<>]{{0,100}}:({NO_VARIABLE}[^\s/"'`<>]{{1,200}})@(?=[\w.\[-])|"""
    r"://((?=[^\s/@]*\d)[\w.%~+=-]{16,200})@(?=[\w.\[-])"
)
ENCODED = re.compile(r"\b(?:vmess|ssr?)://([\w+/=-]{16,})")  # the whole access in one word
AUTHORIZATION = re.compile(
    rf"""\bauthorization["']?\s?[:=]\s?["']?(?:[a-z]{{3,12}}\s+)?({VALUE}{{8,}})|"""
    r"\bbearer\s+((?=\S*\d)[\w.~+/=-]{16,})",
    re.IGNORECASE,
)
COOKIES = re.compile(r"\bcookies?\b[^\n]*", re.IGNORECASE)
CRUMB = re.compile(r"""=["']?((?=[^\s;"']*\d)[^\s;"',=]{12,}=*)""")
SESSION = re.compile(r"""(?:sessid|sessionid|session_id|connect\.sid)=["']?([^\s;"',&]{12,})""", re.IGNORECASE)
UP_TO = r"\s(?:[^\n|;&]{0,200}?\s)?"  # options of the same command
# Programs that take a password behind -p, be it joined to it or not; mysql asks for it unless it is joined.
ASKING = r"sqlcmd|mongo\w*|unrar|7za?|(?:docker|podman|nerdctl|helm|oc|skopeo|crane)\s[^\n|;&]{0,60}?\blogin"
COMMANDS = (
    re.compile(rf"""\b(?:curl|https?){UP_TO}(?:-u|--user|-a|--auth)[\s=]?["']?[^\s:"']+:({VALUE}{{1,200}})"""),
    re.compile(rf"""\b(?:sshpass\s|(?:{ASKING}){UP_TO})-p[\s=]?["']?((?!-){VALUE}{{2,200}})"""),
    re.compile(rf"""\b(?:mysql\w*|mariadb\w*){UP_TO}-p["']?({VALUE}{{2,200}})"""),
    re.compile(rf"""\bredis-cli{UP_TO}-a[\s=]["']?({VALUE}{{2,200}})"""),
)


@cache
def _tag() -> re.Pattern[str]:
    named = any_of("passwords", "tag")
    return re.compile(
        rf"<([\w.:-]*{named})(?:\s[^<>]*)?>\s*({NO_VARIABLE}[^<>\s][^<>\n]{{2,200}}?)\s*</\1>", re.IGNORECASE
    )


def find_credentials(text: str) -> Iterator[Found]:
    """Values that open something, without the user, the address or the command beside them."""
    for pattern in _likely(text):
        for match in pattern.finditer(text):
            yield Found(*match.span(match.lastindex or 0), SECRET)
    if "@" in text:
        for one in find_emails(text):
            if span := password_behind(text, text[one.start : one.end], one.end):
                yield Found(*span, SECRET)
    if "ookie" in text or "OOKIE" in text:
        for line in COOKIES.finditer(text):
            for match in CRUMB.finditer(text, *line.span()):
                yield Found(*match.span(1), SECRET)


def _likely(text: str) -> Iterator[re.Pattern[str]]:
    """The patterns of which there is a sign."""
    lower = text.lower()
    if "://" in text:
        yield ENCODED
        if "@" in text:
            yield LINK
    if "bearer" in lower or "authorization" in lower:
        yield AUTHORIZATION
    if "sess" in lower or "connect.sid" in lower:
        yield SESSION
    if " -" in text:
        yield from COMMANDS
    if "</" in text:
        yield _tag()
