"""Text to token ids piece by piece, so that the tokens of a turn do not depend on what stands beside it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from doppel.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from doppel.types import Segment

ANCHORS = ("", "\n")
REMEMBERED_PIECES = 4096  # frames and names recur with every turn


class Pieces:
    """The ids of segments, each encoded on its own: concatenation of ids means concatenation of texts.

    SentencePiece tokenizers (Mistral, Llama 2) put a blank in front of whatever they encode. There a piece is encoded
    behind a newline, whose ids are taken off again.
    """

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer
        self.anchor = next((anchor for anchor in ANCHORS if self._joins_with(anchor)), "")
        self.opening_ids, self.closing_ids = added_around(tokenizer)
        self._remembered = lru_cache(REMEMBERED_PIECES)(self._encode)

    def encode(self, segment: Segment) -> tuple[int, ...]:
        """The ids of a segment; special tokens only where it is frame."""
        return self._remembered(segment.text, is_frame=segment.is_frame)

    def decode(self, ids: Sequence[int]) -> str:
        """The text of ids, special tokens included."""
        return self.tokenizer.decode(list(ids), skip_special_tokens=False, clean_up_tokenization_spaces=False)

    def _encode(self, text: str, *, is_frame: bool) -> tuple[int, ...]:
        ids = self._plain(self.anchor + text, is_frame=is_frame)
        if not self.anchor:
            return ids
        before = self._plain(self.anchor, is_frame=is_frame)
        # A tokenizer that merges the anchor with what follows cannot be anchored there.
        return ids[len(before) :] if ids[: len(before)] == before else self._plain(text, is_frame=is_frame)

    def _plain(self, text: str, *, is_frame: bool) -> tuple[int, ...]:
        encoded = self.tokenizer(text, add_special_tokens=False, split_special_tokens=not is_frame, verbose=False)
        return tuple(encoded["input_ids"])

    def _joins_with(self, anchor: str) -> bool:
        self.anchor = anchor
        ids = (*self._encode("a", is_frame=False), *self._encode("b", is_frame=False))
        return self.decode(ids) == "ab"


def added_around(tokenizer: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The ids that the tokenizer itself adds in front of and behind a text: Llama's begin token, T5's end token.

    Asked, not read from its attributes: SmolLM2 names a bos_token that it never adds.
    """
    bare = list(tokenizer("a", add_special_tokens=False)["input_ids"])
    full = list(tokenizer("a")["input_ids"])
    at = next((at for at in range(len(full)) if full[at : at + len(bare)] == bare), None)
    if at is None:
        return (), ()
    return tuple(full[:at]), tuple(full[at + len(bare) :])


def require_frame(tokenizer: Any, segments: Sequence[Segment]) -> None:
    """Nothing, if the tokenizer gives the text of a rendered turn back. Raises: ModelError where it does not."""
    pieces = Pieces(tokenizer)
    text = "".join(segment.text for segment in segments)
    back = pieces.decode([token for segment in segments for token in pieces.encode(segment)])
    if back != text:
        raise ModelError(
            f"the tokenizer loses the frame of this markup: {text!r} comes back as {back!r}, so turns could not be "
            "told apart. Take a model whose tokenizer keeps newlines (FRED-T5 and SmolLM2 do, the original T5 "
            "does not): model.path=..., or a markup without what is lost: markup.start=... markup.end=..."
        )
