"""What vLLM is asked for, against a stand-in for its LLMEngine, EngineArgs, SamplingParams and LoRARequest."""

import json
import sys
from dataclasses import replace
from types import ModuleType, SimpleNamespace

import pytest
import torch

from doppel.engine.vllm import VllmEngine
from doppel.errors import ModelError
from tests.engine.engine_fakes import QUESTIONS, make_turn

SETTINGS = {"batch_size": 4, "memory_fraction": 0.5, "dtype": "auto"}
CONTEXTS = [((make_turn("Bob", question),), make_turn("Ada")) for question in QUESTIONS]


class FakeEngine:
    """Says for each prompt what it was told to, one token a step."""

    def __init__(self, args):
        self.args = args
        self.answers = {}
        self.asked = {}
        self.aborted = []

    def add_request(self, request_id, prompt, params, lora_request=None):
        self.asked[request_id] = SimpleNamespace(
            ids=tuple(prompt["prompt_token_ids"]), params=params, lora=lora_request, said=0
        )

    def abort_request(self, request_ids):
        self.aborted += request_ids
        for name in request_ids:
            del self.asked[name]

    def step(self):
        outputs = []
        for name, one in list(self.asked.items()):
            one.said += 1
            whole = self.answers[one.ids]
            said = whole[: one.said]
            is_finished = len(said) == len(whole) or len(said) == one.params.max_tokens
            outputs.append(
                SimpleNamespace(request_id=name, finished=is_finished, outputs=[SimpleNamespace(token_ids=said)])
            )
            if is_finished:
                del self.asked[name]
        return outputs


@pytest.fixture
def vllm(monkeypatch):
    module, lora, request = (ModuleType(name) for name in ("vllm", "vllm.lora", "vllm.lora.request"))
    made = []
    module.EngineArgs = lambda **settings: settings
    module.SamplingParams = lambda **settings: SimpleNamespace(**settings)
    module.LLMEngine = SimpleNamespace(from_engine_args=lambda args: made.append(FakeEngine(args)) or made[-1])
    request.LoRARequest = lambda name, number, path: (name, number, path)
    module.lora, lora.request = lora, request
    for one in (module, lora, request):
        monkeypatch.setitem(sys.modules, one.__name__, one)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    return made


@pytest.fixture
def run(causal, tmp_path):
    causal.model.save_pretrained(tmp_path / "base")
    told = {"peft_type": "LORA", "r": 16, "base_model_name_or_path": str(tmp_path / "base")}
    (tmp_path / "adapter").mkdir()
    (tmp_path / "adapter" / "adapter_config.json").write_text(json.dumps(told))
    (tmp_path / "config.yaml").write_text("merged_adapters: []\n")
    return tmp_path


@pytest.fixture
def engine(causal, run, vllm):
    made = VllmEngine(run, causal.tokenizer, causal.encoder, **SETTINGS)
    for (turns, speaker), said in zip(CONTEXTS, QUESTIONS.values(), strict=True):
        vllm[0].answers[causal.encoder.prompt(turns, speaker)] = list(causal.encoder.body(said))
    return made


def test_replies_come_back_in_order_each_to_its_own_prompt(engine, vllm, greedy, run):
    assert [reply.messages for reply in engine.replies(CONTEXTS, greedy, seed=1)] == list(QUESTIONS.values())
    assert vllm[0].args["model"] == str(run / "base")
    assert vllm[0].args["max_lora_rank"] == 16
    assert vllm[0].args["max_model_len"] == 256  # of the model; twice the training's would be 400
    assert engine.adapter == ("run", 1, str(run / "adapter"))


def test_it_is_asked_with_the_presets_numbers(engine, vllm, drawn):
    params = engine._params(replace(drawn, banned=["ok"], top_k=0, min_new_tokens=2), 7, 250)
    assert vars(params) == {
        "temperature": 8.0,
        "top_p": 0.95,
        "top_k": -1,
        "bad_words": ["ok"],
        "min_tokens": 2,
        "max_tokens": 6,
        "seed": 7,
        "stop_token_ids": [3, 1, 0],
        "detokenize": False,
    }
    assert engine._params(replace(drawn, do_sample=False), 7, 9).temperature == 0


def test_a_reply_that_nobody_waits_for_is_ended(engine, vllm, greedy):
    pieces = engine.stream(*CONTEXTS[0], greedy, seed=1)
    next(pieces)
    pieces.close()
    assert vllm[0].asked == {}
    options = {"listener": lambda rows: None, "is_stopped": lambda row: row == 1}
    prompts = [engine.encoder.prompt(*context) for context in CONTEXTS[:2]]
    first, second = engine.generate(prompts, greedy, [1, 1], **options)
    assert engine.ending.read(first).text == "yo\nwhats up \U0001f980"
    assert len(second) == 1
    assert vllm[0].aborted[-1:] == ["2"]


def test_a_fault_of_a_listener_leaves_nothing_behind(engine, vllm, greedy):
    def fall(_rows):
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011 (it has no words)
        engine.generate([engine.encoder.prompt(*CONTEXTS[0])], greedy, [1], listener=fall, is_stopped=lambda row: False)
    assert vllm[0].asked == {}


def test_a_merged_model_needs_no_adapter(causal, run, vllm):
    (run / "base").rename(run / "merged")
    engine = VllmEngine(run, causal.tokenizer, causal.encoder, **SETTINGS)
    assert (vllm[0].args["model"], vllm[0].args["enable_lora"]) == (str(run / "merged"), False)
    assert engine.adapter is None


@pytest.mark.parametrize(
    "odd", [{"peft_type": "IA3"}, {"use_dora": True}, {"trainable_token_indices": [1]}, {"modules_to_save": ["x"]}]
)
def test_what_vllm_cannot_put_onto_a_base_is_to_be_merged(causal, run, vllm, odd):
    file = run / "adapter" / "adapter_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | odd))
    with pytest.raises(ModelError, match="type doppel merge"):
        VllmEngine(run, causal.tokenizer, causal.encoder, **SETTINGS)


def test_without_a_gpu_or_the_library_it_says_what_to_do(causal, run, vllm, monkeypatch):
    monkeypatch.setitem(sys.modules, "vllm", None)
    with pytest.raises(ModelError, match=r'pip install "doppel\[vllm\]"'):
        VllmEngine(run, causal.tokenizer, causal.encoder, **SETTINGS)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ModelError, match="needs a GPU and this machine shows none: type engine=llama_cpp"):
        VllmEngine(run, causal.tokenizer, causal.encoder, **SETTINGS)


def test_an_encoder_decoder_model_is_for_the_other_engine(seq2seq, run):
    with pytest.raises(ModelError, match="type engine=transformers"):
        VllmEngine(run, seq2seq.tokenizer, seq2seq.encoder, **SETTINGS)
