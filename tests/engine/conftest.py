"""Models that know one dialogue by heart, once per session."""

import pytest

from doppel.generation.sampling import Sampling
from tests.drawing import sampling
from tests.engine.engine_fakes import Known, learnt


@pytest.fixture(scope="session")
def causal() -> Known:
    return learnt("causal")


@pytest.fixture(scope="session")
def seq2seq() -> Known:
    return learnt("seq2seq")


@pytest.fixture(scope="session")
def plain_text() -> Known:
    """Markers that are ordinary text, many tokens each, as of a markup without special tokens."""
    return learnt("causal", start="## ", end="\n\n", ends=("\n\n", "\n## "))


@pytest.fixture(params=["causal", "seq2seq", "plain_text"])
def known(request) -> Known:
    return request.getfixturevalue(request.param)


@pytest.fixture
def greedy() -> Sampling:
    return sampling(
        do_sample=False,
        temperature=0.8,
        top_p=0.9,
        top_k=0,
        repetition_penalty=1.0,
        min_new_tokens=0,
        max_new_tokens=60,
    )


@pytest.fixture
def drawn() -> Sampling:
    return sampling(
        do_sample=True,
        temperature=8.0,
        top_p=0.95,
        top_k=40,
        repetition_penalty=1.1,
        min_new_tokens=1,
        max_new_tokens=30,
    )
