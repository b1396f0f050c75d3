"""One small adapter of every kind, and a batch to train it on."""

import torch

from doppel.adapter.freeze import Freeze
from doppel.adapter.full import Full
from doppel.adapter.ia3 import IA3
from doppel.adapter.lora import LoRA
from doppel.adapter.pissa import PiSSA
from doppel.adapter.prompt import Prompt

VIRTUAL = 3
IDS = torch.tensor([[1, 5, 9, 2, 7, 8]])
LORA = {"rank": 2, "alpha": 4.0, "dropout": 0.0, "targets": "all-linear", "bias": "none"}


def lora(**changes):
    return LoRA(**(LORA | {"scaling": "rank", "is_decomposed": False} | changes))


KINDS = {
    "full": Full,
    "lora": lora,
    "dora": lambda: lora(is_decomposed=True),
    "rslora": lambda: lora(scaling="sqrt_rank"),
    "pissa": lambda: PiSSA(**LORA, svd_iterations=4),
    "ia3": lambda: IA3(targets="auto", feed_forward="auto"),
    "prompt": lambda: Prompt(num_virtual_tokens=VIRTUAL, starts_from="vocabulary"),
    "freeze": lambda: Freeze(layers=1),
}


def applied(kind, base, architecture, new_ids=()):
    """A fresh adapter, the same each time, and the model with it."""
    torch.manual_seed(0)
    adapter = KINDS[kind]()
    return adapter, adapter.apply(base, architecture, new_ids)


def logits_of(model, ids=IDS):
    inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids), "use_cache": False}
    if model.config.is_encoder_decoder:
        inputs["decoder_input_ids"] = ids
    return model(**inputs).logits


def loss_of(model, ids=IDS):
    return torch.nn.functional.cross_entropy(logits_of(model, ids)[0, :-1].float(), ids[0, 1:])


def train(model, ids=IDS, steps=2):
    """The losses before each step and after the last."""
    trained = [weights for weights in model.parameters() if weights.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=0.01)
    losses = []
    model.train()
    for _ in range(steps):
        loss = loss_of(model, ids)
        loss.backward()
        assert all(weights.grad is not None for weights in trained), "DDP waits for what has no gradient"
        losses.append(loss.item())
        optimizer.step()
        optimizer.zero_grad()
    with torch.no_grad():
        return [*losses, loss_of(model.eval(), ids).item()]
