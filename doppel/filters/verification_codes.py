"""Leaves out login and confirmation codes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from doppel.types import Message, PositiveInt


# Spelt out, as it is half the price of \d, which knows the digits of all scripts: here Latin, Arabic and Persian ones.
DIGIT = "[0-9\u0660-\u0669\u06f0-\u06f9]"


class VerificationCodes:
    """Leaves out everything of services that send codes, and texts of anyone that hold a code and say so.

    A code is `min_digits` to `max_digits` digits, perhaps with a space or a hyphen between two; what says so is one of
    `phrases`.
    """

    why = "login and confirmation codes, and all else from the services that send them"

    def __init__(
        self, *, senders: list[str], phrases: list[str], min_digits: PositiveInt, max_digits: PositiveInt
    ) -> None:
        self.senders = frozenset(senders)
        self.phrases = tuple(phrase.casefold() for phrase in phrases if phrase)
        self.digits = re.compile(rf"{DIGIT}(?:[ -]?{DIGIT}){{{min_digits - 1},}}")
        self.max_digits = max_digits

    def __call__(self, message: Message) -> Message | None:
        """The message where it is no code."""
        if message.sender_id in self.senders or message.chat_kind == "service":
            return None
        text = message.text
        if self.digits.search(text) is None:
            return message
        runs = self.digits.findall(text)
        if all(sum(map(str.isdigit, run)) > self.max_digits for run in runs):
            return message
        folded = text.casefold()
        return None if any(phrase in folded for phrase in self.phrases) else message

    def hides(self, message: Message) -> bool:
        """Whether it is one, or of a service that sends them."""
        return self(message) is None
