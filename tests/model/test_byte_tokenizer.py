from transformers import AutoTokenizer

from doppel.model.byte_tokenizer import END_ID, PAD_ID, VOCABULARY_TOKENS, byte_tokenizer


def test_a_byte_is_a_token():
    tokenizer = byte_tokenizer()
    text = "a\0\n é😀\u2028"
    assert tokenizer(text)["input_ids"] == [byte + 3 for byte in text.encode()]
    assert tokenizer.decode([byte + 3 for byte in text.encode()]) == text
    assert len(tokenizer) == VOCABULARY_TOKENS == 259


def test_its_special_tokens_survive_saving(tmp_path):
    byte_tokenizer().save_pretrained(tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    assert tokenizer("<|pad|><|im_start|><|im_end|>")["input_ids"] == [0, 1, 2]
    assert (tokenizer.pad_token_id, tokenizer.eos_token_id, tokenizer.bos_token_id) == (PAD_ID, END_ID, None)
    assert list(tokenizer("a")) == ["input_ids", "attention_mask"]
    turns = [{"role": "user", "content": "hi"}]
    assert tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True) == (
        "<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n"
    )
