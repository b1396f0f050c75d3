"""Tiny models of both architectures, and a step of training."""

import pytest
import torch

from doppel.model.tiny_causal import TinyCausal
from doppel.model.tiny_seq2seq import TinySeq2Seq

SIZES = {"hidden_size": 32, "layers": 2, "heads": 4, "feed_forward_size": 48}


@pytest.fixture(scope="session")
def made_models(tmp_path_factory):
    """Where the bases are kept when they have been made once."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def load(made_models, monkeypatch):
    """A fresh base by its architecture and dtype; the same weights each time."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(made_models))

    def fresh(architecture, dtype="float32", **loading):
        option = TinyCausal(**SIZES, context_tokens=64, seed=0)
        if architecture == "seq2seq":
            option = TinySeq2Seq(**SIZES, dropout=0.0, seed=0)
        return option.load({"dtype": dtype} | loading)

    return fresh


def logits_of(model):
    ids = torch.tensor([[1, 5, 9, 2]])
    with torch.no_grad():
        return model(input_ids=ids, labels=ids, use_cache=False).logits


@pytest.fixture
def logits():
    return logits_of


@pytest.fixture
def train():
    """Two steps on one batch."""

    def steps(model):
        model.train()
        ids = torch.tensor([[1, 5, 9, 2]])
        optimizer = torch.optim.AdamW([weights for weights in model.parameters() if weights.requires_grad], lr=0.01)
        for _ in range(2):
            model(input_ids=ids, labels=ids, use_cache=False).loss.backward()
            optimizer.step()
            optimizer.zero_grad()
        return model.eval()

    return steps
