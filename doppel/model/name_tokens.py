"""Names of people as single tokens, with rows of their own in the tables of a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from transformers import AddedToken

if TYPE_CHECKING:
    from collections.abc import Sequence


def add_names(tokenizer: Any, names: Sequence[str]) -> dict[int, list[int]]:
    """The id of each name that has become a token, and the ids that it was written with before.

    A name that is one token already stays so. The tokens are no special ones: a name is the same token in the header
    of a turn and in what people write, and is never taken out of a text.
    """
    pieces = {name: list(tokenizer(name, add_special_tokens=False)["input_ids"]) for name in names}
    new = [name for name, ids in pieces.items() if len(ids) > 1]
    tokenizer.add_tokens([AddedToken(name, single_word=True, normalized=False, special=False) for name in new])
    return {int(tokenizer.convert_tokens_to_ids(name)): pieces[name] for name in new}


def make_rows(model: Any, pieces: dict[int, list[int]]) -> None:
    """Gives each new token the mean of the rows that its name was written with; all other rows stay as they are.

    The tables grow where they have no such row yet; many have some to spare.
    """
    import torch

    if not pieces:
        return
    rows = model.get_input_embeddings().weight.shape[0]
    if max(pieces) >= rows:
        is_tied = model.config.tie_word_embeddings
        model.resize_token_embeddings(max(pieces) + 1, mean_resizing=False)
        model.config.tie_word_embeddings = is_tied
    with torch.no_grad():
        for table in tables(model):
            for new, former in pieces.items():
                table[new] = table[former].float().mean(dim=0).to(table.dtype)


def tables(model: Any) -> list[Any]:
    """The tensors of a model with one row, or one number, for each token: embeddings, and a head of its own."""
    embeddings, head = model.get_input_embeddings(), model.get_output_embeddings()
    found = [embeddings.weight]
    if head is not None and head.weight is not embeddings.weight:
        found.append(head.weight)
    if head is not None and getattr(head, "bias", None) is not None:
        found.append(head.bias)
    return found
