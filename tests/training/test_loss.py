import copy

import pytest
import torch
from peft import LoraConfig, get_peft_model
from torch import nn
from transformers import (
    AutoModelForCausalLM,
    BartConfig,
    BartForConditionalGeneration,
    CohereConfig,
    Gemma2Config,
    GPT2Config,
    GPTNeoXConfig,
)

from doppel.adapter.peft_adapter import without_peft_warnings
from doppel.training.loss import LearntLoss
from tests.tiny_run import VOCABULARY, causal_model, seq2seq_model

SIZES = {"vocab_size": VOCABULARY, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 1}
TOKENS = {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}


def lora_on_the_head():
    torch.manual_seed(0)
    config = LoraConfig(r=2, target_modules=["lm_head", "q_proj"], init_lora_weights=False, task_type="CAUSAL_LM")
    with without_peft_warnings():
        return get_peft_model(causal_model(), config)


def frozen_head():
    model = causal_model().requires_grad_(False)
    model.model.layers[0].requires_grad_(True)
    return model


def with_bias():
    model = causal_model()
    model.lm_head = nn.Linear(32, VOCABULARY)
    return model


def tied():
    model = causal_model()
    model.lm_head.weight = model.model.embed_tokens.weight
    return model


def scaled_seq2seq():
    model = seq2seq_model()
    model.config.scale_decoder_outputs = True
    return model


def of(config, **more):
    torch.manual_seed(0)
    return AutoModelForCausalLM.from_config(config, **more)


MODELS = {
    "llama": causal_model,
    "frozen head": frozen_head,
    "tied": tied,
    "bias": with_bias,
    "lora on the head": lora_on_the_head,
    "t5": seq2seq_model,
    "t5 scaled": scaled_seq2seq,
    "gpt2": lambda: of(GPT2Config(vocab_size=VOCABULARY, n_embd=32, n_layer=1, n_head=2, **TOKENS)),
    "gpt_neox": lambda: of(GPTNeoXConfig(**SIZES, num_attention_heads=2, **TOKENS)),
}
AFTER_THE_HEAD = {
    "cohere": lambda: of(CohereConfig(**SIZES, num_attention_heads=2, **TOKENS)),
    "gemma2": lambda: of(
        Gemma2Config(**SIZES, num_attention_heads=2, num_key_value_heads=1, head_dim=16, **TOKENS),
        attn_implementation="eager",
    ),
    "bart": lambda: BartForConditionalGeneration(
        BartConfig(
            vocab_size=VOCABULARY,
            d_model=32,
            encoder_layers=1,
            decoder_layers=1,
            encoder_attention_heads=2,
            decoder_attention_heads=2,
            encoder_ffn_dim=48,
            decoder_ffn_dim=48,
            decoder_start_token_id=2,
            forced_eos_token_id=None,
            **TOKENS,
        )
    ),
}


def inputs_of(model) -> tuple[dict, torch.Tensor]:
    draw = torch.Generator().manual_seed(1)
    ids = torch.randint(3, VOCABULARY, (3, 11), generator=draw)
    targets = torch.randint(3, VOCABULARY, (3, 11), generator=draw)
    targets[torch.rand(3, 11, generator=draw) < 0.4] = -100
    inputs = {"input_ids": ids, "use_cache": False}
    if model.config.is_encoder_decoder:
        inputs["decoder_input_ids"] = torch.randint(3, VOCABULARY, (3, 11), generator=draw)
    return inputs, targets


def plainly(model, inputs, targets, weights=None) -> torch.Tensor:
    nll = nn.functional.cross_entropy(model(**inputs).logits.float().transpose(1, 2), targets, reduction="none")
    return nll.sum() if weights is None else (nll * weights).sum()


def gradients(model) -> torch.Tensor:
    return torch.cat([one.grad.float().flatten() for one in model.parameters() if one.grad is not None])


@pytest.mark.parametrize("is_weighed", [False, True])
@pytest.mark.parametrize("chunk_tokens", [4, 1000])
@pytest.mark.parametrize("name", MODELS)
def test_loss_and_gradients_are_the_plain_ones(name, chunk_tokens, is_weighed) -> None:
    model = MODELS[name]().eval()
    inputs, targets = inputs_of(model)
    weights = torch.rand(targets.shape, generator=torch.Generator().manual_seed(2)) if is_weighed else None
    expected = plainly(model, inputs, targets, weights)
    (expected / 7).backward()
    other = copy.deepcopy(model)
    other.zero_grad()
    learnt = LearntLoss(chunk_tokens)
    loss = learnt(other, inputs, targets, weights)
    (loss / 7).backward()
    assert learnt._is_plain is False
    assert loss.dtype == torch.float32
    torch.testing.assert_close(loss, expected, rtol=1e-6, atol=0)
    assert (gradients(other) - gradients(model)).norm() < 1e-6 * gradients(model).norm()
    with torch.inference_mode():
        torch.testing.assert_close(learnt(model, inputs, targets, weights), expected, rtol=1e-6, atol=0)


