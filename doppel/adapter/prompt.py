"""Learnt vectors in front of the text (prompt tuning: Lester et al., 2021); no weight of the base has a part in it."""

from __future__ import annotations

import copy
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import torch
from peft import PromptTuningConfig, PromptTuningInit
from peft.utils import SAFETENSORS_WEIGHTS_NAME
from safetensors.torch import save_file

from doppel.adapter.peft_adapter import TASKS, PeftAdapter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import Tensor, nn

    from doppel.types import Architecture, PositiveInt

STARTS = {"vocabulary": PromptTuningInit.SAMPLE_VOCAB, "random": PromptTuningInit.RANDOM}


class Prompt(PeftAdapter):
    """Trains `num_virtual_tokens` vectors of the embeddings' size, in fp32, in front of what the model reads.

    That is the whole text of a decoder-only model and the source of an encoder-decoder, whose decoder has none. They
    count as context: batches.max_tokens and they together must fit the model.
    """

    def __init__(self, *, num_virtual_tokens: PositiveInt, starts_from: Literal["vocabulary", "random"]) -> None:
        self.num_virtual_tokens = num_virtual_tokens
        self.start: PromptTuningInit = STARTS[starts_from]

    def config(self, model: Any, architecture: Architecture, new_ids: Sequence[int]) -> PromptTuningConfig:  # noqa: ARG002
        """PEFT's own description."""
        assert not new_ids  # refused by a rule
        return PromptTuningConfig(
            num_virtual_tokens=self.num_virtual_tokens,
            prompt_tuning_init=self.start,
            # PEFT makes vectors for the decoder as well unless told, and never uses them.
            num_transformer_submodules=1,
            task_type=TASKS[architecture],
        )

    def apply(self, model: Any, architecture: Architecture, new_ids: Sequence[int] = ()) -> nn.Module:
        """The model with fresh vectors in front, which change its logits from the start; they stand at no position."""
        return settled(super().apply(model, architecture, new_ids))

    def save(self, model: Any, folder: str | Path, state_dict: Mapping[str, Tensor] | None = None) -> None:
        """Writes adapter_model.safetensors and adapter_config.json, which stock PEFT loads.

        PEFT's own way asks the model for the vectors, which one process alone cannot give where they are sharded.
        """
        vectors = (state_dict or model.state_dict())["prompt_encoder.default.embedding.weight"]
        config = copy.copy(model.peft_config["default"])
        config.inference_mode = True
        Path(folder).mkdir(parents=True, exist_ok=True)
        save_file({"prompt_embeddings": vectors.detach().cpu().contiguous()}, Path(folder, SAFETENSORS_WEIGHTS_NAME))
        config.save_pretrained(str(folder))

    def load(self, base: Any, folder: str | Path) -> nn.Module:
        """The base with the saved vectors in front, in evaluation mode. Raises: ModelError."""
        return settled(super().load(base, folder))


def settled(model: Any) -> Any:
    """The model, whose outputs begin where the text begins, and which generates with any padding and listener."""
    base = model.get_base_model()
    if not base.config.is_encoder_decoder:
        strip = partial(without_first, model.active_peft_config.num_virtual_tokens)
        base.base_model.register_forward_hook(strip, with_kwargs=True)
    model.generate = partial(generate, model)
    return model


def without_first(number: int, _module: Any, _inputs: Any, named: dict[str, Any], output: Any) -> Any:
    """The output of the last layer without its first positions: logits and labels lie as without virtual tokens.

    PEFT hands `inputs_embeds` to a decoder-only model exactly when it has put the vectors in front: not while a cache
    holds them.
    """
    if named.get("inputs_embeds") is not None:
        output.last_hidden_state = output.last_hidden_state[:, number:]
    return output


def generate(model: Any, *, input_ids: Tensor, attention_mask: Tensor, **named: Any) -> Tensor:
    """What the base generates behind the vectors and the text; of a decoder-only model the text itself comes first.

    PEFT's own way copies whatever it is given, which a listener cannot be, and puts the vectors in front of the padding
    of a shorter text, where they are farther from it than they were in training.
    """
    texts, prompts = model.word_embeddings(input_ids), model.get_prompt(batch_size=len(input_ids))
    prompts = prompts.to(texts.dtype)
    ones = attention_mask.new_ones(prompts.shape[1])
    padding = (attention_mask.cumsum(dim=1) == 0).sum(dim=1).tolist()  # in front of each text
    rows = zip(padding, texts, attention_mask, prompts, strict=True)
    pairs = [
        (torch.cat([text[:at], prompt, text[at:]]), torch.cat([mask[:at], ones, mask[at:]]))
        for at, text, mask, prompt in rows
    ]
    embeddings, masks = (torch.stack(parts) for parts in zip(*pairs, strict=True))
    if not model.config.is_encoder_decoder:
        named["input_ids"] = input_ids
    return model.get_base_model().generate(inputs_embeds=embeddings, attention_mask=masks, **named)
