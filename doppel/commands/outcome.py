"""How a run ended: recorded in its directory, told to the user, with what to do next."""

from __future__ import annotations

import shlex
import signal
import sys

from doppel.commands.plan_measured import tell_measured
from doppel.commands.show import console
from doppel.run.directory import RunDirectory
from doppel.run.processes import PASSED_ON, Ending

INTERRUPTED_STATUS = 130
# A worker leaves with 130 by itself; a second signal, or one while Python starts, ends it by the signal.
INTERRUPTED = (INTERRUPTED_STATUS, *(-number for number in PASSED_ON))


def conclude(run: RunDirectory, ending: Ending) -> int:
    """The exit status of the command: 0 finished, 130 interrupted, else failed."""
    status = ending.status
    if status == 0:
        run.set_status("finished")
        tell_measured(run)
        return 0
    where = shlex.quote(str(run.path))
    has_checkpoint = _newest_checkpoint(run) is not None
    way_on = f"continue with: doppel train resume={where}"
    if not has_checkpoint:
        way_on = f"no checkpoint had been written yet; start it again with: doppel train resume={where}"
    recorded = run.status()
    if recorded["state"] != "failed" and status in INTERRUPTED:
        run.set_status("interrupted", asked_by=ending.asked_by)
        console().print(f"interrupted; {way_on}", markup=False, soft_wrap=True)
        return INTERRUPTED_STATUS
    is_told = recorded["state"] == "failed" and status > 0
    if not is_told:  # a worker was killed; what the others say of it is that they no longer hear it
        recorded["reason"] = _why(run, status)
        run.set_status("failed", reason=recorded["reason"])
    if is_told and recorded.get("is_final") and not has_checkpoint:
        way_on = "nothing was learnt yet: mend it and start anew"
    print(f"doppel: {recorded['reason']}\nrun: {run.path}; {way_on}", file=sys.stderr)
    return status if status > 0 else 1


def is_lost(ending: Ending) -> bool:
    """Whether a worker was killed or crashed, rather than told to stop or able to tell why it left."""
    return ending.status < 0 and ending.status not in INTERRUPTED and ending.asked_by is None


def tell_restart(run: RunDirectory, ending: Ending, left: int) -> None:
    """Prints that a run which has lost a worker goes on by itself."""
    newest = _newest_checkpoint(run)
    where = newest or "its beginning"
    console().print(
        f"{_why(run, ending.status)}\nit goes on from {where}; restarts left after this one: {left - 1}", markup=False
    )


def _newest_checkpoint(run: RunDirectory) -> str | None:
    return max((file.name for file in run.checkpoints.glob("step-*.ckpt")), default=None)


def _why(run: RunDirectory, status: int) -> str:
    if status == -signal.SIGKILL:
        return "a worker was killed, as happens when memory runs out: type a smaller batches.batch_size"
    ending = f"by {signal.Signals(-status).name}" if status < 0 else f"with status {status}"
    return f"a worker ended {ending}: see {run.path / 'log.txt'}"
