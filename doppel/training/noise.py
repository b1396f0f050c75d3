"""What the libraries say on every run and a user can do nothing about."""

from __future__ import annotations

import logging
import warnings

MESSAGES = (
    ".*LeafSpec.*",  # Lightning 2.6 against torch 2.13, at each trainer.fit
    ".*`is_gradient_checkpointing` is deprecated.*",  # peft 0.21 against transformers 5.23, at each adapter
    ".*no `val_dataloader`.*",  # a run without validation is the user's choice
)


def silence() -> None:
    """Leaves out those warnings, and Lightning's lines on hardware and products; its own warnings stay."""
    for message in MESSAGES:
        warnings.filterwarnings("ignore", message=message)
    for name in ("pytorch_lightning", "lightning_fabric"):
        logging.getLogger(name).setLevel(logging.WARNING)
