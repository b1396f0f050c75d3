"""What every engine is: prompts from turns, replies from tokens, whoever makes the tokens."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Protocol

from transformers import LogitsProcessorList

from doppel.engine.choosing import choosers
from doppel.engine.copying import NoCopies, Vocabulary, following
from doppel.engine.ending import Ending
from doppel.errors import ModelError
from doppel.types import Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from contextlib import AbstractContextManager

    from doppel.generation.sampling import Sampling
    from doppel.types import Architecture, Briefing, PositiveInt, Turn


class TurnEncoder(Protocol):
    """What the engine needs of the markup and the tokenizer: the same object that encoded the training samples."""

    @property
    def architecture(self) -> Architecture:
        """Which kind of model the prompts are for."""
        ...

    @property
    def max_tokens(self) -> int:
        """Tokens of the longest training sample."""
        ...

    def prompt(self, turns: tuple[Turn, ...], speaker: Turn, *, reserved_tokens: int) -> tuple[int, ...]:
        """Token ids after which the speaker's words follow; at most max_tokens - reserved_tokens of them."""
        ...

    def parse(self, text: str) -> tuple[str, ...]:
        """The messages of a generated body."""
        ...

    def end_strings(self) -> tuple[str, ...]:
        """Texts at which a turn ends."""
        ...


class Voice(ABC):
    """Speaks as anyone the model knows, with the markup and the tokenizer that it was trained with."""

    reads_run = False  # whether it is built with the run's directory, and not with a model in memory

    def __init__(self, tokenizer: Any, encoder: TurnEncoder, batch_size: PositiveInt) -> None:
        self.encoder = encoder
        self.batch_size = batch_size
        self.ending = Ending(tokenizer, encoder.end_strings())
        self.vocabulary = Vocabulary(tokenizer)

    @property
    def has_base(self) -> bool:
        """Whether it can speak as the model before training."""
        return False

    def as_base(self) -> AbstractContextManager[None]:
        """Speaks as the base for as long as this is open. Raises: ModelError where it has none."""
        raise ModelError("this engine holds no base model: type engine=transformers")

    def choosers(
        self, sampling: Sampling, seeds: Sequence[int], start: int, briefings: Sequence[Briefing | None]
    ) -> LogitsProcessorList:
        """What draws the next token of each row, which had `start` tokens before the reply."""
        own = choosers(sampling, seeds, start, self.ending)
        if not any(following(briefing) for briefing in briefings):
            return own
        guard = NoCopies(briefings, lambda ids: self.ending.read(ids).text, self.vocabulary, start)
        return LogitsProcessorList([guard, *own])

    @abstractmethod
    def generate(
        self,
        prompts: Sequence[tuple[int, ...]],
        sampling: Sampling,
        seeds: Sequence[int],
        *,
        listener: Callable[[list[list[int]]], None],
        is_stopped: Callable[[int], bool],
        briefings: Sequence[Briefing | None] = (),
    ) -> list[list[int]]:
        """Generated tokens per prompt, possibly with an end marker and padding after it.

        After every token the listener hears what each row has so far; a row of which `is_stopped` says so ends. What
        the briefings, one a row, recall is not repeated at length.
        Raises: ModelError.
        """

    def reply(self, turns: tuple[Turn, ...], speaker: Turn, sampling: Sampling, *, seed: int) -> Reply:
        """What the speaker says next; no messages where the model says nothing. Raises: ModelError."""
        return self.replies([(turns, speaker)], sampling, seed=seed)[0]

    def replies(
        self, contexts: Sequence[tuple[tuple[Turn, ...], Turn]], sampling: Sampling, *, seed: int
    ) -> list[Reply]:
        """One reply per (turns, speaker), in order; the i-th is drawn like a single reply with seed + i."""
        prompts = [self.prompt(turns, speaker, sampling) for turns, speaker in contexts]
        replies: list[Reply] = []
        for first in range(0, len(prompts), self.batch_size):
            batch = prompts[first : first + self.batch_size]
            seeds = range(seed + first, seed + first + len(batch))
            for ids in self.generate(
                batch,
                sampling,
                seeds,
                listener=lambda _rows: None,
                is_stopped=lambda _row: False,
                briefings=[speaker.briefing for _, speaker in contexts[first : first + len(batch)]],
            ):
                spoken = self.ending.read(ids)
                replies.append(Reply(self.encoder.parse(spoken.text), spoken.is_ended))
        return replies

    def stream(
        self, turns: tuple[Turn, ...], speaker: Turn, sampling: Sampling, *, seed: int
    ) -> Generator[str, None, None]:
        """Pieces of the text as they come: joined and parsed, they are the messages of `reply` with the same seed.

        Closing the generator, or any exception in the reader, stops the model at its next token.

        Raises: ModelError, and whatever generation raises.
        """
        prompt = self.prompt(turns, speaker, sampling)
        heard: SimpleQueue[list[int] | BaseException | None] = SimpleQueue()
        stop = threading.Event()

        def work() -> None:
            try:
                said = self.generate(
                    [prompt],
                    sampling,
                    [seed],
                    listener=lambda rows: heard.put(rows[0]),
                    is_stopped=lambda _row: stop.is_set(),
                    briefings=[speaker.briefing],
                )
                heard.put(said[0])
                heard.put(None)
            except BaseException as fault:  # raised again in the reader's thread
                heard.put(fault)

        worker = threading.Thread(target=work, name="doppel-reply", daemon=True)
        worker.start()
        try:
            yield from self._pieces(heard)
        finally:
            stop.set()
            worker.join()

    def prompt(self, turns: tuple[Turn, ...], speaker: Turn, sampling: Sampling) -> tuple[int, ...]:
        """The prompt. Where one text holds prompt and reply, they are together no longer than in training.

        At least half of that is left to the prompt, so that a generous max_new_tokens does not cost the context.
        """
        is_causal = self.encoder.architecture == "causal"
        reserved = min(sampling.max_new_tokens, self.encoder.max_tokens // 2) if is_causal else 0
        return self.encoder.prompt(turns, speaker, reserved_tokens=reserved)

    def _pieces(self, heard: SimpleQueue[list[int] | BaseException | None]) -> Iterator[str]:
        ids: list[int] = []
        told = ""
        while (item := heard.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            ids = item
            text = self.ending.sure(self.ending.read(ids))
            if len(text) > len(told):
                yield text[len(told) :]
                told = text
        if rest := self.ending.read(ids).text[len(told) :]:  # cut in the middle of what might have been a marker
            yield rest
