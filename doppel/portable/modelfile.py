"""The Modelfile of a GGUF for Ollama: the markup as Ollama's template, where replies end, how they are drawn."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from doppel.generation.sampling import Sampling
    from doppel.types import Markup, Segment, Turn

MARK = "\ue000"  # stands for the words: of Unicode's private use, no chat holds it
CONTENT = "{{ .Content }}"


def modelfile(file_name: str, markup: Markup, user: Turn, persona: Turn, sampling: Sampling, *, context: int) -> str:
    """The text, for a chat of these two, of whom only who they are is read.

    Ollama's own penalty of repetition is switched off: it counts the prompt too, with its end markers.
    """
    stops = "\n".join(f"PARAMETER stop {json.dumps(text, ensure_ascii=False)}" for text in markup.end_strings())
    return "\n".join(
        [
            "# Type: ollama create NAME -f Modelfile",
            f"FROM ./{file_name}",
            f'TEMPLATE """{template(markup, user, persona)}"""',
            stops,
            f"PARAMETER temperature {sampling.temperature if sampling.do_sample else 0}",
            f"PARAMETER top_p {sampling.top_p}",
            f"PARAMETER top_k {sampling.top_k}",
            "PARAMETER repeat_penalty 1",
            f"PARAMETER num_predict {sampling.max_new_tokens}",
            f"PARAMETER num_ctx {context}",
            "",
        ]
    )


def template(markup: Markup, user: Turn, persona: Turn) -> str:
    """The prompt of a conversation, as a template of Go's. The persona's words stand there as it has said them."""
    turns = markup.prepare((user, persona))
    before, after = around(markup, turns[0])
    asked = markup.header(turns[1]) if markup.asking is None else markup.asking.ask(turns[1])
    own_header, own_after = literal(text_of(markup.header(turns[1]))), around(markup, turns[1])[1]
    return (
        f"{literal(text_of(markup.opening(turns)))}"
        f'{{{{ range .Messages }}}}{{{{ if eq .Role "user" }}}}{before}{CONTENT}{after}'
        f'{{{{ else if eq .Role "assistant" }}}}{own_header}{CONTENT}{own_after}{{{{ end }}}}{{{{ end }}}}'
        f"{literal(text_of(asked))}"
    )


def around(markup: Markup, turn: Turn) -> tuple[str, str]:
    """What stands before and behind the words of a turn, as literals of the template."""
    before, _, after = text_of((*markup.header(turn), *markup.body(turn))).partition(MARK)
    return literal(before), literal(after)


def text_of(segments: tuple[Segment, ...]) -> str:
    """The text of rendered segments."""
    return "".join(segment.text for segment in segments)


def literal(text: str) -> str:
    """The text as itself in a template within three quotation marks."""
    return text.replace("{{", '{{ "{{" }}').replace('"""', '" " "')
