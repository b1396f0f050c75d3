"""Which code a config may name. `_target_` is an import: anything outside this list is refused before it happens."""

from __future__ import annotations

ALLOWED_PACKAGES = (
    "bitsandbytes",
    "deepspeed",
    "doppel",
    "peft",
    "pytorch_lightning",
    "torch.optim",
    "transformers",
)

# The user's own word, on their own command line only: +allow_targets=[my_package]. A config file cannot say it.
OPT_IN_KEY = "allow_targets"


def is_allowed(target: str, opted_in: tuple[str, ...]) -> bool:
    """Whether a dotted path lies in one of the allowed packages."""
    return any(target.startswith(f"{package}.") for package in (*ALLOWED_PACKAGES, *opted_in))
