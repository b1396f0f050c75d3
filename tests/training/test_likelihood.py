import re
from dataclasses import replace

import pytest
import torch
from pytorch_lightning import Callback

from doppel.batches import collate
from doppel.batches.bucketed import Bucketed
from doppel.batches.packed import Packed
from doppel.batches.padded import Padded
from doppel.checkpoint.files import latest, read
from doppel.errors import ModelError
from doppel.training.likelihood import Likelihood
from doppel.types import Tokens
from tests.tiny_run import (
    PAD,
    STEP_OF_FOUR,
    causal_model,
    is_same,
    logged,
    losses,
    seq2seq_model,
    some_tokens,
    train,
    weighed,
)


def module_of(model, architecture="causal") -> Likelihood:
    off = {"gradient_checkpointing": False, "offloads_activations": False, "kernels": "none", "compiles": False}
    how = {"loss_chunk_tokens": 7, "attention": "auto", **off}
    module = Likelihood(lambda: model, None, None, architecture, 1, **how, seed=0)
    module.configure_model()
    module.configure_model()
    return module


def only_batch(kind, tokens, architecture="causal"):
    (batch,) = kind(
        tokens,
        architecture=architecture,
        pad_id=PAD,
        seed=0,
        accumulate=1,
        world_size=1,
        rank=0,
        is_training=False,
    )
    return batch


@pytest.mark.parametrize(("architecture", "make"), [("causal", causal_model), ("seq2seq", seq2seq_model)])
def test_loss_is_the_transformers_models_own(architecture, make) -> None:
    model = make()
    batch = only_batch(Padded(batch_size=8, max_tokens=32), some_tokens(8, architecture), architecture)
    nll, count = module_of(model, architecture)._nll(batch)
    inputs = {name: batch[name] for name in ("input_ids", "attention_mask", "labels")}
    torch.testing.assert_close(nll / count, model(**inputs).loss, rtol=1e-6, atol=0)
    assert int(count) == batch["step_learnt_tokens"]


def test_packed_is_padded_in_loss_and_gradients() -> None:
    tokens = some_tokens(9)
    sums, gradients = [], []
    for kind in (Padded(batch_size=9, max_tokens=48), Packed(batch_size=9, max_tokens=48)):
        model = causal_model()
        batch = only_batch(kind, tokens)
        nll, count = module_of(model)._nll(batch)
        (nll / count).backward()
        sums.append((nll / count).item())
        gradients.append(torch.cat([parameter.grad.flatten() for parameter in model.parameters()]))
    assert "attention_mask" not in batch
    assert len(batch["input_ids"]) < 9
    assert sums[0] == pytest.approx(sums[1], rel=1e-6)
    torch.testing.assert_close(gradients[0], gradients[1], rtol=1e-4, atol=1e-6)


def gradients_of(loss, model) -> torch.Tensor:
    return torch.cat([part.flatten() for part in torch.autograd.grad(loss, list(model.parameters()))])


@pytest.mark.parametrize(
    ("architecture", "make", "kind"),
    [("causal", causal_model, Padded), ("causal", causal_model, Packed), ("seq2seq", seq2seq_model, Padded)],
)
def test_weights_weigh_the_gradients_of_samples(architecture, make, kind) -> None:
    model = make()
    module = module_of(model, architecture)
    tokens = weighed(some_tokens(7, architecture))
    batch = only_batch(kind(batch_size=7, max_tokens=48), tokens, architecture)
    loss = module._weighted_nll(batch) / batch["step_learnt_tokens"]
    expected, weight = torch.tensor(0.0), 0.0
    for sample in tokens:
        alone = only_batch(Padded(batch_size=1, max_tokens=48), [replace(sample, weight=1.0)], architecture)
        nll, count = module._nll(alone)
        expected = expected + sample.weight * nll
        weight += sample.weight * int(count)
    expected = expected / weight
    torch.testing.assert_close(loss, expected, rtol=1e-6, atol=0)
    torch.testing.assert_close(gradients_of(loss, model), gradients_of(expected, model), rtol=1e-4, atol=1e-6)


