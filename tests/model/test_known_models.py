"""The models of the known systems: each one's quirks, on its real tokenizer or config."""

import json

import pytest
import torch
import yaml
from transformers import (
    AutoModelForCausalLM,
    FalconConfig,
    GPT2Config,
    GPTNeoXConfig,
    LlamaConfig,
    MistralConfig,
    T5Config,
    T5ForConditionalGeneration,
)

from doppel.config.tree import project_path
from doppel.model.causal import Causal
from doppel.model.pretrained import keep_own_head
from doppel.model.seq2seq import Seq2Seq
from tests.model.real_models import tiny_dolly, tiny_fred, tiny_mistral, tiny_yandex

ANY = {"revision": None, "trust_remote_code": False, "context_tokens": None}
FP32 = {"dtype": torch.float32}
# What the hub ids are, by the configs in the shared data.
SHAPES = {
    "mistralai/Mistral-7B-v0.1": (MistralConfig, 7_241_732_096),
    "cognitivecomputations/dolphin-2.2.1-mistral-7b": (MistralConfig, 7_241_748_480),
    "yandex/YandexGPT-5-Lite-8B-pretrain": (LlamaConfig, 8_036_552_704),
    "databricks/dolly-v2-3b": (GPTNeoXConfig, 2_775_086_080),
    "ai-forever/ruGPT-3.5-13B": (GPT2Config, 12_853_463_040),
    "meta-llama/Llama-2-7b-hf": (LlamaConfig, 6_738_415_616),
    "tiiuae/falcon-7b": (FalconConfig, 6_921_720_704),
}
UNNAMED = ("causal", "seq2seq", "tiny_causal", "tiny_seq2seq")
NAMED = sorted(file for file in (project_path("conf") / "model").glob("*.yaml") if file.stem not in UNNAMED)
SAID_ABOUT_IT = {"evidence", "status", "model_type", "pad", "eos"}


def on_meta(kind, config):
    with torch.device("meta"):
        return kind(config)


def parameters(model):
    return sum(weights.numel() for weights in model.parameters())


def facts(shared_data, name):
    told = json.loads((shared_data / "configs" / "arch.json").read_text())[name]
    return {key: value for key, value in told.items() if key not in SAID_ABOUT_IT}


def option(name):
    return yaml.safe_load((project_path("conf") / "model" / f"{name}.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["SiberiaSoft/SiberianPersonaFred", "ai-forever/FRED-T5-large"])
def test_fred_has_a_head_of_its_own(shared_data, name):
    config = T5Config(**facts(shared_data, name))
    assert config.tie_word_embeddings  # whatever the file says: transformers 5
    model = on_meta(T5ForConditionalGeneration, config)
    tied = parameters(model)
    model.lm_head.weight = torch.nn.Parameter(torch.empty_like(model.shared.weight))
    keep_own_head(model)
    model.tie_weights()
    assert not model.config.tie_word_embeddings
    untied = parameters(model)
    assert (tied, untied) in ((1_662_994_944, 1_740_354_048), (768_924_672, 820_497_408))


@pytest.mark.parametrize("name", SHAPES)
def test_a_hub_id_is_of_the_size_that_its_name_says(shared_data, name):
    kind, count = SHAPES[name]
    config = kind(**facts(shared_data, name))
    assert parameters(on_meta(AutoModelForCausalLM.from_config, config)) == count


def test_a_tiny_fred_loads_as_the_real_one_would(shared_data, tmp_path):
    made = Seq2Seq(path=str(tiny_fred(shared_data, tmp_path)), **ANY)
    loaded = made.load(FP32)
    model, tokenizer = loaded.model, loaded.tokenizer
    assert model.lm_head.weight is not model.shared.weight
    assert model.encoder.embed_tokens.weight is model.shared.weight is model.decoder.embed_tokens.weight
    assert not model.config.tie_word_embeddings
    assert (model.config.decoder_start_token_id, tokenizer.pad_token_id, tokenizer.eos_token_id) == (0, 0, 2)
    assert len(tokenizer) == model.shared.weight.shape[0] == 50364
    assert tokenizer("привет")["input_ids"][-1] != tokenizer.eos_token_id  # the fast tokenizer adds none
    assert made.context() is None
    assert model(input_ids=torch.tensor([[50358, 50363]]), labels=torch.tensor([[50257, 2]])).loss.isfinite()


def test_a_tiny_mistral_has_its_begin_token_and_window(shared_data, tmp_path):
    made = Causal(path=str(tiny_mistral(shared_data, tmp_path)), **ANY)
    tokenizer = made.tokenizer()
    assert tokenizer("hi")["input_ids"][0] == tokenizer.bos_token_id == 1
    assert (tokenizer.pad_token, tokenizer.eos_token_id, made.context()) == ("<unk>", 2, 32768)
    assert made.load(FP32).model.config.sliding_window == 4096


def test_a_tiny_dolly_has_a_token_for_each_heading(tmp_path):
    made = Causal(path=str(tiny_dolly(tmp_path)), **ANY)
    tokenizer = made.tokenizer()
    assert [len(tokenizer(text)["input_ids"]) for text in ("### End", "### Instruction:", "### Response:\n")] == [1] * 3
    assert made.load(FP32).model.config.model_type == "gpt_neox"
    assert made.context() == 2048


def test_a_tiny_yandex_keeps_its_chat_template(tmp_path):
    made = Causal(path=str(tiny_yandex(tmp_path)), **ANY)
    asked = made.tokenizer().apply_chat_template(
        [{"role": "user", "content": "hi"}], tokenize=False, add_generation_prompt=True
    )
    assert asked == " Пользователь: hi\n\n Ассистент:[SEP]"
    assert made.context() == 32768


@pytest.mark.parametrize("file", NAMED, ids=lambda file: file.stem)
def test_every_named_model_tells_where_it_is_from_and_how_to_use_it(file):
    text = file.read_text(encoding="utf-8")
    for word in ("Licence:", "Adapters:", "Precision:", "Markup:", "Quirks:"):
        assert f"\n# {word}" in text


def test_the_contexts_are_those_of_the_configs(shared_data):
    told = json.loads((shared_data / "configs" / "arch.json").read_text())
    for name in ("mistral_7b", "yandexgpt_5_lite_8b", "dolly_v2_3b", "llama_2_7b", "falcon_7b"):
        assert option(name)["context_tokens"] == told[option(name)["path"]]["max_position_embeddings"]
    assert option("rugpt_3_5_13b")["context_tokens"] == told["ai-forever/ruGPT-3.5-13B"]["n_positions"]
