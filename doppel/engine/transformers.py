"""Replies by transformers' own `generate`, for decoder-only and encoder-decoder models, with an adapter or without."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager, contextmanager
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Protocol

import torch
from transformers import GenerationConfig, LogitsProcessorList, StoppingCriteriaList

from doppel.engine.choosing import choosers
from doppel.engine.copying import NoCopies, Vocabulary, following
from doppel.engine.ending import Ending, Watch
from doppel.errors import ModelError
from doppel.types import Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

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


class TransformersEngine:
    """Speaks as anyone the model knows.

    The model's mode, its own generation defaults and the global random state are afterwards as they were before.
    """

    def __init__(self, model: Any, tokenizer: Any, encoder: TurnEncoder, *, batch_size: PositiveInt) -> None:
        self.model = model
        self.encoder = encoder
        self.batch_size = batch_size
        self.ending = Ending(tokenizer, encoder.end_strings())
        self.vocabulary = Vocabulary(tokenizer)
        pad_id = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id
        self.pad_id = pad_id or 0  # padding is hidden by the attention mask: any id will do

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
        is_causal = self.encoder.architecture == "causal"
        width = max(len(prompt) for prompt in prompts)
        start = width if is_causal else 1  # an encoder-decoder model's reply follows its decoder's start token
        input_ids, attention = padded(prompts, width, self.pad_id, is_left=is_causal)
        room = self._room(width, sampling.max_new_tokens) if is_causal else sampling.max_new_tokens
        inner = self.model.get_base_model() if hasattr(self.model, "get_base_model") else self.model
        config = self._config(inner, room, min(sampling.min_new_tokens, room))
        device = inner.get_input_embeddings().weight.device
        with listening(self.model, inner, config):
            output = self.model.generate(
                input_ids=input_ids.to(device),
                attention_mask=attention.to(device),
                generation_config=config,
                logits_processor=self._choosers(sampling, seeds, start, briefings),
                stopping_criteria=StoppingCriteriaList([Watch(self.ending, start, listener, is_stopped)]),
            )
        return output[:, start:].tolist()

    def _choosers(
        self, sampling: Sampling, seeds: Sequence[int], start: int, briefings: Sequence[Briefing | None]
    ) -> LogitsProcessorList:
        if not any(following(briefing) for briefing in briefings):
            return choosers(sampling, seeds, start)
        guard = NoCopies(briefings, lambda ids: self.ending.read(ids).text, self.vocabulary, start)
        return LogitsProcessorList([guard, *choosers(sampling, seeds, start)])

    @property
    def has_base(self) -> bool:
        """Whether the model as it was before training is at hand: beside an adapter that leaves all of it as it was."""
        configs = getattr(self.model, "peft_config", {}).values()
        return bool(configs) and all(getattr(config, "bias", "none") == "none" for config in configs)

    def as_base(self) -> AbstractContextManager[None]:
        """Speaks as the base for as long as this is open; only where it `has_base`."""
        return self.model.disable_adapter()

    def _config(self, inner: Any, max_new_tokens: int, min_new_tokens: int) -> GenerationConfig:
        starts = (inner.generation_config.decoder_start_token_id, getattr(inner.config, "decoder_start_token_id", None))
        return GenerationConfig(
            max_new_tokens=max_new_tokens,
            min_new_tokens=min_new_tokens,
            eos_token_id=list(self.ending.ids) or None,
            pad_token_id=self.pad_id,
            # T5's decoder starts from the pad token
            decoder_start_token_id=next((token for token in starts if token is not None), self.pad_id),
        )

    def _room(self, width: int, wanted: int) -> int:
        """New tokens that fit after the prompt, at most those wanted. Raises: ModelError."""
        longest = getattr(self.model.config.get_text_config(), "max_position_embeddings", None)
        room = wanted if longest is None else min(wanted, longest - width - virtual_tokens(self.model))
        if room < 1:
            raise ModelError(
                f"the prompt has {width} tokens and the model reads at most {longest}: no room is left for a reply. "
                f"Say batches.max_tokens={longest} or less"
            )
        return room


def virtual_tokens(model: Any) -> int:
    """How many learnt vectors an adapter puts in front of the text."""
    return getattr(getattr(model, "active_peft_config", None), "num_virtual_tokens", None) or 0


def padded(
    prompts: Sequence[tuple[int, ...]], width: int, pad_id: int, *, is_left: bool
) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids and attention mask, both (B, width) int64. A decoder goes on at the right edge: pad it on the left."""
    ids, attention = [], []
    for prompt in prompts:
        gap = width - len(prompt)
        filler, hidden, seen = [pad_id] * gap, [0] * gap, [1] * len(prompt)
        ids.append([*filler, *prompt] if is_left else [*prompt, *filler])
        attention.append([*hidden, *seen] if is_left else [*seen, *hidden])
    return torch.tensor(ids), torch.tensor(attention)


@contextmanager
def listening(model: Any, inner: Any, config: GenerationConfig) -> Iterator[None]:
    """The model in evaluation mode, and with no generation defaults of its own, for as long as this is open.

    `generate` fills what a config leaves open from the model's own generation_config, so another's temperature or
    forced tokens would slip in.
    """
    modes = [(module, module.training) for module in model.modules()]
    own_config = inner.generation_config
    model.eval()
    inner.generation_config = config
    try:
        yield
    finally:
        inner.generation_config = own_config
        for module, was_training in modes:
            module.training = was_training
