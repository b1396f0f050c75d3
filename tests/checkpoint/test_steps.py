import shutil
from types import SimpleNamespace

import pytest
from pytorch_lightning.callbacks import EarlyStopping

from doppel.batches.packed import Packed
from doppel.batches.padded import Padded
from doppel.checkpoint import steps as steps_module
from doppel.checkpoint.files import all_in, latest, path_of, read, step_of
from doppel.checkpoint.steps import Steps
from tests.tiny_run import DROPOUT, is_same, logged, losses, train

PADDED = Padded(batch_size=2, max_tokens=64)


@pytest.mark.parametrize(
    "options",
    [
        {**DROPOUT, "accumulate": 2, "val_check_interval": 0.5},
        {**DROPOUT, "accumulate": 2, "val_check_interval": 3, "check_val_every_n_epoch": None},
        {"batches": PADDED, "dropout": 0.3, "accumulate": 3, "max_epochs": 3},
        {"batches": PADDED, "dropout": 0.3, "accumulate": 2, "max_epochs": -1, "max_steps": 9},
        {"batches": Packed(batch_size=1, max_tokens=32), "dropout": 0.3, "accumulate": 2, "num_validation": 5},
        {"batches": PADDED, "architecture": "seq2seq", "dropout": 0.3, "num_samples": 9},
    ],
    ids=["validation", "validation across epochs", "no validation", "max steps", "packed", "seq2seq"],
)
def test_a_run_goes_on_from_every_step_bit_for_bit(tmp_path, options) -> None:
    full, _, _ = train(tmp_path / "full", **options)
    checkpoints = all_in(tmp_path / "full" / "checkpoints")
    assert [step_of(file) for file in checkpoints] == list(range(1, len(losses(tmp_path / "full")) + 1))
    for checkpoint in checkpoints:
        folder = tmp_path / checkpoint.stem
        folder.mkdir()
        shutil.copy(tmp_path / "full" / "metrics.csv", folder)  # with rows that will be written again
        resumed, _, _ = train(folder, **options, resume=checkpoint)
        assert is_same(full, resumed), checkpoint.name
        assert logged(folder) == logged(tmp_path / "full"), checkpoint.name
        if checkpoint != checkpoints[-1]:  # after which nothing is left to do
            assert _random_states(folder) == _random_states(tmp_path / "full"), checkpoint.name


def _random_states(folder) -> str:
    return repr(read(latest(folder / "checkpoints"))["doppel"]["random_states"])


def test_keeps_the_newest_the_best_and_the_last(tmp_path) -> None:
    _, _, steps = train(tmp_path, **DROPOUT, every_n_steps=4, keep=2, max_epochs=1, val_check_interval=2)
    found = [step_of(file) for file in all_in(tmp_path / "checkpoints")]
    validated = {row["step"]: row["validation/loss"] for row in logged(tmp_path) if "validation/loss" in row}
    best = min(validated, key=validated.__getitem__)
    assert list(validated) == [2, 4, 6, 8, 10]
    assert steps.best == path_of(tmp_path / "checkpoints", int(best))
    assert steps.best_loss == pytest.approx(validated[best], rel=1e-6)
    assert found == sorted({best, 8, 11})


def test_saves_when_so_many_minutes_have_passed(tmp_path, monkeypatch) -> None:
    clock = iter(range(0, 100_000, 20))  # every look at the clock is 20 seconds after the one before
    monkeypatch.setattr(steps_module.time, "monotonic", lambda: float(next(clock)))
    train(tmp_path, batches=PADDED, max_epochs=1, every_n_steps=None, every_n_minutes=1)
    # After a save at second s the looks are at s + 20, s + 40 and s + 60, where it is due.
    assert [step_of(file) for file in all_in(tmp_path / "checkpoints")] == [3, 6, 9, 11]


def test_the_first_process_alone_decides_by_its_clock(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(steps_module.time, "monotonic", lambda: 120.0)
    steps = Steps(tmp_path, every_n_steps=None, every_n_minutes=1.5, keep=1)
    asked = []

    def all_hear(decision: bool, *, all: bool) -> bool:  # noqa: A002 (Lightning's name)
        asked.append((decision, all))
        return True

    for is_first in (True, False):
        trainer = SimpleNamespace(strategy=SimpleNamespace(reduce_boolean_decision=all_hear), is_global_zero=is_first)
        assert steps._is_time(trainer)
    assert asked == [(True, False), (False, False)]


def test_without_any_interval_the_last_step_is_saved(tmp_path) -> None:
    train(tmp_path, batches=PADDED, max_epochs=1, every_n_steps=None)
    assert [step_of(file) for file in all_in(tmp_path / "checkpoints")] == [11]


def test_without_validation_there_is_no_best(tmp_path) -> None:
    _, _, steps = train(tmp_path, batches=PADDED, every_n_steps=4, keep=1, max_epochs=1)
    assert steps.best is None
    assert [step_of(file) for file in all_in(tmp_path / "checkpoints")] == [11]


def test_the_best_is_remembered_after_a_resume(tmp_path) -> None:
    options = {**DROPOUT, "val_check_interval": 2}
    _, _, before = train(tmp_path, **options)
    _, _, after = train(tmp_path, **options, resume=path_of(tmp_path / "checkpoints", 20))
    assert after.best == before.best


def test_early_stopping_goes_on_counting(tmp_path) -> None:
    def stopping() -> EarlyStopping:
        return EarlyStopping("validation/loss", patience=2, check_on_train_epoch_end=False)

    options = {**DROPOUT, "val_check_interval": 2, "max_epochs": 9}
    full, _, _ = train(tmp_path / "full", **options, callbacks=[stopping()])
    last = len(losses(tmp_path / "full"))
    assert last < 99
    for step in (last - 3, last - 2, last - 1):
        checkpoint = path_of(tmp_path / "full" / "checkpoints", step)
        resumed, _, _ = train(tmp_path / str(step), **options, callbacks=[stopping()], resume=checkpoint)
        assert is_same(full, resumed)


def test_clears_away_what_a_killed_process_was_writing(tmp_path) -> None:
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / ".step-00000001.partial").write_bytes(b"half")
    train(tmp_path, batches=PADDED, max_epochs=1, every_n_steps=100)
    assert [file.name for file in (tmp_path / "checkpoints").iterdir()] == ["step-00000011.ckpt"]


def test_leaves_files_of_later_steps_alone(tmp_path) -> None:
    options = {"batches": PADDED, "max_epochs": 1, "keep": 2}
    train(tmp_path, **options)
    first = path_of(tmp_path / "checkpoints", 10)
    train(tmp_path, **options, max_steps=3)
    assert first.exists()
    assert [step_of(file) for file in all_in(tmp_path / "checkpoints")] == [2, 3, 10, 11]


@pytest.mark.parametrize("ended_at", [{"max_epochs": 1}, {"max_steps": 14}])
def test_a_run_that_has_ended_can_be_made_longer(tmp_path, ended_at) -> None:
    options = {**DROPOUT, "schedule": "constant"}
    longer, _, _ = train(tmp_path / "longer", **options, max_epochs=3)
    train(tmp_path / "short", **options, **ended_at)
    checkpoint = latest(tmp_path / "short" / "checkpoints")
    resumed, _, _ = train(tmp_path / "short", **options, max_epochs=3, resume=checkpoint)
    assert is_same(longer, resumed)
    assert losses(tmp_path / "short") == losses(tmp_path / "longer")