def test_half_a_sample_twice_is_the_sample_and_twice_all_is_all() -> None:
    module = module_of(causal_model())
    first, *others = some_tokens(4)
    half = replace(first, weight=0.5)
    batches = Padded(batch_size=5, max_tokens=32)
    plain = only_batch(batches, [first, *others])
    expected = module._nll(plain)[0] / plain["step_learnt_tokens"]
    for tokens in ([half, half, *others], [replace(sample, weight=2.0) for sample in (first, *others)]):
        batch = only_batch(batches, tokens)
        loss = module._weighted_nll(batch) / batch["step_learnt_tokens"]
        torch.testing.assert_close(loss, expected, rtol=1e-6, atol=0)
        torch.testing.assert_close(
            gradients_of(loss, module.model), gradients_of(expected, module.model), rtol=1e-4, atol=1e-6
        )
        expected = module._nll(plain)[0] / plain["step_learnt_tokens"]  # its graph is spent


@pytest.mark.parametrize("is_training", [True, False])
def test_packed_samples_do_not_see_each_other(is_training) -> None:
    first, second, third = some_tokens(3)
    other = Tokens(tuple(reversed(first.ids)), first.is_learnt, (), "other")
    model = module_of(causal_model()).model.train(is_training)
    logits = []
    for before in (first, other):
        batch = collate.packed([[before, second], [third]], PAD)
        ids, positions = batch["input_ids"], batch["position_ids"]
        logits.append(model(input_ids=ids, position_ids=positions, use_cache=False).logits[0])
    assert not torch.allclose(logits[0][: len(first.ids)], logits[1][: len(first.ids)])
    assert torch.equal(logits[0][len(first.ids) :], logits[1][len(first.ids) :])
    alone = model(input_ids=torch.tensor([second.ids]), use_cache=False).logits[0]
    torch.testing.assert_close(logits[0][len(first.ids) :][: len(second.ids)], alone, rtol=0, atol=1e-5)


def test_packed_refuses_an_attention_mask() -> None:
    batch = only_batch(Packed(batch_size=1, max_tokens=64), some_tokens(2))
    batch["attention_mask"] = torch.ones_like(batch["input_ids"])
    with pytest.raises(AssertionError):
        module_of(causal_model())._nll(batch)


def test_a_micro_batch_that_learns_nothing_has_zero_gradients() -> None:
    model = causal_model()
    batch = only_batch(Padded(batch_size=2, max_tokens=32), some_tokens(2))
    batch["labels"][:] = -100
    nll, count = module_of(model)._nll(batch)
    nll.backward()
    assert (nll.item(), count.item()) == (0, 0)
    assert all(not parameter.grad.any() for parameter in model.parameters())


@pytest.mark.parametrize("is_weighed", [False, True])
@pytest.mark.parametrize("kind", [Padded, Bucketed])
@pytest.mark.parametrize("architecture", ["causal", "seq2seq"])
def test_batch_of_4_is_2_accumulated_twice(tmp_path, architecture, kind, is_weighed) -> None:
    more = {"bucket_steps": 2} if kind is Bucketed else {}
    for batch_size, accumulate in ((4, 1), (2, 2)):
        train(
            tmp_path / str(accumulate),
            batches=kind(batch_size=batch_size, max_tokens=32, **more),
            architecture=architecture,
            accumulate=accumulate,
            is_weighed=is_weighed,
            **STEP_OF_FOUR,
        )
    whole, halves = losses(tmp_path / "1"), losses(tmp_path / "2")
    residuals = [one - other for one, other in zip(whole, halves, strict=True)]
    assert len(residuals) == 18
    assert max(map(abs, residuals)) < 1e-5
    assert min(residuals) < 0 < max(residuals)


def test_logs_what_a_step_is(tmp_path) -> None:
    module, _, _ = train(tmp_path, batches=Padded(batch_size=4, max_tokens=32), num_validation=5)
    rows = logged(tmp_path)
    steps = [row for row in rows if "train/loss" in row]
    assert [row["step"] for row in steps] == list(range(1, 13))
    assert [row["epoch"] for row in steps] == [0] * 6 + [1] * 6
    # The rate of the step just taken: 0 in the first, its peak after two steps of warm-up.
    assert [row["train/learning_rate"] for row in steps[:3]] == [0, 0.005, 0.01]
    learnt = sum(sum(sample.is_learnt[1:]) for sample in some_tokens(21))
    assert [steps[5]["train/learnt_tokens"], steps[11]["train/learnt_tokens"]] == [learnt, 2 * learnt]
    assert all(row["train/grad_norm"] > 0 for row in steps)
    # The last row is of the weights that the run ends with.
    batch = only_batch(Padded(batch_size=5, max_tokens=32), some_tokens(5, seed=1))
    with torch.no_grad():
        nll, count = module.eval()._nll(batch)
    assert rows[-1]["step"] == 12
    assert rows[-1]["validation/loss"] == pytest.approx((nll / count).item(), rel=1e-6)


