"""The tokenizer's own chat template, so that an instruction-tuned model sees what it was tuned on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from doppel.errors import ModelError
from doppel.markup.aside import told_lines
from doppel.markup.framed import Asked, Framed, frame
from doppel.markup.rendering import Rendering, refusal, rendered
from doppel.markup.shield import Shield
from doppel.types import Segment

if TYPE_CHECKING:
    from doppel.types import Asking, Turn

SHORTEST_END = 2  # characters
SYSTEM_PROBE = "Qsy5"  # a word that no template contains


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
        self.system, self.around_system = system, around_system(tokenizer)
        if found.asked is not None:
            self.asking: Asking | None = Asked(self, persona=found.asked, other="", start="")

    def opening(self, turns: tuple[Turn, ...]) -> tuple[Segment, ...]:
        """The template's own opening, system turn included, and an empty user turn where one must come first.

        What the last turn is told stands in the system turn, or where the template has none in a user turn before all.
        """
        opening = (frame(self.opening_text),) if self.opening_text else ()
        told = self.shield(told_lines(turns))
        if told and self.around_system:
            before, after = self.around_system
            words = told if self.system is None else f"{self.system}\n{told}"
            opening, told = (frame(before), Segment(words, is_learnt=False, is_frame=False), frame(after)), ""
        user, is_without_user = self.user, bool(turns) and turns[0].is_persona and self.starts_with_user
        if told:
            words = Segment(user.lead + told + user.trail, is_learnt=False, is_frame=False)
            return *opening, frame(user.before), words, frame(user.after)
        if is_without_user:
            return *opening, frame(user.before), frame(user.lead + user.trail + user.after)
        return opening


def around_system(tokenizer: Any) -> tuple[str, str] | None:
    """What the template puts around the words of a system turn; None where it has no place for them."""
    try:
        before, found, after = rendered(Rendering(tokenizer, SYSTEM_PROBE)).opening.partition(SYSTEM_PROBE)
    except ModelError:
        return None
    return (before, after) if found else None
