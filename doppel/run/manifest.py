"""What a run was made of: code, packages, machine, data. All that is needed to say why a repetition differs."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = (
    "doppel",
    "torch",
    "transformers",
    "tokenizers",
    "peft",
    "pytorch-lightning",
    "hydra-core",
    "omegaconf",
    "numpy",
    "safetensors",
    "optuna",
)
CODE = ("doppel", "conf", "experiments", "hydra_plugins")  # what of the checkout can change a run
CHECKOUT = Path(__file__).resolve().parent.parent.parent


def describe(*, processor: str, gpus: int) -> dict[str, Any]:
    """The facts known before anything is built: when, with what code and packages, on what machine."""
    return {
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "code": {
            "revision": _git("rev-parse", "HEAD"),
            "has_local_changes": bool(_git("status", "--porcelain", "--", *CODE)),
        },
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in PACKAGES},
        "machine": {
            "system": platform.platform(),
            "processor": processor,
            "gpus": gpus,
            "cores": os.cpu_count(),
            "memory_gib": _memory_gib(),
        },
    }


def code_diff() -> str:
    """The local changes to doppel's own checkout as a patch; "" when installed from a wheel or unchanged.

    Files that git does not know yet are not in it: `has_local_changes` counts them.
    """
    return _git("diff", "HEAD", "--", *CODE) or ""


def differences(then: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """What is not as it was, one line each."""
    pairs = [("code", then.get("code"), now["code"]), ("python", then.get("python"), now["python"])]
    packages = then.get("packages", {})
    pairs += [(name, packages.get(name), current) for name, current in now["packages"].items()]
    machine = then.get("machine", {})
    pairs += [(f"machine.{key}", machine.get(key), value) for key, value in now["machine"].items()]
    return [f"{name}: then {before}, now {after}" for name, before, after in pairs if before != after]


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _git(*arguments: str) -> str | None:
    if not (CHECKOUT / ".git").exists():
        return None
    command = ["git", "-C", str(CHECKOUT), *arguments]  # the user's own git, with fixed words
    try:
        answer = subprocess.run(command, capture_output=True, check=False, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    # Of the white space around a patch only the last newline may go: a blank line of context is part of it.
    return answer.stdout.decode("utf-8", "replace").removesuffix("\n") if answer.returncode == 0 else None


def _memory_gib() -> float | None:
    if sys.platform == "win32":
        return None
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
