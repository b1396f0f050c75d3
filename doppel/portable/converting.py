"""From a folder of transformers to one GGUF."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from doppel.errors import ModelError
from doppel.portable.llama import Quantisation, ids_of, quantise
from doppel.portable.vocabulary import agreeing, vocabularies
from doppel.portable.weights import write

if TYPE_CHECKING:
    from doppel.portable.vocabulary import Vocabulary


def convert(
    llama: Any,
    folder: Path,
    tokenizer: Any,
    out: Path,
    *,
    quantisation: Quantisation,
    threads: int,
    converter: str | None,
) -> bool:
    """Writes the GGUF; whether llama.cpp cuts text into the same tokens. Raises: ModelError."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent) as scratch:
        whole, made = Path(scratch, "whole.gguf"), Path(scratch, "made.gguf")
        is_same = written_by(converter, folder, whole) if converter else written(llama, folder, tokenizer, whole)
        quantise(llama, whole, made, quantisation, threads)
        made.replace(out)
    return is_same


def written(llama: Any, folder: Path, tokenizer: Any, out: Path) -> bool:
    """Writes it here; whether llama.cpp cuts text into the same tokens. Raises: ModelError."""

    def cut(vocabulary: Vocabulary, texts: tuple[str, ...]) -> list[list[int]]:
        write(folder, out, vocabulary, has_tensors=False)
        return ids_of(llama, out, texts)

    vocabulary, is_same = agreeing(vocabularies(folder, tokenizer), cut)
    write(folder, out, vocabulary, has_tensors=True)
    return is_same


def written_by(converter: str, folder: Path, out: Path) -> bool:
    """Has llama.cpp's own script write it, which knows the tokenizers that it takes. Raises: ModelError."""
    script = Path(converter).expanduser()
    if not script.is_file():
        raise ModelError(
            f"converter={converter} is not there: it is convert_hf_to_gguf.py of llama.cpp, which its authors give "
            "at github.com/ggml-org/llama.cpp"
        )
    command = [sys.executable, str(script), str(folder), "--outfile", str(out), "--outtype", "auto"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode or not out.is_file():
        last = (done.stderr.strip().splitlines() or ["it says nothing"])[-1]
        raise ModelError(f"{script} ended with status {done.returncode}: {last}")
    return True
