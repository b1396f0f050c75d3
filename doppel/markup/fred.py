"""FRED-T5's own shape: a denoiser's token, who speaks, the dialogue so far, and a gap that the reply fills."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from doppel.errors import ConfigError
from doppel.markup.framed import Asked, Framed, frame, side
from doppel.markup.naming import written_name
from doppel.markup.shield import SHORTEST_MARKER, Shield
from doppel.types import Segment

if TYPE_CHECKING:
    from doppel.types import Asking, Turn

NAME = "{name}"


class Fred(Framed):
    r"""Asks `<SC1>You are Nell. ...\nOther: hello\nYou: <extra_id_0>`; the answer is `<extra_id_0>hi</s>`.

    For encoder-decoder models. FRED-T5 (Zmitrovich et al., 2023) was trained as seven denoisers, told apart by their
    first token, that write what is missing at `<extra_id_0>`; digital_copy (2023), SiberianPersona (2023) and
    DevOpsDudeBot (2024) are tuned so, each with other texts around, all Russian. Both markers are one token where the
    tokenizer knows them, else plain text. Nothing in words or names becomes one of the tokenizer's added tokens.
    Raises: ConfigError without a sentinel; ModelError where the tokenizer loses the frame.
    """

    def __init__(
        self,
        tokenizer: Any,
        *,
        denoiser: str,
        opening: str,
        other: str,
        own: str,
        turn_end: str,
        ask: str,
        sentinel: str,
    ) -> None:
        if len(sentinel) < SHORTEST_MARKER:
            raise ConfigError(
                f"markup.sentinel is {sentinel!r}: it must mark the gap. Type markup.sentinel='<extra_id_0>'"
            )
        self.denoiser, self.sentinel, self.introduction = denoiser, sentinel, opening
        end = tokenizer.eos_token or "</s>"
        # Added, but not special: split_special_tokens leaves them whole in words (FRED-T5 has 107 of them).
        added = [text for text in tokenizer.get_added_vocab() if len(text) >= SHORTEST_MARKER and text == text.strip()]
        markers = tuple(dict.fromkeys(text for text in (end, denoiser, sentinel, *added) if text))
        super().__init__(tokenizer, denoiser, side(other, turn_end), side(own, turn_end), Shield(markers), (end,))
        self.asking: Asking | None = Asked(self, persona=ask + sentinel, other=sentinel, start=sentinel)

    def opening(self, turns: tuple[Turn, ...]) -> tuple[Segment, ...]:
        """The denoiser's token, what the last of the turns is told, and the introduction, with the name of that one."""
        label = self.user.before.strip().removesuffix(":")  # of the only other one: such turns have no names
        name = written_name(turns[-1], self.shield) if turns and turns[-1].speaker_name else label
        words = Segment(self.introduction.replace(NAME, name), is_learnt=False, is_frame=False)
        return tuple(piece for piece in (frame(self.denoiser), *self.told(turns), words) if piece.text)

    def parse(self, text: str) -> tuple[str, ...]:
        """The messages of an answer; a blank that FRED-T5 puts behind the sentinel is not of them."""
        return super().parse(text.removeprefix(self.sentinel).lstrip(" "))
