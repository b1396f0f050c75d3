"""Where measurements of this user's GPUs are kept, and how a plan comes by them: one file in the user's cache."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from doppel.cache.store import cache_folder
from doppel.errors import RunError
from doppel.plan.calibration import Calibration
from doppel.plan.gpu import Gpu
from doppel.run.directory import write_json


def calibration_file() -> Path:
    """The file; removing it forgets what was measured. Raises: RunError."""
    return cache_folder() / "gpus.json"


def kept_calibrations() -> list[Calibration]:
    """One for each kind of GPU, [] where nothing was measured. Raises: RunError for a damaged file."""
    file = calibration_file()
    if not file.is_file():
        return []
    try:
        return [Calibration(**one) for one in json.loads(file.read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError) as error:
        raise RunError(
            f"{file} is damaged ({error}): remove it, and the next run on a GPU writes it anew; "
            "uses_calibration=false plans without"
        ) from error


def keep(calibration: Calibration) -> None:
    """Puts it in the place of an earlier one of the same kind of GPU. Raises: RunError."""
    others = [one for one in kept_calibrations() if one.gpu != calibration.gpu]
    write_json(calibration_file(), [asdict(one) for one in (*others, calibration)])


def calibration_of(gpu: Gpu) -> Calibration | None:
    """The one for a GPU of the table. Raises: RunError."""
    return next((one for one in kept_calibrations() if gpu.is_named(one.gpu)), None)


def in_words(name: str, calibration: Calibration) -> str:
    """What a plan of this GPU is reckoned with."""
    context = "" if calibration.context_gib is None else f", {calibration.context_gib:.2f} GiB beside torch"
    return (
        f"{name}: reckoned with what {calibration.run} has measured ({calibration.measured_at[:10]}): "
        f"{calibration.efficiency:.0%} of the data sheet's rates{context} (uses_calibration=false leaves it out)"
    )
