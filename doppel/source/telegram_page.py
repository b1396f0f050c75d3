"""One page of a chat in Telegram Desktop's HTML export: up to a thousand messages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NoReturn

from doppel.errors import DataError

if TYPE_CHECKING:
    from doppel.source.files import File
    from doppel.source.ledger import Ledger

MAX_PAGE_BYTES = 32 << 20  # a thousand of the longest messages take 10 MB
MARK = '<div class="message '  # in no text, where < is written as an entity
NUMBER = re.compile(r"message(-?\d{1,15})")
PAGE = re.compile(r"messages(\d*)\.html")


class Page:
    """The name of the chat and the elements of its messages, in order. Raises: DataError."""

    def __init__(self, file: File, ledger: Ledger) -> None:
        self.file = file
        text = ledger.clean(self._text())
        self._check(text)
        root = _tree(text)
        parts = [] if root is None else list(root.iter("div"))
        header = next((one for one in parts if "page_header" in tokens(one)), None)
        if header is None:
            self._refuse("is HTML, but no chat of Telegram Desktop (it has no page_header)")
        names = (" ".join(one.itertext()).strip() for one in header.iter("div") if {"text", "bold"} <= tokens(one))
        self.name = next(names, "") or "unknown"
        self.blocks = [one for one in parts if "message" in tokens(one)]
        self._check_blocks(text)

    def _text(self) -> str:
        with self.file.open() as stream:
            raw = stream.read(MAX_PAGE_BYTES + 1)
        if len(raw) > MAX_PAGE_BYTES:
            self._refuse(
                f"is longer than {MAX_PAGE_BYTES >> 20} MiB: Telegram Desktop begins a page every 1,000 messages"
            )
        try:
            return raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            self._refuse(f"is not UTF-8: byte {error.start + 1:,} is 0x{raw[error.start]:02x}")

    def _check(self, text: str) -> None:
        begin = text.lstrip()[:1]
        if begin in ("{", "["):
            self._refuse("is JSON, not HTML: type source=telegram")
        if begin != "<":
            self._refuse("is not HTML" if begin else "is empty")
        if text.rstrip()[-7:].lower() != "</html>":
            self._refuse(f"breaks off after {len(text):,} characters: its last word is not </html>")

    def _check_blocks(self, text: str) -> None:
        """A parser of HTML mends what it can and drops the rest without a word."""
        for block in self.blocks:
            if any("message" in tokens(above) for above in block.iterancestors("div")):
                self._refuse(f"is damaged: {place_of(block)} is inside another")
        written = text.count(MARK)
        if len(self.blocks) < written:
            # The parser has lost them all: then the first is found by its words.
            line = text.count("\n", 0, text.find(MARK)) + 1
            near = f"the last is {place_of(self.blocks[-1])}" if self.blocks else f"the first is in line {line:,}"
            self._refuse(f"is damaged: {len(self.blocks):,} of {written:,} messages can be read, {near}")

    def _refuse(self, fault: str) -> NoReturn:
        raise DataError(f"{self.file.label} {fault}. {self.file.advice}")


def place_of(block: Any) -> str:
    """A message for people to look for; in a damaged page anything may stand where its id should."""
    number = block.get("id") or ""
    return f"{number if NUMBER.fullmatch(number) else 'a message'} (line {block.sourceline})"


def tokens(element: Any) -> set[str]:
    """The classes of an element."""
    return set((element.get("class") or "").split())


def first(element: Any, *classes: str) -> Any:
    """The first child with all of these classes, None where there is none."""
    return next((one for one in element if isinstance(one.tag, str) and tokens(one).issuperset(classes)), None)


def number_of_page(file: File) -> int:
    """1 for messages.html, 2 for messages2.html, ..."""
    match = PAGE.fullmatch(file.name)
    return int(match[1] or 1) if match else 0


def _tree(text: str) -> Any:
    from lxml import etree  # type: ignore[attr-defined]

    # huge_tree lifts the limits on depth and length that would cut a page short; the page is short enough.
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True, no_network=True)
    return etree.fromstring(text.encode(), parser)
