"""Which code a config may name. `_target_` is an import: anything outside this list is refused before it happens."""

from __future__ import annotations

# Not whole libraries: peft.utils loads pickles, transformers runs a hub author's Python, deepspeed starts programs.
ALLOWED_PACKAGES = (
    "bitsandbytes.optim",
    "deepspeed.ops",
    "doppel",
    "pytorch_lightning.Trainer",
    "pytorch_lightning.callbacks",
    "pytorch_lightning.loggers",
    "pytorch_lightning.profilers",
    "pytorch_lightning.strategies",
    "torch.optim",
    "transformers.optimization",
)

# The user's own word, on their own command line only: +allow_targets=[my_package]. A config file cannot say it.
OPT_IN_KEY = "allow_targets"


def is_allowed(target: str, opted_in: tuple[str, ...]) -> bool:
    """Whether a dotted path lies in one of the allowed packages, or is one of the allowed names."""
    return any(f"{target}.".startswith(f"{package}.") for package in (*ALLOWED_PACKAGES, *opted_in))
