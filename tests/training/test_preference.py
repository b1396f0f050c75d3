"""DPO and KTO: their losses by hand and by TRL, steps that are the same however they are dealt, and resuming."""

import math

import pytest
import torch
from peft import LoraConfig, get_peft_model
from torch import nn

from doppel.adapter.peft_adapter import without_peft_warnings
from doppel.batches.bucketed import Bucketed
from doppel.batches.padded import Padded
from doppel.checkpoint.files import path_of, read
from doppel.training.dpo import dpo_losses
from doppel.training.kto import kto_losses
from doppel.training.preference import told, without_dropout
from tests.tiny_run import (
    PAD,
    STEP_OF_FOUR,
    causal_model,
    is_same,
    judged_tokens,
    logged,
    losses,
    module_kind,
    seq2seq_model,
    train,
)

GAINS = torch.tensor([[0.5, -1.5], [-2.0, 1.0], [0.0, 0.0]])
RATINGS = torch.tensor([1, -1, 1])
KINDS = ["pairs", "alone"]
REWARDS = ("train/chosen_reward", "train/rejected_reward")


def sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def test_dpo_is_the_papers_formula() -> None:
    """Rafailov et al. (2023), equation 7; smoothed as in the note on cDPO of Mitchell (2023)."""
    margins = [0.1 * 2.0, 0.1 * -3.0, 0.0]
    plain = [-math.log(sigmoid(margin)) for margin in margins]
    torch.testing.assert_close(dpo_losses(GAINS, 0.1, 0.0), torch.tensor(plain))
    smoothed = [-0.8 * math.log(sigmoid(margin)) - 0.2 * math.log(sigmoid(-margin)) for margin in margins]
    torch.testing.assert_close(dpo_losses(GAINS, 0.1, 0.2), torch.tensor(smoothed))
    assert plain[2] == pytest.approx(math.log(2))


def test_kto_is_the_papers_formula() -> None:
    """Ethayarajh et al. (2024), equations 7 and 8: lambda less the value of a reply."""
    expected = [
        2.0 * (1 - sigmoid(0.1 * (0.5 - 0.3))),
        3.0 * (1 - sigmoid(0.1 * (0.3 + 2.0))),
        2.0 * (1 - sigmoid(0.1 * (0.0 - 0.3))),
    ]
    found = kto_losses(GAINS[:, 0], RATINGS, torch.tensor(0.3), 0.1, 2.0, 3.0)
    torch.testing.assert_close(found, torch.tensor(expected))


def test_both_are_as_trl_has_them() -> None:
    """What DPOTrainer and KTOTrainer of TRL 1.16.0 make of these gains of a tiny Llama, beta 0.1 (seen 2026-11-22).

    TRL's reference point, the mean gain of its strangers, was below 0, and so is taken as 0 by both.
    """
    pairs = torch.tensor([[-0.443985, 0.53693], [0.842201, -0.52533], [-0.629456, -0.243473]])
    assert dpo_losses(pairs, 0.1, 0.0).mean().item() == pytest.approx(0.694378137588501, abs=1e-6)
    alone = torch.tensor([-0.4439849853515625, -0.24347305297851562, 0.8421974182128906])
    found = kto_losses(alone, torch.tensor([1, -1, 1]), torch.tensor(0.0), 0.1, 1.0, 1.5)
    assert found.mean().item() == pytest.approx(0.5769751667976379, abs=1e-6)


def module_of(kind: str, architecture: str, model: nn.Module):
    how = {"loss_chunk_tokens": 7, "attention": "auto", "kernels": "none", "compiles": False, "seed": 0}
    off = {"gradient_checkpointing": False, "offloads_activations": False}
    module = module_kind(kind)(lambda: model, None, None, architecture, 1, **how, **off)
    module.configure_model()
    return module


def one_batch(kind: str, architecture: str, number: int = 5):
    deal = {"pad_id": PAD, "seed": 0, "accumulate": 1, "world_size": 1, "rank": 0, "is_training": False}
    tokens = judged_tokens(number, architecture, kind)
    [batch] = Padded(batch_size=number, max_tokens=64)(tokens, architecture=architecture, **deal)
    return tokens, batch


def plain_log_prob(model, tokens, architecture: str) -> torch.Tensor:
    """Of a reply, as transformers' own loss tells it."""
    labels = [one if is_learnt else -100 for one, is_learnt in zip(tokens.ids, tokens.is_learnt, strict=True)]
    ids = tokens.ids if architecture == "causal" else tokens.source_ids
    number = sum(tokens.is_learnt[1:] if architecture == "causal" else tokens.is_learnt)
    if not number:
        return torch.tensor(0.0)
    return -model(input_ids=torch.tensor([ids]), labels=torch.tensor([labels])).loss * number


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("architecture", "make"), [("causal", causal_model), ("seq2seq", seq2seq_model)])
def test_log_probs_are_of_whole_replies(kind, architecture, make) -> None:
    model = make().eval()
    tokens, batch = one_batch(kind, architecture)
    found = module_of(kind, architecture, model)._log_probs(batch)
    each = [[plain_log_prob(model, part, architecture) for part in (one, one.beside)] for one in tokens]
    expected = torch.stack([torch.stack(row) for row in each])
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    weights = torch.linspace(-1, 2, found.numel()).reshape(found.shape)
    for one, other in zip(
        torch.autograd.grad((found * weights).sum(), parameters),
        torch.autograd.grad((expected * weights).sum(), parameters),
        strict=True,
    ):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("batches", [Padded, Bucketed])
