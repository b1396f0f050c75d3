"""Secrets in messages of their own: told by who asked for one, or announced one, in the messages before."""

from __future__ import annotations

import re
from collections import deque
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from doppel.privacy.alone import CARD_CODE, CODE, KEY, PASSWORD, values_alone
from doppel.privacy.codes import code_names
from doppel.privacy.passwords import find_passwords
from doppel.privacy.spans import SECRET, Found
from doppel.privacy.words import any_of, table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from doppel.types import Message

MESSAGES = 3  # with words, that are looked at, beside the one that is replied to
HELD = 12  # of any kind, photos and service messages too
WITHIN = timedelta(minutes=30)  # unless it is a reply, or there are no times
ENDS = 300  # characters at each end of a message in which it asks


class Asked:
    """The last messages, as they were said; `remember` takes each, chat by chat in order of time."""

    def __init__(self) -> None:
        self._last: deque[Message] = deque(maxlen=HELD)
        self.remember: Callable[[Message], None] = self._last.append

    def find(self, message: Message) -> Found | None:
        """The value, if the message is hardly more than one and a secret of its kind was spoken of before it."""
        values = values_alone(message.text)
        if not values:
            return None
        for number, before in enumerate(self._before(message)):
            if number >= MESSAGES and before.message_id != message.reply_to:
                continue
            for kind in _asked_for(before.text):
                if kind in values:
                    return Found(*values[kind], SECRET)
        return None

    def _before(self, message: Message) -> Iterator[Message]:
        """Those of the same chat, the last first, that have words of their own and are not too old."""
        for before in reversed(self._last):
            if before.chat_id != message.chat_id:
                return
            is_timed = before.is_timed and message.is_timed and message.reply_to != before.message_id
            if is_timed and message.sent_at - before.sent_at > WITHIN:
                continue
            if before.text and not before.is_service and (before.media is None or _asked_for(before.text)):
                yield before


def _asked_for(text: str) -> list[str]:
    """The kinds of secrets that it asks for or announces; none where it tells one itself."""
    if len(text) > 2 * ENDS:
        text = f"{text[:ENDS]}\n{text[-ENDS:]}"
    lower = text.lower()
    if not any(stem in lower for stem in _stems()):
        return []
    sign, other = _signs()
    if other.search(text):
        return []
    is_asking = sign.search(text) is not None
    wanted = [kind for kind, name, last in _names() if (name if is_asking else last).search(text)]
    if wanted and "?" not in text and any(find_passwords(text)):
        return []
    return wanted


@cache
def _stems() -> tuple[str, ...]:
    return (*table("words")["passwords"]["stems"], *table("words")["asked"]["stems"])


@cache
def _names() -> list[tuple[str, re.Pattern[str], re.Pattern[str]]]:
    """Kinds, what names them where something asks, and what announces them by itself; of passwords any word does."""
    cvv, pin, code = code_names()
    before, end = r"(?<![^\W_])", r"(?![^\W_])"
    password = rf"{before}{any_of('asked', 'password')}{end}"
    no_code = any_of("asked", "no_code")
    named = {
        PASSWORD: rf"{password}|{before}{any_of('passwords', 'wifi')}{end}",
        CODE: rf"(?:{pin}|{code}){end}(?!\W{{1,3}}{no_code})|{any_of('asked', 'code')}",
        CARD_CODE: rf"{cvv}{end}",
        KEY: rf"{before}{any_of('passwords', 'key')}{end}",
    }
    announced = {
        kind: rf"(?:{name})(?:\s[\w-]+){{0,3}}\s*[:\u2013\u2014]\s*$|^\W*(?:{name})\W*$" for kind, name in named.items()
    }
    announced[PASSWORD] += f"|{password}"
    return [
        (kind, re.compile(name, re.IGNORECASE), re.compile(announced[kind], re.IGNORECASE))
        for kind, name in named.items()
    ]


@cache
def _signs() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What asks or announces; and what asks for something else."""
    sign = rf"\?|(?<!\w){any_of('asked', 'sign')}(?!\w)"
    return re.compile(sign, re.IGNORECASE), re.compile(any_of("asked", "other"), re.IGNORECASE)
