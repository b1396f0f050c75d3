"""A look at an input that its source could not read: whose export it is, by how its files begin."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from doppel.errors import DataError
from doppel.source.files import Files
from doppel.source.telegram_folder import SIGN
from doppel.source.utf16 import utf16_of
from doppel.source.whatsapp_header import looks_like_header

if TYPE_CHECKING:
    from collections.abc import Mapping

    from doppel.source.files import File

PATTERNS = ("*.json", "*.jsonl", "*.json.gz", "*.html", "*.txt", "*.csv")
HEAD_BYTES = 16 << 10
MAX_FILES = 8  # looked at: of one export all begin alike
# Where two fit, the first. None of these keys are in the exports of the others.
SIGNS = {
    "discord": re.compile(rb'"guild"\s*:\s*\{.*?"channel"\s*:\s*\{|^(?:\xef\xbb\xbf)?AuthorID,Author,Date,', re.DOTALL),
    "telegram": SIGN,
    "telegram_html": re.compile(rb'<div class="page_wrap">|onload="CheckLocation\(\);"'),
    "vk": re.compile(rb'<div class="message__header">|"from_id"\s*:\s*-?\d'),
    "messenger": re.compile(rb'"participants"\s*:\s*\[|"timestamp_ms"\s*:\s*\d'),
    "slack": re.compile(rb'"ts"\s*:\s*"\d{9,11}\.\d{6}"'),
    "signal": re.compile(rb'"(?:backupTimeMs|chatItem)"\s*:|"sent_at"\s*:\s*\d{13}'),
    "dialogues": re.compile(rb'"(?:messages|conversations)"\s*:\s*\[\s*\{\s*"(?:role|from|content|value)"\s*:'),
}
NAMES = {
    "telegram": "Telegram", "telegram_html": "Telegram in HTML", "vk": "VK", "slack": "Slack", "signal": "Signal",
    "messenger": "Messenger or Instagram", "discord": "Discord", "whatsapp": "WhatsApp",
}  # fmt: skip
ALIKE = {"instagram": "messenger", "signal": "whatsapp"}  # the source reads what looks so, or may


@contextmanager
def with_other_source(settings: Mapping[str, Any]) -> Iterator[None]:
    """Lets the source of these settings be read; where it refuses its input and another source would not, says so.

    Raises: DataError of the source, with which other one to type.
    """
    try:
        yield
    except DataError as error:
        own = str(settings.get("_target_", "")).rpartition(".")[0].rpartition(".")[2]
        hint = other_source(settings.get("path"), own)
        if not hint:
            raise
        raise DataError(f"{hint} As source={own} it cannot be read: {error}") from error


def other_source(path: object, own: str) -> str:
    """A sentence that names the source which fits the path better than `own`; "" where none does for certain."""
    if not isinstance(path, str | list):
        return ""
    try:
        seen = {source_of(file): file for file in reversed(Files(path, "").matching(*PATTERNS)[:MAX_FILES])}
    except DataError:
        return ""
    seen.pop(None, None)
    if len(seen) != 1 or own in seen or ALIKE.get(own) in seen:
        return ""
    [(source, file)] = seen.items()
    what = f"an export of {NAMES[source]}" if source in NAMES else "a set of dialogues"
    return f"{file.label} looks like {what}: type source={source}."


def source_of(file: File) -> str | None:
    """The source that reads files which begin so; None where that is not certain. Raises: DataError."""
    with file.open() as stream:
        head = stream.read(HEAD_BYTES)
    codec = utf16_of(head)
    head = head.decode(codec, "ignore").encode() if codec else head
    found = next((source for source, sign in SIGNS.items() if sign.search(head)), None)
    if found is None and any(map(looks_like_header, head.decode("utf-8-sig", "ignore").splitlines()[:50])):
        return "whatsapp"
    return found
