"""Building models with weights from a seed, and loading what was built."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from doppel.errors import ModelError
from doppel.model.byte_tokenizer import byte_tokenizer
from doppel.model.cache import materialised

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import transformers

    from doppel.model.pretrained import Pretrained
    from doppel.types import Architecture

REVISION = 1  # of what is built from the same keys: counts up with the code that builds


def require_divisible(hidden_size: int, heads: int, *, in_pairs: bool) -> None:
    """Nothing, if the heads share the hidden size evenly, `in_pairs` of features or each alone. Raises: ModelError."""
    if hidden_size % (heads * (2 if in_pairs else 1)):
        needed = f"twice model.heads={heads}" if in_pairs else f"model.heads={heads}"
        raise ModelError(
            f"model.hidden_size={hidden_size} is not a multiple of {needed}, so the heads cannot share it. "
            f"Type for example model.hidden_size={heads * 16}"
        )


def pretrained(folder: Path, architecture: Architecture) -> Pretrained:
    """A model from a folder that was made here."""
    from doppel.model.pretrained import Pretrained  # and with it torch, which a tokenizer is had without

    return Pretrained(str(folder), architecture, revision=None, trust_remote_code=False, context_tokens=None)


def random_model(
    name: str, config: transformers.PreTrainedConfig, build: Callable[..., transformers.PreTrainedModel], seed: int
) -> Path:
    """The folder of a byte-level model with fp32 weights drawn from the seed; the caller's random state stays."""
    import torch

    from doppel.model.quiet import quiet

    def fill(folder: Path) -> None:
        with quiet(), torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            build(copy.deepcopy(config)).save_pretrained(folder)  # building writes into the config
            byte_tokenizer().save_pretrained(folder)

    recipe = {"config": config.to_diff_dict(), "seed": seed, "revision": REVISION, "torch": torch.__version__}
    return materialised(name, recipe, fill)
