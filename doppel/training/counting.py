"""How far Lightning's loops are, told in micro-batches of another size."""

from __future__ import annotations

from typing import Any


def recount(loops: dict[str, Any], before: int, now: int) -> None:
    """Changes the loops' state of a checkpoint to `now` micro-batches of each process in a step, which were `before`.

    Checkpoints lie between steps, so whole steps have begun. Where the end of the last micro-batch is not yet counted,
    it is not counted after either: from that, Lightning knows where it was. A run that is spread over fewer processes,
    or has less memory, accumulates more.
    """
    for name, counts in loops["fit_loop"].items():
        if not name.endswith("epoch_loop.batch_progress"):
            continue
        for period in ("total", "current"):
            begun = counts[period]["ready"]
            counts[period] = {key: begun * now // before - (begun - count) for key, count in counts[period].items()}
