"""Replies by transformers' own `generate`, for decoder-only and encoder-decoder models, with an adapter or without."""

from __future__ import annotations

from contextlib import contextmanager
from threading import RLock
from typing import TYPE_CHECKING, Any

import torch
from transformers import GenerationConfig, StoppingCriteriaList

from doppel.engine.ending import Watch
from doppel.engine.voice import Voice
from doppel.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from doppel.engine.voice import TurnEncoder
    from doppel.generation.sampling import Sampling
    from doppel.types import Briefing, PositiveInt


class TransformersEngine(Voice):
    """Speaks as anyone the model knows.

    The model's mode, its own generation defaults and the global random state are afterwards as they were before.
    """

    def __init__(self, model: Any, tokenizer: Any, encoder: TurnEncoder, *, batch_size: PositiveInt) -> None:
        super().__init__(tokenizer, encoder, batch_size)
        self.model = model
        pad_id = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id
        self.pad_id = pad_id or 0  # padding is hidden by the attention mask: any id will do
        self.adapter_name: str | None = None  # of a model that other engines speak with, too
        self.turn = RLock()
        self.is_base = False

    def share(self, adapter_name: str, turn: RLock) -> None:
        """Speaks with this adapter from now on, and while it has the turn alone."""
        self.adapter_name, self.turn = adapter_name, turn

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
        """Generated tokens per prompt. Raises: ModelError."""
        is_causal = self.encoder.architecture == "causal"
        width = max(len(prompt) for prompt in prompts)
        start = width if is_causal else 1  # an encoder-decoder model's reply follows its decoder's start token
        input_ids, attention = padded(prompts, width, self.pad_id, is_left=is_causal)
        room = self._room(width, sampling.max_new_tokens) if is_causal else sampling.max_new_tokens
        inner = self.model.get_base_model() if hasattr(self.model, "get_base_model") else self.model
        config = self._config(inner, room)
        device = inner.get_input_embeddings().weight.device
        with self.turn, listening(self.model, inner, config):
            if self.adapter_name and not self.is_base:
                self.model.set_adapter(self.adapter_name, inference_mode=True)
            output = self.model.generate(
                input_ids=input_ids.to(device),
                attention_mask=attention.to(device),
                generation_config=config,
                logits_processor=self.choosers(sampling, seeds, start, briefings),
                stopping_criteria=StoppingCriteriaList([Watch(self.ending, start, listener, is_stopped)]),
            )
        return output[:, start:].tolist()

    @property
    def has_base(self) -> bool:
        """Whether the model as it was before training is at hand: beside an adapter that leaves all of it as it was."""
        configs = getattr(self.model, "peft_config", {}).values()
        return bool(configs) and all(getattr(config, "bias", "none") == "none" for config in configs)

    @contextmanager
    def as_base(self) -> Iterator[None]:
        """Speaks as the base for as long as this is open."""
        with self.turn, self.model.disable_adapter():
            self.is_base = True
            try:
                yield
            finally:
                self.is_base = False

    def _config(self, inner: Any, max_new_tokens: int) -> GenerationConfig:
        starts = (inner.generation_config.decoder_start_token_id, getattr(inner.config, "decoder_start_token_id", None))
        return GenerationConfig(
            max_new_tokens=max_new_tokens,
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