@pytest.mark.parametrize("name", [*MODELS, *AFTER_THE_HEAD])
def test_rows_are_summed_each_by_itself(name) -> None:
    model = (MODELS | AFTER_THE_HEAD)[name]().eval()
    inputs, targets = inputs_of(model)
    nll = nn.functional.cross_entropy(model(**inputs).logits.float().transpose(1, 2), targets, reduction="none")
    weights = torch.tensor([1.0, -2.0, 0.5])
    (nll.sum(1) @ weights).backward()
    other = copy.deepcopy(model)
    other.zero_grad()
    learnt = LearntLoss(4)
    rows = learnt.of_rows(other, inputs, targets)
    (rows @ weights).backward()
    assert learnt._is_plain is (name in AFTER_THE_HEAD)
    torch.testing.assert_close(rows, nll.sum(1), rtol=1e-6, atol=0)
    assert (gradients(other) - gradients(model)).norm() < 1e-6 * gradients(model).norm()


@pytest.mark.parametrize("make", [causal_model, lora_on_the_head])
def test_rows_of_which_nothing_is_learnt_are_zero_with_gradients_of_zero(make) -> None:
    model = make()
    inputs, targets = inputs_of(model)
    rows = LearntLoss(4).of_rows(model, inputs, torch.full_like(targets, -100))
    rows.sum().backward()
    assert rows.tolist() == [0, 0, 0]
    assert not any(one.grad is not None and one.grad.any() for one in model.parameters() if one.requires_grad)


@pytest.mark.parametrize("name", AFTER_THE_HEAD)
def test_what_changes_logits_after_the_head_is_asked_the_plain_way(name, caplog) -> None:
    model = AFTER_THE_HEAD[name]()
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.5
    inputs, targets = inputs_of(model)
    caplog.set_level("INFO", "doppel.training.loss")
    torch.manual_seed(3)
    expected = plainly(model.train(), inputs, targets)
    torch.manual_seed(3)
    learnt = LearntLoss(4)
    # The try that failed has drawn nothing that counts.
    torch.testing.assert_close(learnt(model, inputs, targets), expected, rtol=1e-6, atol=0)
    assert "changes logits after its head" in caplog.text
    assert learnt._is_plain
    torch.manual_seed(3)
    torch.testing.assert_close(learnt(model, inputs, targets), expected, rtol=1e-6, atol=0)


@pytest.mark.parametrize("make", [causal_model, lora_on_the_head])
def test_nothing_learnt_is_zero_with_gradients_of_zero(make) -> None:
    model = make()
    inputs, targets = inputs_of(model)
    loss = LearntLoss(4)(model, inputs, torch.full_like(targets, -100))
    loss.backward()
    assert loss.item() == 0
    trained = [one for one in model.parameters() if one.requires_grad]
    assert not any(one.grad is not None and one.grad.any() for one in trained)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_sixteen_bits_under_autocast_are_the_plain_ones(dtype) -> None:
    model = causal_model()
    inputs, targets = inputs_of(model)
    found = []
    for call in (LearntLoss(4), lambda *parts: plainly(*parts)):
        model.zero_grad()
        with torch.autocast("cpu", dtype):
            loss = call(model, inputs, targets)
        (loss / 7).backward()
        found.append((loss.detach(), gradients(model)))
    torch.testing.assert_close(found[0][0], found[1][0], rtol=1e-5, atol=0)
    torch.testing.assert_close(found[0][1], found[1][1], rtol=2e-2, atol=2e-2)


class LargestTensor(torch.utils._python_dispatch.TorchDispatchMode):
    """The most numbers of one tensor that any operation made."""

    def __init__(self) -> None:
        super().__init__()
        self.largest = 0

    def __torch_dispatch__(self, function, types, arguments=(), options=None):
        result = function(*arguments, **(options or {}))
        for one in result if isinstance(result, tuple | list) else [result]:
            if isinstance(one, torch.Tensor):
                self.largest = max(self.largest, one.numel())
        return result


def test_no_tensor_is_as_large_as_the_logits_of_a_text() -> None:
    model = frozen_head()
    draw = torch.Generator().manual_seed(1)
    ids = torch.randint(3, VOCABULARY, (2, 200), generator=draw)
    targets = torch.where(torch.arange(200) % 2 == 0, ids, -100)
    largest: list[int] = []
    for call in (LearntLoss(16), plainly):
        with LargestTensor() as seen:
            call(model, {"input_ids": ids, "use_cache": False}, targets).backward()
        largest.append(seen.largest)
    assert largest[1] >= 2 * 200 * VOCABULARY
    assert largest[0] <= 2 * 200 * 48  # the feed-forward layer's


def test_a_trained_prompt_is_not_part_of_the_text() -> None:
    model = causal_model()
    inputs, targets = inputs_of(model)
    expected = plainly(model, inputs, targets)
    alone = {"input_ids": inputs["input_ids"], "use_cache": False}
    embedded = model.model.embed_tokens(alone.pop("input_ids"))
    prompt = torch.zeros(3, 2, 32)
    longer = {**alone, "inputs_embeds": torch.cat([prompt, embedded], 1)}
    found = LearntLoss(4)(model, longer, targets)
    assert found.isfinite()
    assert found != expected  # it reads the prompt
    logits = model(**longer).logits[:, 2:]
    reference = nn.functional.cross_entropy(logits.transpose(1, 2), targets, reduction="sum")
    torch.testing.assert_close(found, reference, rtol=1e-6, atol=0)


def test_the_head_is_its_own_again_even_after_a_fault() -> None:
    model = causal_model()
    inputs, targets = inputs_of(model)
    with pytest.raises(IndexError):
        LearntLoss(4)(model, inputs, targets[:, :5].repeat(2, 1))
    assert "forward" not in vars(model.lm_head)
