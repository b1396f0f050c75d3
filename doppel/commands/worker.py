"""doppel worker RUN: one process of a run. It reads the run's directory only; Hydra's composition is long over."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
import warnings
from collections.abc import Iterator
from types import FrameType

from doppel.commands.evaluate_after import evaluate_after
from doppel.commands.frozen import ROOT
from doppel.commands.smaller_batches import OUT_OF_MEMORY
from doppel.config.check import check
from doppel.errors import DoppelError, RunError
from doppel.run.directory import RunDirectory, open_run
from doppel.run.processes import PASSED_ON, end_with_parent

INTERRUPTED_STATUS = 130
INTERNAL_STATUS = 70

log = logging.getLogger("doppel")


def run(arguments: list[str]) -> int:
    """0 when training came to its end, 130 when it was interrupted; for a failure the run's status has the reason.

    Any other end is recorded by the process that started this one: of several ranks, none knows how the run ended.
    """
    if not arguments:
        raise RunError("doppel worker is one process of a run and is started by `doppel train`")
    directory, opted_in = open_run(arguments[0]), tuple(arguments[1:])
    end_with_parent()
    prepare_process(directory)
    config = directory.config()
    try:
        check(config, ROOT, opted_in=opted_in)
        from doppel.commands.learn import learn  # torch comes in here, and not before

        is_whole = learn(directory, config)
        if is_whole:
            evaluate_after(directory, config)
    except DoppelError as error:
        # A full disk passes; a model, data or setting that does not fit would be refused again.
        return _fail(directory, str(error), 2, is_final=not isinstance(error, RunError))
    except (KeyboardInterrupt, SystemExit):  # Lightning turns an interrupt outside of training into an exit
        return INTERRUPTED_STATUS
    except Exception as error:
        # A fault of doppel's own: the log has the traceback, the user gets its last line and where to look.
        log.exception("internal error")
        if is_out_of_memory(error):
            return _fail(directory, _out_of_memory(config), INTERNAL_STATUS, **{OUT_OF_MEMORY: True})
        if _is_lost_connection(error):
            return _fail(directory, "another worker of this run was lost: see the end of its log.rank*.txt", 1)
        kind = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        return _fail(directory, f"internal error, {kind} (all of it in {directory.path / 'log.txt'})", INTERNAL_STATUS)
    finally:
        # Leaving anyway: a signal now would only interrupt Python's own tidying up, with a traceback.
        for number in PASSED_ON:
            signal.signal(number, signal.SIG_IGN)
    return 0 if is_whole else INTERRUPTED_STATUS


def prepare_process(directory: RunDirectory) -> None:
    """Sends what this process has to say to the run's log, and lets signals interrupt it. Raises: RunError."""
    rank = int(os.environ.get("RANK", "0"))
    # Nothing of a private run is told to anyone.
    os.environ.update(HF_HUB_DISABLE_TELEMETRY="1", DO_NOT_TRACK="1", TOKENIZERS_PARALLELISM="false")
    name = "log.txt" if rank == 0 else f"log.rank{rank}.txt"
    form = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    try:
        logging.basicConfig(filename=directory.path / name, level=logging.INFO, format=form, encoding="utf-8")
    except OSError as error:
        raise RunError(f"{directory.path / name} cannot be written: {error.strerror}") from error
    logging.captureWarnings(capture=True)
    warnings.simplefilter("default")
    for noisy in ("httpx", "filelock", "urllib3", "matplotlib"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # Where bitsandbytes is installed, PEFT imports it, and both of these come with it, whether it is used or not.
    logging.getLogger("bitsandbytes.backends.cpu.ops").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", ".*torch.jit.script_method.*", DeprecationWarning)
    for number in PASSED_ON:
        signal.signal(number, _interrupt)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _fail(directory: RunDirectory, reason: str, status: int, *, is_final: bool = False, **facts: bool) -> int:
    log.error("%s", reason)
    with _quiet_on_full_disk():
        recorded = directory.status()
        if recorded["state"] == "running":  # the first rank that fails knows why
            directory.set_status("failed", reason=reason, is_final=is_final, **facts)
        if recorded["state"] == "running" or recorded.get("reason") == reason:
            return status
    print(f"doppel: {reason}", file=sys.stderr)
    return status


@contextlib.contextmanager
def _quiet_on_full_disk() -> Iterator[None]:
    try:
        yield
    except DoppelError as error:
        print(f"doppel: {error}", file=sys.stderr)


def is_out_of_memory(error: Exception) -> bool:
    """Whether memory has run out, of a GPU or of the machine, by the words of whoever says so."""
    told = str(error).lower()
    return isinstance(error, MemoryError) or "out of memory" in told or "can't allocate memory" in told


def _is_lost_connection(error: Exception) -> bool:
    """Whether a collective ended because one of the other processes is gone: gloo's and NCCL's words for it."""
    told = str(error).lower()
    signs = ("connection closed by peer", "connection reset by peer", "broken pipe", "remote process exited")
    return isinstance(error, RuntimeError) and any(sign in told for sign in signs)


def _out_of_memory(config: dict) -> str:
    size, longest = config["batches"]["batch_size"], config["batches"]["max_tokens"]
    return (
        f"out of memory with batches.batch_size={size} and batches.max_tokens={longest}: type a smaller one of them "
        "(with trainer.accumulate_grad_batches=... the effective batch stays as it is), precision=bf16 or "
        "training.gradient_checkpointing=true"
    )
