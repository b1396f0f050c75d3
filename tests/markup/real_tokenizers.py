"""Tokenizers of the models that the known systems use, real where the shared data have them."""

import shutil
from pathlib import Path

from transformers import AutoTokenizer, LlamaTokenizerFast

from doppel.model.byte_tokenizer import byte_tokenizer

# dolly adds three special tokens to GPT-NeoX's bytes (databricks/dolly, training/consts.py).
DOLLY_TOKENS = ["### End", "### Instruction:", "### Response:\n"]
# YandexGPT-5-Lite's template as llama.cpp reads it (src/llama-chat.cpp, LLM_CHAT_TEMPLATE_YANDEX), in Jinja.
YANDEX_TEMPLATE = (
    "{% for m in messages %}{% if m['role'] == 'user' %} Пользователь: {{ m['content'] }}\n\n"
    "{% else %} Ассистент: {{ m['content'] }}\n\n{% endif %}{% endfor %}"
    "{% if add_generation_prompt %} Ассистент:[SEP]{% endif %}"
)
FRED_FOLDER = Path("tok_fred_t5_siberian") / "models" / "SiberianPersona"


def fred_tokenizer(shared_data):
    return AutoTokenizer.from_pretrained(shared_data / FRED_FOLDER)


def mistral_tokenizer(shared_data, folder):
    shutil.copy(shared_data / "tok_mistral" / "tokenizer.model.v1", folder / "tokenizer.model")
    return LlamaTokenizerFast.from_pretrained(folder, add_bos_token=True)


def dolly_tokenizer():
    tokenizer = byte_tokenizer()
    tokenizer.add_special_tokens({"extra_special_tokens": DOLLY_TOKENS})
    tokenizer.eos_token, tokenizer.pad_token = "<|pad|>", "<|pad|>"  # as GPT-NeoX's, which is all three
    tokenizer.chat_template = None
    return tokenizer


def yandex_tokenizer():
    tokenizer = byte_tokenizer()
    tokenizer.add_special_tokens({"extra_special_tokens": ["[SEP]"]})
    tokenizer.chat_template = YANDEX_TEMPLATE
    return tokenizer
