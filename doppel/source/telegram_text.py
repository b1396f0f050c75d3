"""The words of a message of Telegram Desktop's JSON, and what Telegram says of them."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from doppel.source.telegram_fields import Part
from doppel.types import Entity, EntityKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from doppel.source.telegram_fields import Fields

KINDS: dict[str, EntityKind] = {
    "phone": "phone",
    "email": "email",
    "bank_card": "bank_card",
    "link": "link",
    "text_link": "link",
    "mention": "mention",
    "mention_name": "mention",
    "code": "code",
    "pre": "code",
}


class OddText(Exception):  # noqa: N818 -- what is odd is its argument
    """A text that is neither a string nor a list of strings and objects with a text: its shape, in words."""


def words_of(fields: Fields) -> tuple[str, tuple[Entity, ...]]:
    """The text, put together of its parts, and the labels of its parts. Raises: OddText."""
    text, labelled = fields.text, fields.text_entities
    if text.__class__ is str and text:
        if labelled.__class__ is not list or not labelled:
            return text, ()
        # For one plain part Telegram Desktop writes a string, otherwise a list. Other programs write strings alone.
        if len(labelled) == 1 and labelled[0].__class__ is Part and labelled[0].type == "plain":
            return text, ()
        return text, _fitting(text, labelled)
    if text == "" and not isinstance(labelled, list):
        return "", ()  # labels of nothing, in whatever shape
    return _joined(text or labelled or [])


def _fitting(text: str, labelled: Any) -> tuple[Entity, ...]:
    try:
        joined, entities = _joined(labelled)
    except OddText:
        return ()
    return entities if joined == text else ()  # labels of other words have no place in these


def _joined(parts: Any) -> tuple[str, tuple[Entity, ...]]:
    if not isinstance(parts, list):
        raise OddText(_shape(parts))
    words: list[str] = []
    entities: list[Entity] = []
    length = 0
    for part in parts:
        label, word = _of_part(part)
        kind = KINDS.get(label)
        if kind is not None and word:
            entities.append(Entity(kind, length, length + len(word)))
        words.append(word)
        length += len(word)
    return "".join(words), tuple(entities)


def _of_part(part: Any) -> tuple[str, str]:
    """(label, words)."""
    if isinstance(part, str):
        return "plain", part
    if isinstance(part, Part):
        return part.type, part.text
    if isinstance(part, dict) and isinstance(part.get("text"), str):
        label = part.get("type")
        return label if isinstance(label, str) else "plain", part["text"]
    raise OddText("a list with parts that have no text")


def shown(keys: Iterable[str]) -> str:
    """The first keys of an object, as an error message can hold them; "none"."""
    return ", ".join(key[:40].encode(errors="replace").decode() for key in islice(keys, 12)) or "none"


def _shape(text: Any) -> str:
    if isinstance(text, dict):
        return f"an object with the keys {shown(text)}"
    return f"a {type(text).__name__}"
