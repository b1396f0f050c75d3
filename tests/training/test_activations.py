"""Less memory, the same gradients. Bytes are counted where torch itself asks what becomes of a saved tensor."""

import pytest
import torch
from peft import LoraConfig, get_peft_model
from torch import nn
from torch.autograd.graph import saved_tensors_hooks
from transformers import BitsAndBytesConfig, LlamaForCausalLM

from doppel.errors import ModelError
from doppel.training import activations
from doppel.training.activations import Offloaded, checkpoint_layers
from tests.tiny_run import VOCABULARY, causal_model, seq2seq_model

pytestmark = pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing. is deprecated:FutureWarning")  # stock PEFT

MODELS = {"causal": causal_model, "seq2seq": seq2seq_model}
TASKS = {"causal": "CAUSAL_LM", "seq2seq": "SEQ_2_SEQ_LM"}


def make(architecture, adapter, dropout=0.0):
    model = MODELS[architecture](dropout)
    if adapter == "full":
        return model.train()
    torch.manual_seed(1)
    config = LoraConfig(
        r=2, target_modules="all-linear", lora_dropout=dropout, init_lora_weights=False, task_type=TASKS[architecture]
    )
    return get_peft_model(model, config).train()


def step(model):
    """The loss, and the gradients of the trained weights by name."""
    torch.manual_seed(2)  # of dropout
    ids = torch.randint(3, VOCABULARY, (3, 24), generator=torch.Generator().manual_seed(3))
    loss = model(input_ids=ids, labels=ids, use_cache=False).loss
    return loss, {name: weights for name, weights in model.named_parameters() if weights.requires_grad}


def counted(model):
    """The loss, the gradients, and the bytes kept for the backward but for the weights themselves."""
    kept_bytes = 0

    def pack(tensor):
        nonlocal kept_bytes
        kept_bytes += 0 if isinstance(tensor, nn.Parameter) else tensor.nbytes
        return tensor

    with saved_tensors_hooks(pack, lambda tensor: tensor):
        loss, weights = step(model)
    loss.backward()
    return loss, {name: weight.grad.clone() for name, weight in weights.items()}, kept_bytes


@pytest.mark.parametrize("dropout", [0.0, 0.3])
@pytest.mark.parametrize("adapter", ["lora", "full"])
@pytest.mark.parametrize("architecture", ["causal", "seq2seq"])
def test_checkpointing_keeps_less_for_the_same_gradients(architecture, adapter, dropout):
    loss, gradients, all_bytes = counted(make(architecture, adapter, dropout))
    model = make(architecture, adapter, dropout)
    checkpoint_layers(model)
    again, same, fewer_bytes = counted(model)
    assert torch.equal(again, loss)
    assert same.keys() == gradients.keys()
    assert all(torch.equal(same[name], gradients[name]) for name in gradients)
    assert fewer_bytes < all_bytes / 2


@pytest.mark.parametrize("architecture", ["causal", "seq2seq"])
def test_generation_keeps_its_cache(architecture):
    model, checkpointed = make(architecture, "lora"), make(architecture, "lora")
    checkpoint_layers(checkpointed)
    asked = {"input_ids": torch.tensor([[5, 6, 7]]), "attention_mask": torch.ones(1, 3, dtype=torch.long)}
    asked |= {"max_new_tokens": 6, "do_sample": False, "use_cache": True, "pad_token_id": 0}
    assert torch.equal(checkpointed.eval().generate(**asked), model.eval().generate(**asked))
    assert checkpointed.eval()(input_ids=asked["input_ids"], labels=asked["input_ids"]).loss.isfinite()


def test_llm_int8_is_checkpointed_in_the_way_that_lets_go_of_its_inputs(tmp_path):
    causal_model().save_pretrained(tmp_path)
    base = LlamaForCausalLM.from_pretrained(tmp_path, quantization_config=BitsAndBytesConfig(load_in_8bit=True))
    model = get_peft_model(base, LoraConfig(r=2, target_modules="all-linear", task_type="CAUSAL_LM")).train()
    _, gradients, _ = counted(model)
    checkpoint_layers(model)
    assert base.model.layers[0]._gradient_checkpointing_func.keywords == {"use_reentrant": True}
    model.zero_grad()
    _, same, _ = counted(model)
    assert all(torch.equal(same[name], gradients[name]) for name in gradients)


def test_weights_that_deepspeed_has_taken_apart_are_checkpointed_in_its_way():
    model = causal_model()
    model.lm_head.weight.ds_id = 0
    checkpoint_layers(model)
    assert model.model.layers[0]._gradient_checkpointing_func.keywords == {"use_reentrant": True}


def test_an_architecture_without_it_is_told(monkeypatch):
    monkeypatch.setattr(LlamaForCausalLM, "supports_gradient_checkpointing", False)
    with pytest.raises(ModelError, match=r"LlamaForCausalLM .*Type training.gradient_checkpointing=false"):
        checkpoint_layers(causal_model())


@pytest.mark.parametrize("is_checkpointed", [False, True])
@pytest.mark.parametrize("adapter", ["lora", "full"])
@pytest.mark.parametrize("architecture", ["causal", "seq2seq"])
def test_offloading_moves_activations_and_no_weights(monkeypatch, architecture, adapter, is_checkpointed):
    _, gradients, _ = counted(make(architecture, adapter, 0.3))
    model = make(architecture, adapter, 0.3)
    if is_checkpointed:
        checkpoint_layers(model)
    moved, weights = [], {weight.data_ptr() for weight in model.parameters()}

    def stays(tensor):  # what is told of a device holds for this CPU, too
        is_moved = not _is_weight(tensor)
        if is_moved:
            moved.append(tensor)
        return not is_moved

    _is_weight = activations._is_weight
    monkeypatch.setattr(activations, "_stays", stays)
    with Offloaded():
        loss, trained = step(model)
    loss.backward()
    assert all(torch.equal(weight.grad, gradients[name]) for name, weight in trained.items())
    assert len(moved) > (2 if is_checkpointed else 20)
    assert not weights & {tensor.data_ptr() for tensor in moved}


def test_on_a_cpu_nothing_moves_and_small_things_never_do():
    assert activations._stays(torch.zeros(1000))
    assert activations._stays(torch.zeros(8, device="meta"))
    assert not activations._stays(torch.zeros(1000, device="meta"))
    weight = nn.Parameter(torch.zeros(100, 100, device="meta"))
    assert activations._stays(weight)
    assert activations._stays(weight.t())
