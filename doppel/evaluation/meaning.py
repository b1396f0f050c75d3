"""Texts as directions, of which those that mean alike are near: by a model of one's own, or by who writes what."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from doppel.evaluation.folders import model_folder
from doppel.evaluation.words import SIGNS

Vectors = np.ndarray[Any, Any]  # (texts, dimensions) of length 1, or 0 for a text without a known word
Embed = Callable[[Sequence[str]], Vectors]
DIMENSIONS = 100
AT_ONCE = 32  # texts in one forward
MAX_TOKENS = 256  # of a text


def by_company(texts: Sequence[str]) -> Embed:
    """Latent semantic analysis of these texts (Deerwester et al. 1990): words are alike that stand beside the same."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    weights: Any = TfidfVectorizer(sublinear_tf=True, max_features=20_000, token_pattern=SIGNS)
    counted: Any = weights.fit_transform(texts)
    if counted.shape[1] <= DIMENSIONS:  # nothing to put together
        return lambda some: _directions(weights.transform(some).toarray())
    space = TruncatedSVD(DIMENSIONS, random_state=0).fit(counted)
    return lambda some: _directions(space.transform(weights.transform(some)))


def by_model(folder: str) -> Embed:
    """The mean of the last hidden states of a model in a local folder, as sentence-transformers pools by default.

    Raises: ModelError where there is none.
    """
    from transformers import AutoModel

    tokenizer, model = model_folder("evaluation.relevance.embedding_model", folder, AutoModel)

    def embed(texts: Sequence[str]) -> Vectors:
        import torch

        parts = []
        with torch.inference_mode():
            for first in range(0, len(texts), AT_ONCE):
                inputs = tokenizer(
                    [text or " " for text in texts[first : first + AT_ONCE]],
                    padding=True, truncation=True, max_length=MAX_TOKENS, return_tensors="pt",
                )  # fmt: skip
                states = model(**inputs).last_hidden_state.float()
                is_text = inputs["attention_mask"][:, :, None].float()
                parts.append(((states * is_text).sum(1) / is_text.sum(1).clamp(min=1)).numpy())
        return _directions(np.concatenate(parts))

    return embed


def _directions(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 1e-9)
