"""A tokenizer of bytes: any text, no download, and ids that a test can write down."""

from __future__ import annotations

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast
from transformers.convert_slow_tokenizer import bytes_to_unicode

PAD, START, END = "<|pad|>", "<|im_start|>", "<|im_end|>"  # ids 0, 1, 2; byte b is b + 3
PAD_ID, END_ID = 0, 2
VOCABULARY_TOKENS = 259
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def byte_tokenizer() -> PreTrainedTokenizerFast:
    """259 tokens: pad, start, end (which is eos; there is no bos), then the 256 bytes in order. ChatML template."""
    vocabulary = {text: number for number, text in enumerate([PAD, START, END])}
    vocabulary |= {character: byte + 3 for byte, character in bytes_to_unicode().items()}
    backend = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    backend.add_special_tokens([AddedToken(text, special=True, normalized=False) for text in (PAD, START, END)])
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    backend.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        pad_token=PAD,
        eos_token=END,
        extra_special_tokens=[START],
        chat_template=TEMPLATE,
        model_input_names=["input_ids", "attention_mask"],  # the models take no token types
    )
