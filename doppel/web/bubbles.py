"""A conversation as the messages that Gradio's chat shows, and back from a place in it to what stands there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from doppel.errors import DataError
from doppel.web.part import Part, Reply

if TYPE_CHECKING:
    from collections.abc import Sequence

# Gradio takes messages for HTML even where it renders no Markdown: a sign that joins nothing keeps "<" from being a tag
# and "&" from being another sign, and nobody sees it.
JOINER = "\u2060"
SIGN = re.compile(r"[<&](?=[A-Za-z/!?#])")
THUMBS = {1: "Like", -1: "Dislike", None: None}


def shown(text: str) -> str:
    """The words so that they show as they are."""
    return SIGN.sub(lambda sign: sign[0] + JOINER, text)


def typed(text: str) -> str:
    """The words of something shown that somebody has changed."""
    return text.replace(f"<{JOINER}", "<").replace(f"&{JOINER}", "&")


def bubbles(parts: Sequence[Part]) -> list[Any]:
    """A message each, the model's on the left."""
    return [bubble(text, is_own=isinstance(part, Reply)) for part in parts for text in part.messages]


def base_bubbles(parts: Sequence[Part]) -> list[Any]:
    """The same with what the base model says in the place of the replies, where it was asked."""
    found = []
    for part in parts:
        if not isinstance(part, Reply):
            found += bubbles([part])
        elif part.base is not None:
            found += [bubble(text, is_own=True) for text in part.base]
    return found


def bubble(text: str, *, is_own: bool) -> dict[str, Any]:
    """One message as Gradio has it."""
    return {"role": "assistant" if is_own else "user", "content": shown(text)}


def thumbs(parts: Sequence[Part]) -> list[str | None]:
    """What is marked at each message of the model's."""
    return [THUMBS[part.rating] for part in parts if isinstance(part, Reply) for _ in part.messages]


def place(parts: Sequence[Part], index: Any) -> tuple[Part, int]:
    """What is shown as the so-manieth message, and which of its messages that is. Raises: DataError for none."""
    left = index if isinstance(index, int) else -1
    for part in parts if left >= 0 else ():
        if left < len(part.messages):
            return part, left
        left -= len(part.messages)
    raise DataError("there is no such message any more")
