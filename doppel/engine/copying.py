"""What is recalled is not repeated: after so many of its words in a row, the next one cannot follow."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any

import torch
from transformers import LogitsProcessor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from doppel.types import Briefing

WORD = re.compile(r"\w+")


class Vocabulary:
    """The first word of every token's text. Read once, when something is recalled for the first time."""

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer

    @cached_property
    def by_word(self) -> dict[str, list[int]]:
        """Word in small letters -> the tokens that begin with it, or are it."""
        texts = self.tokenizer.batch_decode([[token] for token in range(len(self.tokenizer))])
        found: dict[str, list[int]] = {}
        for token, text in enumerate(texts):
            if word := WORD.search(text.casefold()):
                found.setdefault(word[0], []).append(token)
        return found

    def beginning(self, word: str) -> list[int]:
        """The tokens with which the word could begin."""
        return [token for end in range(1, len(word) + 1) for token in self.by_word.get(word[:end], ())]


class NoCopies(LogitsProcessor):
    """Takes the odds of the next word away from rows that have said `max_copied_words` of a recalled line in a row.

    Words are compared without case and punctuation, over the ends of lines and messages. By words and not by tokens, as
    one word has several tokens and other ones at the beginning of a line (transformers'
    EncoderNoRepeatNGramLogitsProcessor counts tokens).
    """

    def __init__(
        self, briefings: Sequence[Briefing | None], read: Callable[[Sequence[int]], str], words: Vocabulary, start: int
    ) -> None:
        """`read`: the text of generated tokens; `start`: tokens before the reply."""
        self.following = [following(briefing) for briefing in briefings]
        self.lengths = [(briefing and briefing.max_copied_words) or 0 for briefing in briefings]
        self.read, self.words, self.start = read, words, start

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        """The scores, (B, V), minus infinity where a copy would go on."""
        banned = [self._banned(row, ids) for row, ids in enumerate(input_ids[:, self.start :].tolist())]
        if not any(banned):
            return scores
        scores = scores.clone()
        for row, tokens in enumerate(banned):
            scores[row, torch.tensor(tokens, dtype=torch.long, device=scores.device)] = -torch.inf
        return scores

    def _banned(self, row: int, ids: list[int]) -> list[int]:
        if not self.following[row]:
            return []
        said = tuple(WORD.findall(self.read(ids).casefold())[-self.lengths[row] :])
        return [token for word in self.following[row].get(said, ()) for token in self.words.beginning(word)]


def following(briefing: Briefing | None) -> dict[tuple[str, ...], set[str]]:
    """So many words in a row of what is recalled -> the words that follow them there; {} where copies may be made."""
    if briefing is None or briefing.max_copied_words is None:
        return {}
    length, found = briefing.max_copied_words, dict[tuple[str, ...], set[str]]()
    for line in briefing.recalled:
        words = WORD.findall(line.casefold())
        for at in range(len(words) - length):
            found.setdefault(tuple(words[at : at + length]), set()).add(words[at + length])
    return found
