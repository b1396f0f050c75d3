import os
import signal
import subprocess
import sys

import pytest

from doppel.checkpoint import interrupt as interrupt_module
from doppel.checkpoint.files import latest
from doppel.checkpoint.interrupt import SIGNALS, Interrupt
from tests import tiny_run
from tests.tiny_run import DROPOUT, SignalAfter, is_same, logged, train


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    folder = tmp_path_factory.mktemp("full")
    module, interrupt, _ = train(folder, **DROPOUT)
    assert not interrupt.interrupted
    return module, folder


@pytest.mark.parametrize("number", SIGNALS)
def test_stops_after_the_step_and_goes_on_as_if_nothing_had_happened(tmp_path, full, number) -> None:
    before = signal.getsignal(number)
    _, interrupt, _ = train(tmp_path, **DROPOUT, every_n_steps=100, callbacks=[SignalAfter(4, number)])
    assert interrupt.interrupted
    assert signal.getsignal(number) is before
    # The signal came after the fourth step had been looked at.
    checkpoint = latest(tmp_path / "checkpoints")
    assert checkpoint.name == "step-00000005.ckpt"
    assert len(logged(tmp_path)) == 5
    resumed, again, _ = train(tmp_path, **DROPOUT, every_n_steps=100, resume=checkpoint)
    assert not again.interrupted
    assert is_same(full[0], resumed)
    assert logged(tmp_path) == logged(full[1])


def test_a_run_may_be_interrupted_after_every_single_step(tmp_path, full) -> None:
    options = {**DROPOUT, "every_n_steps": 100, "keep": 1}
    runs = 0
    was_interrupted = True
    while was_interrupted:
        checkpoint = latest(tmp_path / "checkpoints")
        module, interrupt, _ = train(tmp_path, **options, resume=checkpoint, callbacks=[_SignalAtOnce()])
        was_interrupted = interrupt.interrupted
        runs += 1
    assert runs == 22
    assert is_same(full[0], module)
    assert logged(tmp_path) == logged(full[1])


def test_a_signal_during_the_last_step_interrupts_nothing(tmp_path) -> None:
    _, interrupt, _ = train(tmp_path, **DROPOUT, max_steps=5, callbacks=[SignalAfter(5, signal.SIGTERM)])
    assert not interrupt.interrupted


def test_a_process_told_from_outside_saves_and_leaves(tmp_path, full) -> None:
    with _waiting(tmp_path) as worker:
        worker.send_signal(signal.SIGTERM)
        _, errors = worker.communicate("\n", timeout=60)
    assert worker.returncode == 3
    assert errors.endswith("\nSIGTERM: saving a checkpoint after this step; again to leave at once\n")
    resumed, _, _ = train(tmp_path, **DROPOUT, resume=latest(tmp_path / "checkpoints"))
    assert is_same(full[0], resumed)
    assert logged(tmp_path) == logged(full[1])


def test_gives_the_signals_back_where_nothing_is_trained(tmp_path) -> None:
    look = _Look()
    module, _, _ = train(tmp_path, **DROPOUT, max_steps=2, callbacks=[look])
    before = {number: signal.getsignal(number) for number in SIGNALS}
    module.trainer.validate(module, module.trainer.val_dataloaders, verbose=False)
    assert look.handlers == before


def _waiting(folder) -> subprocess.Popen:
    command = [sys.executable, tiny_run.__file__, "wait", str(folder)]
    worker = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert worker.stdout.readline() == "waiting\n"
    return worker


def test_asked_twice_leaves_at_once(monkeypatch) -> None:
    sent, times = [], iter([10.0, 10.5, 11.5])
    monkeypatch.setattr(interrupt_module.os, "kill", lambda _process, number: sent.append(number))
    monkeypatch.setattr(interrupt_module.time, "monotonic", lambda: next(times))
    before = signal.getsignal(signal.SIGTERM)
    try:
        callback = Interrupt()
        callback._note(signal.SIGTERM, None)
        callback._note(signal.SIGTERM, None)  # the launcher passes on what came from the batch system too
        assert sent == []
        callback._note(signal.SIGTERM, None)
        assert sent == [signal.SIGTERM]
        assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    finally:
        signal.signal(signal.SIGTERM, before)


def test_another_signal_later_is_the_same_request(monkeypatch) -> None:
    """SLURM warns with SIGUSR1 minutes before its SIGTERM: a checkpoint that is being saved then is still saved."""
    sent, times = [], iter([10.0, 70.0])
    monkeypatch.setattr(interrupt_module.os, "kill", lambda _process, number: sent.append(number))
    monkeypatch.setattr(interrupt_module.time, "monotonic", lambda: next(times))
    callback = Interrupt()
    callback._note(signal.SIGUSR1, None)
    callback._note(signal.SIGTERM, None)
    assert sent == []


def test_a_closed_terminal_does_not_keep_it_from_saving(monkeypatch) -> None:
    def closed(_descriptor, _text) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(interrupt_module.os, "write", closed)
    callback = Interrupt()
    callback._note(signal.SIGUSR1, None)
    assert callback._asked_at


class _SignalAtOnce(tiny_run.Callback):
    """Sends a signal in the first step of this process."""

    def on_train_batch_start(self, trainer, module, batch, batch_idx) -> None:
        os.kill(os.getpid(), signal.SIGTERM)


class _Look(tiny_run.Callback):
    """Keeps the signal handlers of the last validation batch."""

    def on_validation_batch_start(self, *_) -> None:
        self.handlers = {number: signal.getsignal(number) for number in SIGNALS}
