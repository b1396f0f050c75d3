import math
from types import SimpleNamespace

import pytest

from doppel.training.finding import HIGHEST_RATE, LOWEST_RATE, RangeTest, smoothed, steepest


def test_the_mean_is_unbiased_from_the_first_step() -> None:
    assert smoothed([2.0, 2.0, 2.0]) == pytest.approx([2.0, 2.0, 2.0])
    assert smoothed([1.0, 0.0])[1] == pytest.approx(0.9 / 1.9)


def test_the_steepest_fall_is_found_a_little_after_it_begins() -> None:
    rates = [10 ** (-6 + 6 * step / 99) for step in range(100)]
    curve = [(rate, 4 - 2 / (1 + math.exp(-4 * (math.log10(rate) + 3)))) for rate in rates]  # falls about 1e-3
    assert 1e-3 < steepest(curve) < 1e-2
    assert steepest([(rate, 4.0) for rate in rates]) is None
    assert steepest([(rate, rate) for rate in rates]) is None
    assert steepest(curve[:4]) is None


def test_the_rate_rises_and_a_diverged_loss_ends_it() -> None:
    test, group = RangeTest(steps=11), {"lr": 0.0}
    trainer = SimpleNamespace(
        global_step=0, optimizers=[SimpleNamespace(param_groups=[group])], accumulate_grad_batches=2, should_stop=False
    )
    rates = []
    for batch in range(22):
        test.on_train_batch_start(trainer, None, None, batch)
        rates.append(group["lr"])
        trainer.global_step += batch % 2
        trainer.callback_metrics = {"train/loss": 1.0 if batch < 16 else 1e6}
        test.on_train_batch_end(trainer, None, None, None, batch)
        assert trainer.should_stop == (batch >= 17)
    assert rates[0] == LOWEST_RATE
    assert rates[-1] == pytest.approx(HIGHEST_RATE)
    assert rates[::2] == rates[1::2] == [rate for rate, _ in test.curve]
    assert rates[2] / rates[0] == pytest.approx(rates[20] / rates[18])
