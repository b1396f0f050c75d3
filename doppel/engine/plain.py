"""Words of a chat or a model that show as they are, in a terminal and in Markdown."""

from __future__ import annotations

import re

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # all of Unicode's but the line's end and the tabulator
ANYWHERE = re.compile(r"([\\`*_\[\]<>~&|$])")
AT_LINE_START = re.compile(r"^([#+-]|\d+(?=[.)](?:\s|$)))", re.MULTILINE)


def harmless(text: str) -> str:
    """The text without control characters: neither a chat nor a model shall steer the terminal."""
    return CONTROL.sub("", text)


def in_markdown(text: str) -> str:
    """The text without control characters, with everything escaped that Markdown would take for a sign of its own."""
    escaped = ANYWHERE.sub(r"\\\1", harmless(text))
    return AT_LINE_START.sub(lambda sign: f"{sign[0]}\\" if sign[0].isdigit() else f"\\{sign[0]}", escaped)


def fenced(text: str) -> str:
    """The text as a block of code, whatever backticks it holds."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text.rstrip()}\n{fence}"
