"""Headings of instruction-tuned models: dolly's `### Instruction:` and `### Response:`, or any two labels."""

from __future__ import annotations

from typing import Any

from doppel.errors import ModelError
from doppel.markup.framed import Framed, side
from doppel.markup.shield import Shield


class Instruction(Framed):
    r"""Renders `### Instruction:\nhi\n\n### End\n\n### Response:\nyes\n\n### End\n\n`; the persona gives the responses.

    Unlike dolly's own training texts, turns of others end with the marker, too: a model that has learnt everyone then
    knows where each of them stops. Headings that are no plain words cannot be forged, as little as the end marker.
    Raises: ConfigError for an unusable end marker; ModelError where the tokenizer loses the frame, or has no end token
    where one is to be the marker.
    """

    def __init__(
        self, tokenizer: Any, *, opening: str, other: str, own: str, before_end: str, end: str | None, after_end: str
    ) -> None:
        marker = tokenizer.eos_token if end is None else end
        if marker is None:
            raise ModelError(
                "markup.end=null takes the tokenizer's end token, and it has none: type markup.end='### End'"
            )
        headings = [text.strip() for text in (other, own) if not text.strip()[:1].isalnum()]
        markers = tuple(dict.fromkeys(text for text in (marker, *headings) if text))
        after = before_end + marker + after_end
        super().__init__(tokenizer, opening, side(other, after), side(own, after), Shield(markers), markers)