def test_logs_the_weighted_loss_of_training_and_the_plain_one_of_validation(tmp_path) -> None:
    batches = Padded(batch_size=21, max_tokens=32)
    module, _, _ = train(tmp_path, batches=batches, num_validation=5, is_weighed=True, max_epochs=1)
    [step] = [row for row in logged(tmp_path) if "train/loss" in row]
    tokens = some_tokens(21)
    before = module_of(causal_model())
    whole = only_batch(batches, weighed(tokens))
    with torch.no_grad():
        expected = before._weighted_nll(whole) / whole["step_learnt_tokens"]
        validation, count = module.eval()._nll(only_batch(Padded(batch_size=5, max_tokens=32), some_tokens(5, seed=1)))
    assert step["train/loss"] == pytest.approx(expected.item(), rel=1e-6)
    assert step["train/learnt_tokens"] == sum(sum(sample.is_learnt[1:]) for sample in tokens)
    assert losses(tmp_path, "validation/loss") == [pytest.approx((validation / count).item(), rel=1e-6)]


def test_one_seed_gives_one_run(tmp_path) -> None:
    options = {"batches": Padded(batch_size=4, max_tokens=32), "dropout": 0.3}
    one, _, _ = train(tmp_path / "one", **options)
    torch.manual_seed(99)
    other, _, _ = train(tmp_path / "other", **options)
    assert is_same(one, other)
    assert logged(tmp_path / "one") == logged(tmp_path / "other")
    without, _, _ = train(tmp_path / "without", **{**options, "dropout": 0.0})
    assert not is_same(one, without)


def test_checkpoints_hold_the_trained_parameters_alone(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("tests.tiny_run.causal_model", _only_the_norm_is_trained)
    options = {"batches": Padded(batch_size=4, max_tokens=32)}
    full, _, _ = train(tmp_path, **options)
    checkpoint = read(latest(tmp_path / "checkpoints"))
    assert list(checkpoint["state_dict"]) == ["model.model.norm.weight"]
    resumed, _, _ = train(tmp_path / "resumed", **options, resume=tmp_path / "checkpoints" / "step-00000005.ckpt")
    assert is_same(full, resumed)


def test_refuses_a_checkpoint_of_other_parameters(tmp_path, monkeypatch) -> None:
    options = {"batches": Padded(batch_size=4, max_tokens=32), "max_epochs": 1}
    train(tmp_path, **options)
    monkeypatch.setattr("tests.tiny_run.causal_model", _only_the_norm_is_trained)
    with pytest.raises(ModelError, match=r"holds 21 trained tensors and this model trains 1; .* Set model and adapter"):
        train(tmp_path, **options, resume=latest(tmp_path / "checkpoints"))


def test_refuses_a_model_of_which_nothing_is_trained(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("tests.tiny_run.causal_model", lambda dropout: causal_model().requires_grad_(False))
    with pytest.raises(ModelError, match="0 parameters"):
        train(tmp_path, batches=Padded(batch_size=4, max_tokens=32))


def test_stops_before_a_loss_that_is_not_finite_enters_the_weights(tmp_path, monkeypatch) -> None:
    models = []

    def bursting(dropout: float):
        models.append(causal_model())
        return models[0]

    monkeypatch.setattr("tests.tiny_run.causal_model", bursting)
    message = re.escape("step 3: the loss is nan") + ".*optimizer.lr.*precision=fp32"
    with pytest.raises(ModelError, match=message):
        train(tmp_path, batches=Padded(batch_size=4, max_tokens=32), callbacks=[_Burst(2)])
    assert all(parameter.isfinite().all() for parameter in list(models[0].parameters())[1:])
    assert len(losses(tmp_path)) == 2
    assert latest(tmp_path / "checkpoints").name == "step-00000002.ckpt"


class _Burst(Callback):
    """Spoils one weight after a step, once its checkpoint is safe."""

    def __init__(self, step: int) -> None:
        self.step = step

    def on_train_batch_start(self, trainer, module, batch, batch_idx) -> None:
        if trainer.global_step == self.step:
            with torch.no_grad():
                next(module.parameters()).fill_(torch.nan)


def _only_the_norm_is_trained(dropout: float):
    model = causal_model(dropout).requires_grad_(False)
    model.model.norm.requires_grad_(True)
    return model
