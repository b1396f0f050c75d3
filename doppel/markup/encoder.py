"""Samples and prompts as token ids. What is trained before a reply is, token for token, what is asked with."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from doppel.errors import ModelError
from doppel.markup.pieces import Pieces
from doppel.markup.tally import Tally
from doppel.markup.windows import cut, newest
from doppel.types import Segment, Tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from doppel.types import Architecture, Funnel, Markup, PositiveInt, Sample, Turn


@dataclass(frozen=True, slots=True)
class Piece:
    """A turn or a part of it in tokens."""

    ids: tuple[int, ...]
    is_learnt: tuple[bool, ...]


class Encoder:
    """Turns samples into Tokens, and conversations into prompts, of at most `max_tokens` tokens.

    Every segment is encoded on its own, so a turn has the same tokens wherever it stands.
    Decoder-only: one Tokens per window of whole turns. Encoder-decoder: one Tokens per learnt turn, `source_ids` being
    its prompt and `ids` its words and the tokenizer's end token; each side has `max_tokens`. Where a markup asks for
    replies apart from how it writes history, or something is recalled before a reply, decoder-only models have one
    Tokens per learnt turn, too: what is recalled stands before the reply that is asked for alone, never in history.
    Raises: ModelError where the tokenizer has no end token for such replies.
    """

    def __init__(self, markup: Markup, tokenizer: Any, *, architecture: Architecture, max_tokens: PositiveInt) -> None:
        self.markup = markup
        self.architecture: Architecture = architecture
        self.max_tokens = max_tokens
        self.pieces = Pieces(tokenizer)
        self.end_id = tokenizer.eos_token_id
        self.is_by_reply = architecture == "seq2seq" or markup.asking is not None
        if self.is_by_reply and self.end_id is None:
            raise ModelError(
                "the tokenizer has no end token (eos_token), at which a reply would stop. "
                "Name one in the model's tokenizer_config.json, or take another model.path=..."
            )

    def encode(self, sample: Sample) -> list[Tokens]:
        """The sample as the model sees it: [] where no learnt turn fits."""
        return self._encode(sample, Tally())

    def encode_all(self, samples: Iterable[Sample], funnel: Funnel) -> list[Tokens]:
        """All samples in their order; turns left out and windows cut are told to the funnel."""
        return list(self.encode_each(samples, funnel))

    def encode_each(self, samples: Iterable[Sample], funnel: Funnel) -> Iterator[Tokens]:
        """The same one by one; the funnel is told in the end."""
        tally = Tally()
        for sample in samples:
            yield from self._encode(sample, tally)
        tally.tell(funnel, self.max_tokens, is_by_reply=self.is_by_reply)

    def prompt(self, turns: Sequence[Turn], speaker: Turn, *, reserved_tokens: int = 0) -> tuple[int, ...]:
        """The ids after which the next body of `speaker` follows: of that turn the messages are not read.

        The oldest turns are left out where all of them and `reserved_tokens` (for the reply, where one text holds both)
        are more than `max_tokens`. Raises: ModelError where even the header alone is.
        """
        shown = self.markup.prepare((*turns, speaker))
        before = [self._turn(turn).ids for turn in shown[:-1]]
        ids, _ = self._prompt(shown, before, self.max_tokens - reserved_tokens)
        if ids is None:
            raise ModelError(
                f"max_tokens={self.max_tokens} has no room for a speaker's header ({reserved_tokens} of them are "
                "reserved for the reply). Raise batches.max_tokens=..."
            )
        return ids

    def reply(self, turns: Sequence[Turn], speaker: Turn) -> Tokens | None:
        """The words of `speaker`, a learnt turn, after the prompt that asks for them; None where they have no room."""
        return self.fitted(turns, speaker)[0]

    def fitted(self, turns: Sequence[Turn], speaker: Turn) -> tuple[Tokens | None, bool]:
        """The same, and whether the prompt holds all turns."""
        shown = self.markup.prepare((*turns, speaker))
        target, is_learnt = self._asked(shown[-1])
        room = self.max_tokens - (len(target) if self.architecture == "causal" else 0)
        source, is_whole = self._prompt(shown, [self._turn(turn).ids for turn in shown[:-1]], room)
        if source is None or len(target) > self.max_tokens:
            return None, False
        if self.architecture == "seq2seq":
            return Tokens(target, is_learnt, source, ""), is_whole
        return Tokens((*source, *target), (False,) * len(source) + is_learnt, (), ""), is_whole

    def replies(self, turns: Sequence[Turn], speakers: Sequence[Turn]) -> list[Tokens | None]:
        """The words of each of these learnt turns after one and the same prompt: that of the first one.

        Others may so be longer than `max_tokens` where that is the limit of both together. None for all where the first
        has no room, and for what has none in a text of its own.
        """
        first = self.reply(turns, speakers[0])
        if first is None or self.architecture == "seq2seq":
            return [first and self.reply(turns, speaker) for speaker in speakers]
        source = first.ids[: len(first.ids) - len(self._asked(self.markup.prepare((*turns, speakers[0]))[-1])[0])]
        found = [self._asked(self.markup.prepare((*turns, speaker))[-1]) for speaker in speakers]
        return [Tokens((*source, *ids), (False,) * len(source) + is_learnt, (), "") for ids, is_learnt in found]

    def _asked(self, turn: Turn) -> tuple[tuple[int, ...], tuple[bool, ...]]:
        """What follows the prompt for a turn."""
        if self.is_by_reply:
            target = self._target(turn)
            return target, (True,) * len(target)
        body = self._piece(self.markup.body(turn))
        return body.ids, body.is_learnt

    def counter(self) -> Callable[[str], int]:
        """What tells how many tokens a text of no frame has, by a tokenizer of its own.

        Of another thread, too: fast tokenizers are changed by encoding, and say "Already borrowed" to a second user.
        """
        own: list[Pieces] = []

        def count(text: str) -> int:
            if not own:
                own.append(Pieces(copy.deepcopy(self.pieces.tokenizer)))
            return len(own[0].encode(Segment(text, is_learnt=False, is_frame=False)))

        return count

    def parse(self, text: str) -> tuple[str, ...]:
        """The messages of a generated body."""
        return self.markup.parse(text)

    def end_strings(self) -> tuple[str, ...]:
        """Texts at which a generated body ends."""
        return self.markup.end_strings()

    def _encode(self, sample: Sample, tally: Tally) -> list[Tokens]:
        turns = self.markup.prepare(sample.turns)
        tally.see(turns, self.markup.end_strings())
        if self.is_by_reply or any(turn.is_learnt and turn.briefing and turn.briefing.recalled for turn in turns):
            return self._replies(sample, turns, tally)
        return self._windows(sample, turns, tally)

    def _windows(self, sample: Sample, turns: tuple[Turn, ...], tally: Tally) -> list[Tokens]:
        pieces = [self._turn(turn) for turn in turns]
        windows = cut([len(piece.ids) for piece in pieces], self._opening_length(turns), self.max_tokens)
        fresh = {turn for window in windows for turn in range(window.fresh, window.stop)}
        tally.left_out(turn for at, turn in enumerate(turns) if at not in fresh)
        tokens: list[Tokens] = []
        for window in windows:
            if not any(turn.is_learnt for turn in turns[window.fresh : window.stop]):
                continue
            ids = [*self._opening(turns[window.start : window.stop])]
            is_learnt = [False] * len(ids)
            for at in range(window.start, window.stop):
                ids += pieces[at].ids
                is_learnt += pieces[at].is_learnt if at >= window.fresh else [False] * len(pieces[at].ids)
            front = self._front(ids)
            is_learnt = [False] * len(front) + is_learnt
            tokens.append(Tokens((*front, *ids), tuple(is_learnt), (), sample.sample_id, sample.weight))
            tally.encoded(is_whole=window.fresh == 0)
        return tokens

    def _replies(self, sample: Sample, turns: tuple[Turn, ...], tally: Tally) -> list[Tokens]:
        before: list[tuple[int, ...]] = []
        tokens: list[Tokens] = []
        for at, turn in enumerate(turns):
            if turn.is_learnt:
                target, is_learnt = self._asked(turn)
                room = self.max_tokens - (len(target) if self.architecture == "causal" else 0)
                source, is_whole = self._prompt(turns[: at + 1], before, room)
                if source is None or len(target) > self.max_tokens:
                    tally.left_out([turn])
                else:
                    tokens.append(self._reply(source, target, is_learnt, sample))
                    tally.encoded(is_whole=is_whole)
            before.append(self._turn(turn).ids)
        return tokens

    def _reply(
        self, source: tuple[int, ...], target: tuple[int, ...], is_learnt: tuple[bool, ...], sample: Sample
    ) -> Tokens:
        if self.architecture == "seq2seq":
            return Tokens(target, is_learnt, source, sample.sample_id, sample.weight)
        whole = (*source, *target)
        return Tokens(whole, (False,) * len(source) + is_learnt, (), sample.sample_id, sample.weight)

    def _prompt(
        self, shown: tuple[Turn, ...], before: Sequence[tuple[int, ...]], limit: int
    ) -> tuple[tuple[int, ...] | None, bool]:
        """The prompt for the last of `shown`, None where it has no room, and whether it holds all turns before."""
        asking = self.markup.asking
        header = self._encoded((self.markup.header if asking is None else asking.ask)(shown[-1]))
        closing = self.pieces.closing_ids if self.architecture == "seq2seq" else ()
        room = limit - len(header) - len(closing)
        opening_length = self._opening_length(shown)
        start = newest([len(ids) for ids in before], opening_length, room)
        if opening_length(start) > room:
            return None, False
        turns = [token for ids in before[start:] for token in ids]
        ids = [*self._opening(shown[start:]), *turns, *header]
        return (*self._front(ids), *ids, *closing), start == 0

    def _target(self, turn: Turn) -> tuple[int, ...]:
        """What is learnt of a reply: the tokenizer's end token stands for the frame that ends it."""
        asking = self.markup.asking
        answer = (self.markup.body if asking is None else asking.answer)(turn)
        learnt = [segment for segment in answer if segment.is_learnt]
        while learnt and learnt[-1].is_frame:
            learnt.pop()
        return (*self._encoded(learnt), self.end_id)

    def _turn(self, turn: Turn) -> Piece:
        """The turn as history, which shows nothing of its briefing."""
        plain = replace(turn, briefing=None) if turn.briefing else turn
        return self._piece((*self.markup.header(plain), *self.markup.body(plain)))

    def _piece(self, segments: Iterable[Segment]) -> Piece:
        ids: list[int] = []
        is_learnt: list[bool] = []
        for segment in segments:
            piece = self.pieces.encode(segment)
            ids += piece
            is_learnt += [segment.is_learnt] * len(piece)
        return Piece(tuple(ids), tuple(is_learnt))

    def _opening(self, turns: tuple[Turn, ...]) -> tuple[int, ...]:
        return self._encoded(self.markup.opening(turns))

    def _opening_length(self, turns: tuple[Turn, ...]) -> Callable[[int], int]:
        return lambda start: len(self.pieces.opening_ids) + len(self._opening(turns[start:]))

    def _front(self, ids: Sequence[int]) -> tuple[int, ...]:
        """The begin token where the tokenizer's own convention has one and the markup has not written it already."""
        own = self.pieces.opening_ids
        return () if tuple(ids[: len(own)]) == own else own

    def _encoded(self, segments: Iterable[Segment]) -> tuple[int, ...]:
        return tuple(token for segment in segments for token in self.pieces.encode(segment))
