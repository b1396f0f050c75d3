"""Going on with a run over other devices: the rows of each step stay what they were, however they are dealt."""

from __future__ import annotations

from typing import Any

from doppel.config.compose import compose
from doppel.errors import ConfigError

SPREADING = (
    "strategy",
    "trainer.devices",
    "trainer.num_nodes",
    "trainer.accumulate_grad_batches",
    "batches.batch_size",
)


def is_of_spreading(key: str) -> bool:
    """Whether a key says no more than how a run is spread over devices."""
    return key in SPREADING or key.startswith("strategy.")


def strategy_named(name: Any) -> dict[str, Any]:
    """The settings of an option of conf/strategy. Raises: ConfigError where there is none of this name."""
    config, faults = compose("train", [f"strategy={name}"])
    if faults:
        raise ConfigError("\n".join(faults))
    return config["strategy"]


def refuse_other_steps(before: dict[str, Any], after: dict[str, Any]) -> None:
    """Nothing, if a step learns from as many rows as it did. Raises: ConfigError with what to type."""
    rows, wanted = _rows(after), _rows(before)
    if rows == wanted:
        return
    processes = after["trainer"]["devices"] * after["trainer"]["num_nodes"]
    raise ConfigError(
        f"a step would learn from {rows} rows, and did from {wanted}, so it would be another run: "
        f"batches.batch_size * trainer.accumulate_grad_batches * trainer.devices must stay {wanted}. "
        f"Type {_instead(wanted, processes, after['batches']['batch_size'])}"
    )


def told(before: dict[str, Any], after: dict[str, Any]) -> str | None:
    """What a user should know of going on over another number of processes; None where it stays."""
    processes = [config["trainer"]["devices"] * config["trainer"]["num_nodes"] for config in (before, after)]
    if processes[0] == processes[1]:
        return None
    return (
        f"spread over {processes[1]} instead of {processes[0]} processes: each step learns from the same rows; "
        "what is drawn at random, such as dropout, is drawn anew from here on"
    )


def _rows(config: dict[str, Any]) -> int:
    trainer = config["trainer"]
    processes = trainer["devices"] * trainer["num_nodes"]
    return config["batches"]["batch_size"] * trainer["accumulate_grad_batches"] * processes


def _instead(rows: int, processes: int, batch_size: int) -> str:
    own, rest = divmod(rows, processes)
    if rest:
        return f"a trainer.devices that divides {rows}"
    size, accumulate = (batch_size, own // batch_size) if own % batch_size == 0 else (own, 1)
    return f"batches.batch_size={size} trainer.accumulate_grad_batches={accumulate}"
