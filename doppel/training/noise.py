"""What the libraries say on every run and a user can do nothing about."""

from __future__ import annotations

import logging
import warnings

MESSAGES = (
    ".*LeafSpec.*",  # Lightning 2.6 against torch 2.13, at each trainer.fit
    ".*script_method` is deprecated.*",  # deepspeed 0.19 against torch 2.13, at its import
    ".*all_gather_into_tensor` is deprecated.*",  # the same, at each step
    ".*`is_gradient_checkpointing` is deprecated.*",  # peft 0.21 against transformers 5.23, at each adapter
    ".*Paged optimizers are not supported on CPU.*",  # they are the same there, with memory that is not paged
    ".*no `val_dataloader`.*",  # a run without validation is the user's choice
)


def silence() -> None:
    """Leaves out those warnings, and Lightning's lines on hardware and products; its own warnings stay.

    Called as every command begins, for what is said at an import, and before each training once more, as Lightning sets
    filters and levels of its own when it is imported.
    """
    for message in MESSAGES:
        warnings.filterwarnings("ignore", message=message)
    for name in ("pytorch_lightning", "lightning_fabric"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # As PEFT imports it, even where nothing is quantised: that a faster kernel could be downloaded for a CPU.
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
