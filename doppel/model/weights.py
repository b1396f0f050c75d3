"""Whether the weights in a folder are those of before: told from samples of each file, as all of it takes minutes."""

from __future__ import annotations

import hashlib
from pathlib import Path

SUFFIXES = (".safetensors", ".bin", ".gguf")
HEAD_BYTES = 2**20  # a safetensors file begins with the names, shapes and places of its tensors
PIECES, PIECE_BYTES = 64, 2**14


def weights_sample_sha256(source: str) -> str | None:
    """A sha256 over the size, the head and 64 pieces of every weight file of a folder; None for what is no folder.

    It finds another model or another training of the same model, not a single number changed by hand. (A model of the
    hub is known by its commit.)
    """
    files = sorted(file for file in Path(source).glob("*") if file.suffix in SUFFIXES)
    if not files:
        return None
    digest = hashlib.sha256()
    for file in files:
        size = file.stat().st_size
        digest.update(f"{file.name} {size}\n".encode())
        with file.open("rb") as stream:
            digest.update(stream.read(HEAD_BYTES))
            for piece in range(PIECES):
                stream.seek(piece * size // PIECES)
                digest.update(stream.read(PIECE_BYTES))
    return digest.hexdigest()
