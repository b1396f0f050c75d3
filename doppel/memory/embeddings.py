"""What the persona has said before, found by what the question means: vectors of a sentence model on this machine."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from doppel.errors import ModelError
from doppel.memory.kept import array, numbers
from doppel.memory.recalling import Recalling

if TYPE_CHECKING:
    from collections.abc import Sequence

    from doppel.memory.kept import Array, Kept
    from doppel.memory.recollection import Scores
    from doppel.types import PositiveInt


@dataclass(frozen=True, slots=True, kw_only=True)
class Embeddings(Recalling):
    """By the cosine of mean-pooled vectors, over all passages: numpy multiplies 100,000 of them in milliseconds."""

    model: str
    question_prefix: str
    passage_prefix: str
    batch_size: PositiveInt

    def made_of(self) -> dict[str, object]:
        """The model's files and what stands before passages. Raises: ModelError where there is no model."""
        folder = Path(self.model).expanduser()
        if not (folder / "config.json").is_file():
            raise ModelError(
                f"memory.model={self.model} is no folder with a sentence-embedding model (no config.json in it): "
                "download one first, such as intfloat/multilingual-e5-small, or type memory=lexical"
            )
        files = sorted(file for file in folder.iterdir() if file.is_file())
        sizes = [[file.name, file.stat().st_size] for file in files]
        config = hashlib.sha256((folder / "config.json").read_bytes()).hexdigest()
        return {"files": sizes, "config": config, "passage_prefix": self.passage_prefix}

    def indexed(self, texts: list[str]) -> tuple[list[str], dict[str, Array]]:
        """The vectors of the texts. Raises: ModelError."""
        vectors = encoder_of(self.model, self.batch_size)([self.passage_prefix + text for text in texts])
        return [], {"vectors": array(vectors)}

    def index(self, kept: Kept) -> Vectors:
        """The same to be asked. Raises: ModelError."""
        vectors = numbers(kept.arrays["vectors"]) if kept.passages else np.zeros((0, 1), dtype=np.float32)
        return Vectors(vectors, encoder_of(self.model, self.batch_size), self.question_prefix)


class Vectors:
    """An index of vectors of length 1."""

    def __init__(self, vectors: Any, encode: Encoder, prefix: str) -> None:
        self.vectors, self.encode, self.prefix = vectors, encode, prefix

    def scores(self, question: str) -> Scores:
        """The cosines, (passages,), from -1 to 1."""
        return self.vectors @ self.encode([self.prefix + question])[0]


@cache
def encoder_of(folder: str, batch_size: int) -> Encoder:
    """The model of this folder, loaded once. Raises: ModelError."""
    return Encoder(Path(folder).expanduser(), batch_size)


class Encoder:
    """A transformers model that reads sentences; nothing is fetched. Raises: ModelError."""

    def __init__(self, folder: Path, batch_size: int) -> None:
        from transformers import AutoModel, AutoTokenizer

        try:
            self.tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
            self.model = AutoModel.from_pretrained(folder, local_files_only=True).eval()
        except (OSError, ValueError, KeyError) as error:
            raise ModelError(f"memory.model={folder} cannot be loaded: {str(error).splitlines()[0]}") from error
        self.longest = min(self.tokenizer.model_max_length, self.model.config.max_position_embeddings)
        self.batch_size = batch_size

    def __call__(self, texts: Sequence[str]) -> Any:
        """Their vectors of length 1, (texts, width) float32: the mean over a text's tokens."""
        import torch

        found = []
        for first in range(0, len(texts), self.batch_size):
            batch = list(texts[first : first + self.batch_size])
            inputs = self.tokenizer(batch, padding=True, truncation=True, max_length=self.longest, return_tensors="pt")
            with torch.inference_mode():
                states = self.model(**inputs).last_hidden_state.float()  # (texts, tokens, width)
            seen = inputs["attention_mask"].unsqueeze(-1)  # (texts, tokens, 1)
            mean = (states * seen).sum(dim=1) / seen.sum(dim=1)
            found.append(torch.nn.functional.normalize(mean, dim=-1).numpy())
        return np.concatenate(found)
