"""What a chat template puts around words, found out by rendering probe words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jinja2.exceptions import TemplateError

from doppel.errors import ModelError
from doppel.markup.framed import Side, side

if TYPE_CHECKING:
    from collections.abc import Sequence

PROBES = ("Qaa1", "Qbb2", "Qcc3", "Qdd4")  # words that no template contains
ROUNDS = ("user", "assistant", "user", "assistant")


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a template makes of a conversation."""

    opening: str
    user: Side
    persona: Side
    asked: str | None  # what it asks for a reply with, where that is not what it writes one behind


def refusal(reason: str) -> ModelError:
    """The error for a template that cannot be used."""
    return ModelError(
        f"markup=template: the tokenizer's chat template {reason}. "
        "Take markup=bursts or markup=chatml, which need no template"
    )


class Rendering:
    """Renders probe words by the tokenizer's chat template."""

    def __init__(self, tokenizer: Any, system: str | None) -> None:
        if not getattr(tokenizer, "chat_template", None):
            raise refusal("does not exist: the tokenizer has none")
        self.tokenizer = tokenizer
        self.opening = [] if system is None else [{"role": "system", "content": system}]

    def __call__(self, roles: Sequence[str], *, asks: bool = False) -> str:
        """The text of probe words by these roles; `asks`: with the header of the next reply. Raises: ModelError."""
        turns = [{"role": role, "content": words} for role, words in zip(roles, PROBES, strict=False)]
        try:
            return self.tokenizer.apply_chat_template(
                [*self.opening, *turns], tokenize=False, add_generation_prompt=asks
            )
        except (TemplateError, ValueError, TypeError, KeyError) as error:
            way = " (markup.system=null leaves the system turn out)" if self.opening else ""
            raise refusal(f"refuses {' '.join(roles)}: {error}{way}") from error

    def accepts(self, roles: Sequence[str]) -> bool:
        """Whether the template renders a conversation of these roles."""
        try:
            self(roles)
        except ModelError:
            return False
        return True


def rendered(render: Rendering) -> Rendered:
    """The opening, what stands around the words of both roles, and how a reply is asked for. Raises: ModelError."""
    texts = ["", *(render(ROUNDS[: count + 1]) for count in range(len(ROUNDS)))]
    frames: list[tuple[str, str]] = []
    for count, probe in enumerate(PROBES):
        if not texts[count + 1].startswith(texts[count]):
            raise refusal("rewrites earlier turns when a new one is added (it is not prefix-preserving)")
        before, found, after = texts[count + 1][len(texts[count]) :].partition(probe)
        if not found:
            raise refusal("does not give the words back as they were")
        frames.append((before, after))
    first_user, assistant, user, second_assistant = frames
    if assistant != second_assistant or first_user[1] != user[1] or not first_user[0].endswith(user[0]):
        raise refusal("frames a turn differently by its place in the conversation")
    asked = render(ROUNDS[:3], asks=True)[len(texts[3]) :]
    persona = side(*assistant)
    is_apart = not assistant[0].startswith(asked)
    if is_apart and not (persona.before and asked.startswith(persona.before)):
        raise refusal(f"asks for a reply with {asked!r} but writes one behind {assistant[0]!r}")
    return Rendered(first_user[0].removesuffix(user[0]), side(*user), persona, asked if is_apart else None)
