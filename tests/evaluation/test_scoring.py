"""The batched scores are those of one plain forward a text, however much of it is shared or padded."""

import pytest
import torch
from peft import LoraConfig, PromptTuningConfig, get_peft_model
from transformers import Gemma2Config, Gemma2ForCausalLM

from doppel.adapter.peft_adapter import without_peft_warnings
from doppel.evaluation.scoring import Scorer
from doppel.types import Tokens
from tests.tiny_run import PAD, causal_model, seq2seq_model, some_tokens


def alone(model, tokens: Tokens) -> tuple[float, tuple[bool, ...]]:
    with torch.inference_mode():
        ids = torch.tensor([tokens.ids])
        if tokens.source_ids:
            logits = model(input_ids=torch.tensor([tokens.source_ids]), labels=ids).logits[0]
            wanted = list(range(len(tokens.ids)))
            rows = logits
        else:
            rows = model(input_ids=ids).logits[0][-len(tokens.ids) :][:-1]
            wanted = [at - 1 for at in range(1, len(tokens.ids)) if tokens.is_learnt[at]]
            ids = ids[:, 1:]
        chosen = rows[wanted].log_softmax(-1).gather(1, ids[0][wanted][:, None])
        return -float(chosen.sum()), tuple((rows[wanted].argmax(-1) == ids[0][wanted]).tolist())


def gemma() -> Gemma2ForCausalLM:
    """Its logits are capped after the head."""
    torch.manual_seed(0)
    config = Gemma2Config(
        vocab_size=64, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=1, head_dim=16, final_logit_softcapping=0.5, initializer_range=0.3,
    )  # fmt: skip
    return Gemma2ForCausalLM(config)


def lora():
    with without_peft_warnings():
        return get_peft_model(causal_model(), LoraConfig(task_type="CAUSAL_LM", init_lora_weights=False))


def prompt_tuned():
    with without_peft_warnings():
        return get_peft_model(causal_model(), PromptTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=4))


def beginning_alike(prefix: int, number: int) -> list[Tokens]:
    """Texts whose first tokens are the same; of one of them nothing else is not learnt."""
    front = tuple(3 + at % 40 for at in range(prefix))
    texts = [Tokens((*front, *one.ids), (False,) * prefix + one.is_learnt, (), "") for one in some_tokens(number)]
    whole = some_tokens(1)[0].ids
    return [*texts, Tokens((*front, *whole), (False,) * prefix + (True,) * len(whole), (), "")]


@pytest.mark.parametrize("make", [causal_model, lora, prompt_tuned, gemma, seq2seq_model])
@pytest.mark.parametrize("prefix", [0, 1, 40])
def test_scores_are_those_of_plain_forwards(make, prefix: int) -> None:
    model = make().eval()
    if make is seq2seq_model:
        texts = some_tokens(7, "seq2seq")
    else:
        texts = [one for one in beginning_alike(prefix, 7) if any(one.is_learnt[1:])]
    heard: list[int] = []
    scorer = Scorer(model, "seq2seq" if make is seq2seq_model else "causal", PAD, batch_tokens=100)
    for _ in range(2):
        for score, text in zip(scorer(texts, heard.append), texts, strict=True):
            nats, is_likeliest = alone(model, text)
            assert score.tokens == len(is_likeliest)
            assert score.is_likeliest == is_likeliest
            assert score.nats == pytest.approx(nats, rel=1e-4, abs=1e-4)
    assert sum(heard) == 2 * len(texts)
    assert len(heard) > 2
    if prefix == 40:
        assert scorer._shares is (make not in (prompt_tuned, seq2seq_model))


def test_a_model_that_misreads_its_cache_is_not_trusted() -> None:
    model = causal_model().eval()
    forward = model.forward

    def forgetful(*arguments, past_key_values=None, attention_mask=None, **options):
        """Reads what follows as if nothing stood before it."""
        mask = attention_mask if past_key_values is None else None
        return forward(*arguments, attention_mask=mask, **options)

    model.forward = forgetful
    texts = [one for one in beginning_alike(40, 7) if any(one.is_learnt[1:])]
    scores = Scorer(model, "causal", PAD, batch_tokens=100)(texts, lambda _: None)
    model.forward = forward
    assert [score.nats for score in scores] == pytest.approx([alone(model, text)[0] for text in texts], rel=1e-4)


def test_the_mode_and_the_head_are_as_they_were() -> None:
    model = causal_model(dropout=0.3).train()
    Scorer(model, "causal", PAD, batch_tokens=100)(beginning_alike(4, 3)[-1:], lambda _: None)
    assert model.training
    assert not model.get_output_embeddings()._forward_pre_hooks
