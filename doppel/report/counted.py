"""Numbers with what they count, in words that agree."""

from __future__ import annotations

import re

NOUNS = "message|sample|session|chat|turn|dialogue|conversation|record|row|line|file|page|window"
VERBS = {"are": "is", "have": "has", "were": "was", "share": "shares", "hold": "holds"}
ODD = {"people": "person", "replies": "reply"}
LONE = re.compile(rf"(?<![\d.,])1 (?:({NOUNS})s|({'|'.join(ODD)}))\b(?: ({'|'.join(VERBS)})\b)?")


def counted(number: int, noun: str) -> str:
    """1 message, 2,000 messages, 2 e-mail addresses."""
    plural = f"{noun}es" if noun.endswith("s") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"


def agreed(text: str) -> str:
    """A text of a stage, which writes all numbers alike: "1 messages are left" becomes "1 message is left"."""
    if "1 " not in text:
        return text
    return LONE.sub(lambda found: f"1 {found[1] or ODD[found[2]]}{f' {VERBS[found[3]]}' if found[3] else ''}", text)
