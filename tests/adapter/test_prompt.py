import queue

import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel, MistralConfig, MistralForCausalLM, StoppingCriteria
from transformers import StoppingCriteriaList as Criteria

from doppel.adapter.prompt import Prompt
from tests.adapter.kinds import VIRTUAL, applied, logits_of

NEITHER = {"bos_token_id": None, "eos_token_id": None, "pad_token_id": None}


def small(kind):
    torch.manual_seed(1)
    if kind == "gpt2":
        model = GPT2LMHeadModel(GPT2Config(vocab_size=259, n_positions=64, n_embd=32, n_layer=2, n_head=4, **NEITHER))
    else:
        sizes = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4}
        model = MistralForCausalLM(MistralConfig(vocab_size=259, **sizes, num_key_value_heads=2, sliding_window=8))
    for weights in model.parameters():
        weights.data.mul_(3)
    return model.eval()


class Listener(StoppingCriteria):
    """As the engine's: it hands tokens on, and cannot be copied."""

    def __init__(self):
        self.heard = queue.SimpleQueue()

    def __call__(self, input_ids, scores, **kwargs):
        self.heard.put(input_ids.shape[1])
        return torch.zeros(len(input_ids), dtype=torch.bool)


def greedy(model, ids, number):
    for _ in range(number):
        ids = torch.cat([ids, logits_of(model, ids)[:, -1:].argmax(-1)], dim=1)
    return ids


@pytest.mark.parametrize("kind", ["gpt2", "mistral"])
@torch.no_grad()
def test_generation_of_unequal_texts_is_that_of_each_alone(kind):
    _, model = applied("prompt", small(kind), "causal")
    model.eval()
    long, short = torch.tensor([[5, 6, 7, 8, 9, 10]]), torch.tensor([[11, 12, 13]])
    ids = torch.cat([long, torch.nn.functional.pad(short, (3, 0))])
    listener = Listener()
    output = model.generate(
        input_ids=ids,
        attention_mask=(ids > 0).long(),
        max_new_tokens=6,
        do_sample=False,
        pad_token_id=0,
        stopping_criteria=Criteria([listener]),
    )
    assert torch.equal(output[:1], greedy(model, long, 6))
    assert torch.equal(output[1:, 3:], greedy(model, short, 6))
    assert listener.heard.get() == 7  # the text itself counts, the vectors do not


@torch.no_grad()
def test_an_encoder_decoder_generates_from_the_vectors_and_the_source(load):
    _, model = applied("prompt", load("seq2seq").model, "seq2seq")
    model.eval()
    ids = torch.tensor([[5, 6, 7, 8], [9, 10, 0, 0]])
    common = {"max_new_tokens": 3, "do_sample": False, "stopping_criteria": Criteria([Listener()])}
    both = model.generate(input_ids=ids, attention_mask=(ids > 0).long(), **common)
    alone = model.generate(input_ids=ids[1:, :2], attention_mask=torch.ones(1, 2, dtype=torch.long), **common)
    assert torch.equal(both[1:], alone)
    base = load("seq2seq").model.eval()
    assert not torch.allclose(logits_of(model), logits_of(base))


def test_an_encoder_decoder_has_no_vectors_without_use(load):
    _, model = applied("prompt", load("seq2seq").model, "seq2seq")
    (weights,) = [weights for weights in model.parameters() if weights.requires_grad]
    assert weights.shape == (VIRTUAL, 32)
    assert weights.dtype == torch.float32


def test_vectors_may_be_drawn_at_random(load):
    torch.manual_seed(0)
    model = Prompt(num_virtual_tokens=2, starts_from="random").apply(load("causal", "bfloat16").model, "causal")
    (weights,) = [weights for weights in model.parameters() if weights.requires_grad]
    assert weights.shape == (2, 32)
    assert weights.dtype == torch.float32
