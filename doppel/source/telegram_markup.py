"""The words of a message of Telegram Desktop's HTML, and what its tags say of them."""

from __future__ import annotations

import re
from typing import Any

from doppel.types import Entity, EntityKind

BREAK = re.compile(r"[ \t]*[\r\n]+[ \t]*")  # of the file: those of the message are <br>
CODE = frozenset(("code", "pre"))
FILES = ("stickers/", "files/", "photos/", "video_files/", "animations/")  # a custom emoji, as a link to its picture
SCHEMES: dict[str, EntityKind] = {"mailto:": "email", "tel:": "phone"}


def words_of(element: Any) -> tuple[str, tuple[Entity, ...]]:
    """The text of an element without the blanks around it, and the labels of its parts."""
    from lxml import etree  # type: ignore[attr-defined]

    pieces: list[str] = []
    found: list[tuple[EntityKind, int, int]] = []
    starts: list[int] = []
    length = 0

    def add(words: str | None) -> None:
        nonlocal length
        if words:
            flat = BREAK.sub(" ", words) if "\n" in words or "\r" in words else words
            pieces.append(flat)
            length += len(flat)

    for event, node in etree.iterwalk(element, events=("start", "end")):
        if event == "start":
            starts.append(length)
            if node.tag == "br":
                pieces.append("\n")
                length += 1
            add(node.text)
            continue
        start = starts.pop()
        kind = _kind(node)
        if kind is not None:
            found.append((kind, start, length))
        if node is not element:
            add(node.tail)
    return _stripped("".join(pieces), found)


def _stripped(text: str, found: list[tuple[EntityKind, int, int]]) -> tuple[str, tuple[Entity, ...]]:
    words = text.strip()
    shift = len(text) - len(text.lstrip())
    entities: list[Entity] = []
    for kind, start, end in found:
        entity = Entity(kind, max(start - shift, 0), min(end - shift, len(words)))
        if entity.start < entity.end:
            entities.append(entity)
    return words, tuple(sorted(entities, key=lambda one: (one.start, -one.end)))


def _kind(node: Any) -> EntityKind | None:
    if node.tag in CODE:
        return "code"
    if node.tag != "a":
        return None
    action, target = node.get("onclick") or "", node.get("href") or ""
    if "ShowMentionName" in action:
        return "mention"
    if not target or action or target.startswith(FILES):
        return None  # hashtags, commands, emoji
    for scheme, kind in SCHEMES.items():
        if target.startswith(scheme):
            return kind
    return "mention" if (node.text or "").startswith("@") and "t.me/" in target else "link"
