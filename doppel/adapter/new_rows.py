"""Which rows of a model a LoRA trains for tokens that the base has not been trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import nn


def token_rows(model: Any, new_ids: Sequence[int]) -> list[int] | dict[str, list[int]] | None:
    """PEFT's `trainable_token_indices` for the new tokens: the rows of every table that knows tokens.

    With a head that is the embeddings, PEFT ties its rows itself. With one of its own the rows are trained apart, each
    table being named; where an encoder and a decoder share their embeddings, `share_rows` makes them one again.
    """
    ids = list(new_ids)
    if not ids:
        return None
    if is_tied(model):
        return ids
    head = model.get_output_embeddings()
    tables = [*embedding_names(model), *([name_of(model, head)] if head is not None else [])]
    return {name: list(ids) for name in tables}


def share_rows(peft_model: Any, base: Any) -> None:
    """Makes the trained rows of embeddings that share their weights one: two copies would drift apart."""
    if is_tied(base):
        return
    first: dict[int, Any] = {}
    for name in embedding_names(base):
        rows = peft_model.get_base_model().get_submodule(name).token_adapter
        owner = first.setdefault(rows.base_layer.weight.data_ptr(), rows)
        rows.trainable_tokens_delta = owner.trainable_tokens_delta


def is_tied(model: Any) -> bool:
    """Whether the head is the embeddings."""
    return bool(model.config.tie_word_embeddings)


def embedding_names(model: Any) -> list[str]:
    """The modules that look tokens up: one, or those of encoder and decoder, which share their weights (T5, BART)."""
    if not model.config.is_encoder_decoder:
        return [name_of(model, model.get_input_embeddings())]
    stacks = (model.get_encoder(), model.get_decoder())
    return [f"{name_of(model, stack)}.{name_of(stack, stack.get_input_embeddings())}" for stack in stacks]


def name_of(model: nn.Module, wanted: nn.Module) -> str:
    """The full name of a module."""
    return next(name for name, module in model.named_modules() if module is wanted)