@pytest.mark.parametrize("architecture", ["causal", "seq2seq"])
def test_a_batch_of_4_is_2_accumulated_twice(architecture, batches, kind, tmp_path) -> None:
    more = {"bucket_steps": 2} if batches is Bucketed else {}
    for size, accumulate in ((4, 1), (2, 2)):
        train(
            tmp_path / str(accumulate),
            batches=batches(batch_size=size, max_tokens=64, **more),
            architecture=architecture,
            accumulate=accumulate,
            kind=kind,
            num_validation=5,
            **STEP_OF_FOUR,
        )
    # Processors round in other ways: 1.13e-6 was seen on an Intel Xeon.
    assert distance(tmp_path / "1", tmp_path / "2", "train/loss", "validation/loss") < 2e-6
    assert distance(tmp_path / "1", tmp_path / "2", "train/reward_margin") < 1e-5
    assert distance(tmp_path / "1", tmp_path / "2", "train/kl") < 1e-4  # in nats, and the loss takes a tenth of it


def distance(one, other, *names: str) -> float:
    """The largest difference between what two runs have logged."""
    pairs = [zip(losses(one, name), losses(other, name), strict=True) for name in names]
    return max((abs(left - right) for pair in pairs for left, right in pair), default=0.0)


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_begins_as_its_own_reference_and_tells_them_apart_in_the_end(kind, tmp_path) -> None:
    options = {"batches": Padded(batch_size=4, max_tokens=64), "dropout": 0.3, "kind": kind, "num_validation": 6}
    module, _, _ = train(tmp_path, **options, max_epochs=8, learning_rate=5e-3)
    first, *rest = [row for row in logged(tmp_path) if "train/loss" in row]
    assert first["train/loss"] == pytest.approx(math.log(2) if kind == "pairs" else 0.5 * weight_of(tmp_path), abs=1e-5)
    rewards = [[row[name] for row in (first, *rest) if name in row] for name in REWARDS]
    assert max(abs(first.get(name, 0)) for name in REWARDS) < 1e-5
    better, worse = (sum(of[-5:]) / 5 for of in rewards)
    assert better - worse > 0.5
    assert module._reference["train"].shape == (21, 2)


def weight_of(folder) -> float:
    """The mean weight of the replies of a first step of KTO: 1 of those that were liked and 1.5 of the others."""
    kept = read(path_of(folder / "checkpoints", 1))
    assert kept["doppel"]["reference"]["train"].shape == (21, 2)
    deal = {"pad_id": PAD, "seed": 7, "accumulate": 1, "world_size": 1, "rank": 0, "is_training": True}
    loader = Padded(batch_size=4, max_tokens=64)(judged_tokens(21, "causal", "alone"), architecture="causal", **deal)
    ratings = next(iter(loader))["ratings"].tolist()
    return sum(1 if rating > 0 else 1.5 for rating in ratings) / len(ratings)


@pytest.mark.parametrize("kind", KINDS)
def test_a_resumed_run_is_bit_for_bit_the_uninterrupted_one(kind, tmp_path) -> None:
    options = {"batches": Bucketed(batch_size=2, max_tokens=64, bucket_steps=2), "dropout": 0.3, "kind": kind}
    options |= {"num_validation": 5, "accumulate": 2}
    full, _, _ = train(tmp_path / "full", **options)
    for step in (2, 6, 8):
        resumed, _, _ = train(tmp_path / str(step), **options, resume=path_of(tmp_path / "full" / "checkpoints", step))
        assert is_same(full, resumed)
        assert torch.equal(full._reference["train"], resumed._reference["train"])
        rows = [row for row in logged(tmp_path / "full") if row["step"] > step]
        assert logged(tmp_path / str(step))[-len(rows) :] == rows


def test_dropout_is_off_wherever_it_is() -> None:
    with without_peft_warnings():
        model = get_peft_model(causal_model(0.5), LoraConfig(target_modules=["q_proj"], lora_dropout=0.5))
    t5 = seq2seq_model(0.5)
    for drawing, inputs in ((model, {}), (t5, {"decoder_input_ids": torch.arange(4)[None]})):
        without_dropout(drawing)
        ids = torch.arange(8)[None]
        assert torch.equal(*(drawing.train()(input_ids=ids, **inputs).logits for _ in range(2)))
        assert torch.equal(
            drawing.train()(input_ids=ids, **inputs).logits, drawing.eval()(input_ids=ids, **inputs).logits
        )


def test_what_was_not_there_is_not_told() -> None:
    assert told([2, 1.0, -8.0, 0, 0.0, 0.0, 1, 2], "train") == {
        "train/chosen_reward": 0.5,
        "train/chosen_log_prob": -4.0,
        "train/reward_accuracy": 0.5,
    }
