"""How weights and arithmetic are stored."""

from __future__ import annotations

import importlib.util
import logging
from dataclasses import dataclass
from typing import Any, Literal

from doppel.errors import ModelError


@dataclass(frozen=True, slots=True, kw_only=True)
class Precision:
    """How the base is loaded, and the trainer's own `precision`.

    `weights` is the dtype of whatever is not quantised, and of the arithmetic of what is. With bfloat16 and no
    quantisation, adapter=full trains the weights and the optimizer's state in bfloat16 ("bf16 true"); the matrices of
    adapter=lora are fp32 over any base.

    A quantised base keeps as it is what transformers keeps (the head, tied embeddings, T5's `wo`), and embeddings and
    norms, which are no linear layers. PEFT's prepare_model_for_kbit_training casts all of these to fp32; here they stay
    in `weights`, as norms reckon in fp32 inside whatever their dtype and the rest is frozen: half the memory of
    activations and of the head. `precision.weights=float32` is that cast.
    """

    weights: Literal["float32", "bfloat16", "float16"]
    quantization: Literal["int8", "nf4", "nf4_double"] | None  # of the base's linear layers
    trainer: Literal["32-true", "bf16-mixed", "16-mixed"]  # 32-true: Lightning casts nothing, as it was loaded so

    def loading(self) -> dict[str, Any]:
        """Keyword arguments of transformers' from_pretrained. Raises: ModelError where bitsandbytes is missing."""
        import torch

        dtype = getattr(torch, self.weights)
        if self.quantization is None:
            return {"dtype": dtype}
        if importlib.util.find_spec("bitsandbytes") is None:
            raise ModelError(
                f"precision.quantization={self.quantization} needs bitsandbytes, which is not installed here: "
                'pip install "doppel[quantized]"; or type precision=bf16 (for a run that is quantised, this is no way)'
            )
        from transformers import BitsAndBytesConfig

        # Never with llm_int8_skip_modules: a list replaces what transformers itself leaves out, such as lm_head.
        if self.quantization == "int8":
            return {"dtype": dtype, "quantization_config": BitsAndBytesConfig(load_in_8bit=True)}
        four_bit = BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=self.quantization == "nf4_double",
            bnb_4bit_compute_dtype=dtype,
            # Bytes, not floats: FSDP2 of today's torch shards them and casts them under no policy, while storage in
            # bf16 fails for layers of odd sizes (9 weights do not fill whole bf16 numbers).
            bnb_4bit_quant_storage=torch.uint8,
        )
        return {"dtype": dtype, "quantization_config": four_bit}

    def settle(self, model: Any) -> None:
        """Makes a loaded model fit to be trained; nothing where it is not quantised."""
        if self.quantization is None:
            return
        from bitsandbytes.nn.modules import Linear4bit

        # Of bitsandbytes, at each product of LLM.int8: that it casts its input to fp16, as it always does.
        logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
        for module in model.modules():
            if isinstance(module, Linear4bit):
                # bitsandbytes 0.50, CPUs with avx512bf16: an evaluation forward repacks the weights in place, and later
                # forwards of training use a kernel without gradients, in silence (norms of 1.9 instead of 13.7).
                module.support_avx512bf16_for_cpu = False
