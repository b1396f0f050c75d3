"""A tokenizer as GGUF knows it, and which of llama.cpp's ways to split text is the tokenizer's own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gguf

from doppel.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

# llama.cpp's names for how byte-level tokenizers cut text before merging: SmolLM's, Llama 3's, Qwen's, GPT-2's, ...
BYTE_LEVEL_SPLITS = ("smollm", "llama-bpe", "qwen2", "gpt-2", "tekken", "dbrx", "default")
NO_MERGE = "<none> <none>"  # llama.cpp wants merges even of a tokenizer of bytes alone; no text has these symbols
PROBES = (
    "Hello, I'm here... it's 12345 o'clock?!",
    "  two  blanks\n\nand lines\t\ttabs \r\n",
    "Привет, как дела? ёж",
    "a_b-c/d@e.f #tag 3.14 100%",
    "\U0001f980\U0001f600 ok... 你好 こんにちは",
    "don't DON'T we'll\n\n\n  end ",
)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The tokens of a folder of transformers, and how text is cut into them."""

    tokenizer: Any
    special: gguf.SpecialVocab
    model: str  # "gpt2": byte-level; "llama": SentencePiece
    way: str | bool  # gpt2: the name of the split; llama: whether a blank is put in front


def vocabularies(folder: Path, tokenizer: Any) -> Iterator[Vocabulary]:
    """The tokens in each way that they may be meant, the likeliest first. Raises: ModelError for another tokenizer."""
    model = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))["model"]
    if model["type"] != "BPE":
        raise ModelError(f"doppel writes GGUF of BPE tokenizers only, not of {model['type']}")
    is_sentencepiece = bool(model.get("byte_fallback"))
    special = gguf.SpecialVocab(folder, load_merges=not is_sentencepiece, n_vocab=len(tokenizer))
    if not is_sentencepiece and not special.merges:
        special.merges = [NO_MERGE]
    special.chat_template = None  # the prompt is the markup's; the Modelfile tells it
    for way in (True, False) if is_sentencepiece else BYTE_LEVEL_SPLITS:
        yield Vocabulary(tokenizer, special, "llama" if is_sentencepiece else "gpt2", way)


def agreeing(
    ways: Iterator[Vocabulary], ids_of: Callable[[Vocabulary, tuple[str, ...]], list[list[int]]]
) -> tuple[Vocabulary, bool]:
    """The first way in which llama.cpp gives every probe the tokenizer's own ids, or the first of all, and whether."""
    first: Vocabulary | None = None
    for vocabulary in ways:
        first = first or vocabulary
        own = [vocabulary.tokenizer.encode(text, add_special_tokens=False) for text in PROBES]
        if ids_of(vocabulary, PROBES) == own:
            return vocabulary, True
    assert first is not None
    return first, False


def add_vocabulary(writer: gguf.GGUFWriter, vocabulary: Vocabulary, rows: int) -> None:
    """Adds every token; `rows`: of the embeddings, of which there may be more than tokens."""
    tokenizer = vocabulary.tokenizer
    texts = tokenizer.convert_ids_to_tokens(list(range(len(tokenizer))))
    added = tokenizer.added_tokens_decoder
    unused = range(len(texts), rows)
    kinds = [kind_of(text, added.get(at)) for at, text in enumerate(texts)]
    writer.add_tokenizer_model(vocabulary.model)
    writer.add_token_list([*texts, *(f"[UNUSED{at}]" for at in unused)])
    writer.add_token_types([*kinds, *(gguf.TokenType.UNUSED for _ in unused)])
    if isinstance(vocabulary.way, str):
        writer.add_tokenizer_pre(vocabulary.way)
    else:
        # SentencePiece's BPE numbers its pieces in the order of their merging, and llama.cpp merges by score.
        writer.add_token_scores([-float(at) for at in range(rows)])
        writer.add_tokenizer_pre("default")
        writer.add_add_space_prefix(vocabulary.way)
    writer.add_add_bos_token(False)  # noqa: FBT003 (its signature); the prompt holds what begins it
    vocabulary.special.add_special_token.clear()
    vocabulary.special.add_to_gguf(writer, quiet=True)


def kind_of(text: str, added: Any) -> gguf.TokenType:
    """What a token is: a marker, a word that is matched whole, a byte, or plain."""
    if added is not None:
        return gguf.TokenType.CONTROL if added.special else gguf.TokenType.USER_DEFINED
    return gguf.TokenType.BYTE if text.startswith("<0x") and text.endswith(">") else gguf.TokenType.NORMAL
