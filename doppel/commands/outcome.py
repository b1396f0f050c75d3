"""How a run ended: recorded in its directory, told to the user, with what to do next."""

from __future__ import annotations

import shlex
import signal
import sys

from doppel.commands.show import console
from doppel.run.directory import RunDirectory

INTERRUPTED_STATUS = 130
# A worker leaves with 130 by itself; a second signal, or one while Python starts, ends it by the signal.
INTERRUPTED = (INTERRUPTED_STATUS, -signal.SIGINT, -signal.SIGTERM)


def conclude(run: RunDirectory, status: int) -> int:
    """The exit status of the command: 0 finished, 130 interrupted, else failed. `status` is the first bad worker's."""
    if status == 0:
        run.set_status("finished")
        return 0
    where = shlex.quote(str(run.path))
    has_checkpoint = any(run.checkpoints.glob("*.ckpt"))
    way_on = f"continue with: doppel train resume={where}"
    if not has_checkpoint:
        way_on = f"no checkpoint had been written yet; start it again with: doppel train resume={where}"
    recorded = run.status()
    if recorded["state"] != "failed" and status in INTERRUPTED:
        run.set_status("interrupted")
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


def _why(run: RunDirectory, status: int) -> str:
    if status == -signal.SIGKILL:
        return "a worker was killed, as happens when memory runs out: type a smaller batches.batch_size"
    ending = f"by {signal.Signals(-status).name}" if status < 0 else f"with status {status}"
    return f"a worker ended {ending}: see {run.path / 'log.txt'}"
