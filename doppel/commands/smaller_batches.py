"""A run that ran out of memory goes on by itself: smaller micro-batches, more of them in a step, the same steps."""

from __future__ import annotations

from typing import Any

from doppel.commands.show import console
from doppel.run.directory import RunDirectory, write_yaml

OUT_OF_MEMORY = "out_of_memory"  # what the status of such a run has, beside its reason
IN_MICRO_BATCHES = ("val_check_interval", "limit_val_batches")  # counted in micro-batches where they are whole numbers


def with_smaller_batches(run: RunDirectory, config: dict[str, Any]) -> dict[str, Any] | None:
    """The run's config with micro-batches of half the size, which is now that of the run; recorded and told.

    Nothing but memory changes: a step is learnt from the same rows in the same order. None where the run did not end
    for want of memory, or where a micro-batch is one row already.
    """
    status = run.status()
    smaller = halved(config) if status["state"] == "failed" and status.get(OUT_OF_MEMORY) else None
    if smaller is None:
        return None
    write_yaml(run.config_file, smaller)
    before, now = ((each["batches"], each["trainer"]) for each in (config, smaller))
    change = {
        "batch_size": [before[0]["batch_size"], now[0]["batch_size"]],
        "accumulate_grad_batches": [before[1]["accumulate_grad_batches"], now[1]["accumulate_grad_batches"]],
    }
    run.update_manifest(out_of_memory=[*run.manifest().get("out_of_memory", []), change])
    newest = max((file.name for file in run.checkpoints.glob("step-*.ckpt")), default="its beginning")
    console().print(
        f"out of memory with batches.batch_size={before[0]['batch_size']}: going on from {newest} with "
        f"batches.batch_size={now[0]['batch_size']} "
        f"trainer.accumulate_grad_batches={now[1]['accumulate_grad_batches']}, the same steps in less memory",
        markup=False,
        soft_wrap=True,
    )
    return smaller


def halved(config: dict[str, Any]) -> dict[str, Any] | None:
    """The config with half as many rows in a micro-batch and the same number in a step; None where there is one row.

    An odd number is divided by its smallest factor.
    """
    rows, trainer = config["batches"]["batch_size"], config["trainer"]
    factor = next((divisor for divisor in range(2, rows + 1) if rows % divisor == 0), None)
    if factor is None:
        return None
    more = {"accumulate_grad_batches": trainer["accumulate_grad_batches"] * factor}
    for key in IN_MICRO_BATCHES:
        if isinstance(trainer.get(key), int) and not isinstance(trainer[key], bool):
            more[key] = trainer[key] * factor
    return {
        **config,
        "batches": {**config["batches"], "batch_size": rows // factor},
        "trainer": {**trainer, **more},
    }
