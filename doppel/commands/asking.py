"""A model with its markup and tokenizer as the system that metrics ask, perhaps with examples in its prompt."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from doppel.evaluation.nouns import Burst, Moment, Score
from doppel.evaluation.scoring import Scorer
from doppel.generation.sampling import Sampling
from doppel.markup.encoder import Encoder
from doppel.types import Tokens, Turn

Told = Callable[[str, int], Callable[[int], None]]  # (what is done, how many) -> what hears how many more are done


class Asking:
    """Answers each question once, and tells how far it is."""

    has_likelihood = True

    def __init__(
        self,
        encoder: Encoder,
        scorer: Scorer,
        engine: Any,
        sampling: Sampling,
        *,
        seed: int,
        told: Told,
        longest_tokens: int | None,
        is_prompted: bool = False,
        context: Callable[[Moment], tuple[Turn, ...]] = lambda moment: moment.turns,
    ) -> None:
        """`longest_tokens`: that the model reads at all; None: any number."""
        self._encoder, self._scorer, self._engine = encoder, scorer, engine
        self._sampling, self._seed, self._told, self._context = sampling, seed, told, context
        self._longest_tokens, self.is_prompted = longest_tokens, is_prompted
        self._scores: dict[Moment, Score | None] = {}
        self._replies: dict[Moment, Burst] = {}

    def scores(self, moments: Sequence[Moment]) -> list[Score | None]:
        """The score of each reply; None where it has no room."""
        hear = self._told("scoring", len({moment for moment in moments if moment not in self._scores}))
        for group in _by_context(list(dict.fromkeys(moments))):
            if all(moment in self._scores for moment in group):
                continue
            fresh = [(moment, tokens) for moment, tokens in self._encoded(group) if moment not in self._scores]
            fitting = [(moment, tokens) for moment, tokens in fresh if tokens is not None]
            hear(len(fresh) - len(fitting))
            self._scores.update(dict.fromkeys(moment for moment, _ in fresh))
            if fitting:
                found = self._scorer([tokens for _, tokens in fitting], hear)
                self._scores.update(zip((moment for moment, _ in fitting), found, strict=True))
        return [self._scores[moment] for moment in moments]

    def _encoded(self, group: Sequence[Moment]) -> Iterator[tuple[Moment, Tokens | None]]:
        """Each moment as tokens; those of one context after the prompt of the first, which the model reads once."""
        if len({moment.turns for moment in group}) > 1:
            yield from ((moment, self._encoder.reply(self._context(moment), moment.reply)) for moment in group)
            return
        found = self._encoder.replies(self._context(group[0]), [moment.reply for moment in group])
        longest = self._longest_tokens
        for moment, tokens in zip(group, found, strict=True):
            has_room = tokens is not None and (longest is None or len(tokens.ids) <= longest)
            yield moment, tokens if has_room else None

    def replies(self, moments: Sequence[Moment]) -> list[Burst]:
        """One reply to each, drawn with a seed of its own; those of like length are answered together."""
        fresh = [moment for moment in dict.fromkeys(moments) if moment not in self._replies]
        fresh.sort(key=lambda moment: sum(len(text) for turn in moment.turns for text in turn.messages))
        hear, size = self._told("answering", len(fresh)), self._engine.batch_size
        for first in range(0, len(fresh), size):
            batch = fresh[first : first + size]
            asked = [(self._context(moment), moment.reply) for moment in batch]
            spoken = self._engine.replies(asked, self._sampling, seed=self._seed + first)
            self._replies.update((moment, reply.messages) for moment, reply in zip(batch, spoken, strict=True))
            hear(len(batch))
        return [self._replies[moment] for moment in moments]


def _by_context(moments: Sequence[Moment]) -> list[list[Moment]]:
    """Moments with the same context together; all that are alone with theirs together, too."""
    groups: dict[tuple[Turn, ...], list[Moment]] = {}
    for moment in moments:
        groups.setdefault(moment.turns, []).append(moment)
    alone = [group[0] for group in groups.values() if len(group) == 1]
    return [group for group in [alone, *(group for group in groups.values() if len(group) > 1)] if group]
