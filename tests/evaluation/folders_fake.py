"""Folders with tiny random models that judge, as stock transformers writes them."""

from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import BertConfig, BertForSequenceClassification, BertModel, PreTrainedTokenizerFast

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "i", "like", "the", "sea", "boat", "tea", "never", "sail"]


def tokenizer() -> PreTrainedTokenizerFast:
    own = Tokenizer(models.WordLevel({word: at for at, word in enumerate(WORDS)}, unk_token="[UNK]"))
    own.pre_tokenizer = pre_tokenizers.Whitespace()
    own.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return PreTrainedTokenizerFast(
        tokenizer_object=own, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
    )


def saved(folder: Path, model: Any) -> Path:
    model.save_pretrained(str(folder))
    tokenizer().save_pretrained(str(folder))
    return folder


def config(**changes: Any) -> BertConfig:
    torch.manual_seed(0)
    return BertConfig(
        vocab_size=len(WORDS), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=300, initializer_range=0.5, **changes,
    )  # fmt: skip


def embedding_folder(folder: Path) -> Path:
    return saved(folder, BertModel(config()))


def inference_folder(folder: Path, *labels: str) -> Path:
    named = dict(enumerate(labels or ("entailment", "neutral", "contradiction")))
    return saved(folder, BertForSequenceClassification(config(num_labels=len(named), id2label=named)))
