import random

import pytest
import torch
from transformers import AutoModelForCausalLM, Gemma3TextConfig, GPT2Config, MistralConfig

from doppel.batches import collate
from doppel.errors import ModelError
from doppel.training.attention import PER_SAMPLE, attend_per_sample, is_flattened, isolating_inputs, use_attention
from doppel.types import Tokens
from tests.tiny_run import PAD, VOCABULARY, causal_model, seq2seq_model

SIZES = {"vocab_size": VOCABULARY, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2}
TOKENS = {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": PAD}


def of(config):
    torch.manual_seed(0)
    return AutoModelForCausalLM.from_config(config).eval()


MODELS = {
    "llama": causal_model,
    "mistral with a window": lambda: of(
        MistralConfig(**SIZES, num_attention_heads=2, num_key_value_heads=1, sliding_window=5, **TOKENS)
    ),
    "gemma3, of two kinds": lambda: of(
        Gemma3TextConfig(**SIZES, num_attention_heads=2, num_key_value_heads=1, head_dim=16, sliding_window=5, **TOKENS)
    ),
    "gpt2": lambda: of(GPT2Config(vocab_size=VOCABULARY, n_embd=32, n_layer=2, n_head=2, **TOKENS)),
}


def packed_rows():
    draw = random.Random(0)
    samples = [
        Tokens(tuple(draw.randrange(3, VOCABULARY) for _ in range(length)), (True,) * length, (), str(length))
        for length in (9, 4, 12, 7, 11)
    ]
    return collate.packed([samples[:3], samples[3:]], PAD)


@pytest.mark.parametrize("name", MODELS)
def test_sample_by_sample_is_the_mask_of_blocks(name) -> None:
    model, batch = MODELS[name](), packed_rows()
    found = []
    for change in (lambda model: None, attend_per_sample):
        change(model)
        model.zero_grad()
        inputs = isolating_inputs(model, batch["position_ids"])
        logits = model(input_ids=batch["input_ids"], use_cache=False, **inputs).logits
        logits.square().mean().backward()
        found.append((logits.detach(), torch.cat([one.grad.flatten() for one in model.parameters()])))
    assert model.config._attn_implementation == PER_SAMPLE
    assert inputs["attention_mask"].tolist() == [[[[9, 4, 12, 7, 11, 7]]]]
    torch.testing.assert_close(found[0], found[1], rtol=1e-4, atol=1e-6)


def test_padded_batches_and_generation_are_as_before() -> None:
    model = causal_model().eval()
    ids = torch.randint(3, VOCABULARY, (2, 9), generator=torch.Generator().manual_seed(0))
    mask = torch.ones_like(ids)
    mask[1, 6:] = 0
    before = model(input_ids=ids, attention_mask=mask).logits
    said = model.generate(ids[:1], attention_mask=mask[:1], max_new_tokens=5, do_sample=False, pad_token_id=PAD)
    attend_per_sample(model)
    assert torch.equal(model(input_ids=ids, attention_mask=mask).logits, before)
    after = model.generate(ids[:1], attention_mask=mask[:1], max_new_tokens=5, do_sample=False, pad_token_id=PAD)
    assert torch.equal(said, after)


def test_a_saved_model_does_not_ask_for_ours(tmp_path) -> None:
    model = causal_model()
    attend_per_sample(model)
    model.save_pretrained(tmp_path)
    assert AutoModelForCausalLM.from_pretrained(tmp_path).config._attn_implementation == "sdpa"


def test_auto_leaves_a_model_as_it_is_and_others_are_set_or_refused() -> None:
    model = causal_model()
    use_attention(model, "auto")
    assert model.config._attn_implementation == "sdpa"
    assert not is_flattened(model)
    with pytest.raises(ModelError, match=r"training.attention=flash_attention_2: .* Type training.attention=auto"):
        use_attention(model, "flash_attention_2")
    with pytest.raises(ModelError, match=r"Type training\.attention=auto"):
        use_attention(seq2seq_model(), "flash_attention_2")
    use_attention(model, "sdpa")
    assert "attention_mask" not in isolating_inputs(model, packed_rows()["position_ids"])
