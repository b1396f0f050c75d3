"""How a run ended: recorded in its directory, told to the user, with what to do next."""

from __future__ import annotations

import shlex
import sys

from doppel.commands.show import console
from doppel.run.directory import RunDirectory

INTERRUPTED_STATUS = 130


def conclude(run: RunDirectory, status: int) -> int:
    """The exit status of the command: 0 finished, 130 interrupted, else failed."""
    recorded = run.status()
    if recorded["state"] == "running":  # a worker was killed before it could say anything
        reason = f"a worker ended with status {status}: see {run.path / 'log.txt'}"
        if status == -9:
            reason = "a worker was killed, as happens when memory runs out: type a smaller batches.batch_size"
        run.set_status("failed", reason=reason)
        recorded = run.status()
    if recorded["state"] == "finished":
        return 0
    where = shlex.quote(str(run.path))
    has_checkpoint = any(run.checkpoints.glob("*.ckpt"))
    way_on = f"continue with: doppel train resume={where}" if has_checkpoint else "no checkpoint had been written yet"
    if recorded["state"] == "interrupted":
        console().print(f"interrupted; {way_on}", markup=False, soft_wrap=True)
        return INTERRUPTED_STATUS
    print(f"doppel: {recorded.get('reason', 'the run failed')}\nrun: {run.path}; {way_on}", file=sys.stderr)
    return status if status > 0 else 1
