"""Where a generated turn ends, and what of it may be shown already."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import torch
from transformers import StoppingCriteria

from doppel.engine.spelling import Spelling

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

INCOMPLETE = "\ufffd"  # what byte-level tokenizers decode half a character to


@dataclass(frozen=True, slots=True)
class Spoken:
    """The text of a turn so far, without its end marker."""

    text: str
    is_ended: bool


class Ending:
    """Recognises the end of a turn: by token where the marker is one token, by text otherwise."""

    def __init__(self, tokenizer: Any, end_strings: Sequence[str]) -> None:
        self.tokenizer = tokenizer
        added = tokenizer.get_added_vocab()  # only added tokens are matched whole wherever they stand
        markers = [added[text] for text in end_strings if text in added]
        # The tokenizer's own begin, end and pad never stand inside a turn: SmolLM2's begin token opens the next header.
        own = [tokenizer.eos_token_id, tokenizer.bos_token_id]
        if tokenizer.pad_token_id != tokenizer.unk_token_id:  # Llama 2 has no pad of its own and pads with unk
            own.append(tokenizer.pad_token_id)
        self.ids = tuple(dict.fromkeys(token for token in [*markers, *own] if token is not None))
        # Also the markers: a model may spell one out in ordinary tokens.
        self.texts = tuple(dict.fromkeys(text for text in end_strings if text))
        self.spelt = tuple(text for text in self.texts if text not in added)  # no token of their own ends these

    @cached_property
    def spelling(self) -> Spelling:
        """What the tokens spell: made where it is first needed, as it takes a moment."""
        return Spelling(self.tokenizer)

    def read(self, ids: Sequence[int]) -> Spoken:
        """What these generated tokens say up to the first end, whole characters only."""
        end = next((at for at, token in enumerate(ids) if token in self.ids), len(ids))
        kept = [token for token in ids[:end] if token != self.tokenizer.unk_token_id]
        # Special tokens stay in the text: a markup may part the messages of a burst by one.
        text = self.tokenizer.decode(kept, skip_special_tokens=False, clean_up_tokenization_spaces=False)
        text = text.replace(INCOMPLETE, "")
        # As if a line had ended before: what ends a turn at the beginning of a line does so in the first one, too.
        found = [max(at - 1, 0) for marker in self.texts if (at := ("\n" + text).find(marker)) >= 0]
        cut = min(found, default=None)
        return Spoken(text if cut is None else text[:cut], cut is not None or end < len(ids))

    def sure(self, spoken: Spoken) -> str:
        """The part of the text that no later token can take back: an end marker may have begun."""
        if spoken.is_ended:
            return spoken.text
        held = max((begun(spoken.text, marker) for marker in self.texts), default=0)
        return spoken.text[: len(spoken.text) - held]


def begun(text: str, marker: str) -> int:
    """How many characters at the end of the text are the beginning of the marker."""
    longest = min(len(text), len(marker) - 1)
    return next((size for size in range(longest, 0, -1) if text.endswith(marker[:size])), 0)


class Watch(StoppingCriteria):
    """Ends each row at its end marker or when told to stop; tells a listener every row's tokens."""

    def __init__(
        self, ending: Ending, start: int, listener: Callable[[list[list[int]]], None], is_stopped: Callable[[int], bool]
    ) -> None:
        self.ending = ending
        self.start = start  # tokens before the reply: the prompt, or the decoder's start token
        self.listener = listener
        self.is_stopped = is_stopped

    def __call__(self, input_ids: Any, scores: Any, **_kwargs: Any) -> Any:  # noqa: ARG002 (transformers' signature)
        """Whether each row is done, (B,) bool."""
        rows = input_ids[:, self.start :].tolist()
        self.listener(rows)
        is_done = [self.is_stopped(at) or self.ending.read(row).is_ended for at, row in enumerate(rows)]
        return torch.tensor(is_done, dtype=torch.bool, device=input_ids.device)
