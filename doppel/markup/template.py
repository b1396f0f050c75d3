"""The tokenizer's own chat template, so that an instruction-tuned model sees what it was tuned on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from doppel.markup.framed import Asked, Framed, frame
from doppel.markup.rendering import Rendering, refusal, rendered
from doppel.markup.shield import Shield

if TYPE_CHECKING:
    from doppel.types import Asking, Segment, Turn

SHORTEST_END = 2  # characters


class Template(Framed):
    r"""Renders each turn in the frame that the chat template gives its role; the persona is the assistant.

    The template is asked once, with two rounds of user and assistant: what round two adds is the frame, what round one
    has beside it is the opening. The words never pass through it, so they cannot forge a marker, nor does a template
    that strips or rewrites words change them. Conversations it would refuse are written in its frames all the same:
    neighbours of equal role follow each other as turns, and where it refuses to begin with the assistant, the opening
    ends with an empty user turn.
    A template may ask for a reply in a frame of its own: YandexGPT's writes replies behind ` Assistant: `, in Russian,
    and asks with ` Assistant:[SEP]`. There every reply is learnt behind a prompt of its own, up to the end token.
    Raises: ModelError where there is no template, or it rewrites earlier turns, or ends a reply with nothing.
    """

    def __init__(self, tokenizer: Any, *, system: str | None) -> None:
        render = Rendering(tokenizer, system)
        found = rendered(render)
        ends = [found.persona.end, found.user.end]
        if found.asked is not None:
            ends = [tokenizer.eos_token or "", found.user.end]
        if len(ends[0]) < SHORTEST_END:
            raise refusal("ends a reply with nothing that a model could learn to stop at")
        ends += [text for text in tokenizer.all_special_tokens if text and found.user.before.startswith(text)]
        markers = tuple(dict.fromkeys(text for text in ends if len(text) >= SHORTEST_END))
        self.starts_with_user = not render.accepts(["assistant", "user"])
        super().__init__(tokenizer, found.opening, found.user, found.persona, Shield(markers), markers)
        if found.asked is not None:
            self.asking: Asking | None = Asked(self, persona=found.asked, other="", start="")

    def opening(self, turns: tuple[Turn, ...]) -> tuple[Segment, ...]:
        """The template's own opening, system turn included, and an empty user turn where one must come first."""
        opening = super().opening(turns)
        if not turns or not turns[0].is_persona or not self.starts_with_user:
            return opening
        return *opening, frame(self.user.before), frame(self.user.lead + self.user.trail + self.user.after)
