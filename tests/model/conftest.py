"""The tiny models, in a cache of the tests' own."""

import pytest

from doppel.model.tiny_causal import TinyCausal
from doppel.model.tiny_seq2seq import TinySeq2Seq

SIZES = {"hidden_size": 32, "layers": 2, "heads": 4, "feed_forward_size": 48}


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def tiny_causal(cache):
    return TinyCausal(**SIZES, context_tokens=256, seed=0)


@pytest.fixture
def tiny_seq2seq(cache):
    return TinySeq2Seq(**SIZES, dropout=0.0, seed=0)
