"""What llama.cpp itself does for a GGUF: cutting text into tokens, to be compared, and quantising."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any, Literal

from doppel.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Quantisation = Literal["f32", "bf16", "f16", "q8_0", "q6_k", "q5_k_m", "q4_k_m", "q4_0"]
MOSTLY = "LLAMA_FTYPE_MOSTLY_"


def ids_of(llama: Any, file: Path, texts: Sequence[str]) -> list[list[int]]:
    """The ids that llama.cpp gives each text, with the tokens of this GGUF; [] for all where it cannot read it."""
    settings = given(llama.llama_model_default_params(), vocab_only=True)
    model = llama.llama_model_load_from_file(str(file).encode(), settings)
    if not model:
        return []
    try:
        vocabulary = llama.llama_model_get_vocab(model)
        return [ids_of_text(llama, vocabulary, text.encode()) for text in texts]
    finally:
        llama.llama_model_free(model)


def ids_of_text(llama: Any, vocabulary: Any, text: bytes) -> list[int]:
    """The ids of one text, without anything added."""
    most = len(text) + 2
    room = (llama.llama_token * most)()
    count = llama.llama_tokenize(vocabulary, text, len(text), room, most, False, False)  # noqa: FBT003 (C)
    return list(room[: max(count, 0)])


def quantise(llama: Any, source: Path, out: Path, quantisation: Quantisation, threads: int) -> None:
    """Writes the model in fewer bits. Raises: ModelError."""
    name = "LLAMA_FTYPE_ALL_F32" if quantisation == "f32" else MOSTLY + quantisation.upper()
    settings = given(llama.llama_model_quantize_default_params(), ftype=getattr(llama, name), nthread=threads)
    if llama.llama_model_quantize(str(source).encode(), str(out).encode(), ctypes.byref(settings)):
        raise ModelError(f"llama.cpp could not make {out}: is there room on the disk?")


def given(struct: Any, **fields: int) -> Any:
    """A struct of llama.cpp's, with these fields set."""
    for name, value in fields.items():
        setattr(struct, name, value)
    return struct
