from types import SimpleNamespace

from doppel.training.progress import ProgressLines


def test_a_run_is_told_in_ten_lines_and_each_validation() -> None:
    said: list[str] = []
    lines = ProgressLines(said.append)
    trainer = SimpleNamespace(
        global_step=0,
        estimated_stepping_batches=40,
        is_global_zero=True,
        sanity_checking=False,
        callback_metrics={"train/loss": 2.5, "validation/loss": 3.0},
    )
    lines.on_train_start(trainer, None)
    for step in range(1, 41):
        trainer.global_step = step
        for _micro_batch in range(2):
            lines.on_train_batch_end(trainer, None, None, None, 0)
    lines.on_validation_end(trainer, None)
    assert said[0] == "step 4 of 40: training loss 2.500"
    assert said[-1] == "step 40: validation loss 3.000"
    assert len(said) == 11


def test_a_resumed_run_goes_on_and_other_processes_are_silent() -> None:
    said: list[str] = []
    lines = ProgressLines(said.append)
    trainer = SimpleNamespace(
        global_step=7, estimated_stepping_batches=10, is_global_zero=False, callback_metrics={"train/loss": 2.5}
    )
    lines.on_train_start(trainer, None)
    trainer.global_step = 8
    lines.on_train_batch_end(trainer, None, None, None, 0)
    assert said == []
    trainer.is_global_zero = True
    lines.on_train_batch_end(trainer, None, None, None, 0)
    assert said == ["step 8 of 10: training loss 2.500"]
