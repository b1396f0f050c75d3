"""Words that cannot be taken for the markup's markers, and back again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from doppel.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

SHORTEST_MARKER = 2  # characters: the shield stands inside the marker


class Shield:
    """Puts a space into every marker that the words contain: `<|im_end|>` -> `< |im_end|>`; `lower` takes it out again.

    A space, as every tokenizer knows it; one more where there are some already, so that nothing is lost. Needed beside
    `split_special_tokens`, which leaves markers that are plain text, or added but not special (dolphin's start marker).
    Raises: ConfigError for a marker that is too short to be told from words.
    """

    def __init__(self, markers: Sequence[str]) -> None:
        for marker in markers:
            if len(marker.strip()) < SHORTEST_MARKER or "\n" in marker or marker != marker.strip():
                raise ConfigError(
                    f"a marker of the markup is {marker!r}: it must be {SHORTEST_MARKER} characters or more, "
                    "without blanks around it, in one line. Type for example markup.end='<|im_end|>'"
                )
        self.firsts = {text[0] for text in markers}
        self.patterns = [re.compile(f"({re.escape(text[0])})( *)({re.escape(text[1:])})") for text in markers]

    def __call__(self, text: str) -> str:
        """The text without any marker."""
        if self.firsts.isdisjoint(text):  # most messages; FRED-T5 has 107 markers
            return text
        for pattern in self.patterns:
            text = pattern.sub(r"\1\2 \3", text)
        return text

    def lower(self, text: str) -> str:
        """The text as it was before the shield: the inverse of calling."""
        for pattern in reversed(self.patterns):
            text = pattern.sub(lambda found: found[1] + found[2][1:] + found[3], text)
        return text
