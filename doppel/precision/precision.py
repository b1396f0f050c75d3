"""How weights and arithmetic are stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Precision:
    """A pair of settings: the dtype in which the base is loaded, and the trainer's own `precision`.

    With weights in bfloat16, adapter=full trains them and the optimizer's state in bfloat16 ("bf16 true");
    adapter=lora trains fp32 matrices over them.
    """

    weights: Literal["float32", "bfloat16"]
    trainer: Literal["32-true"]  # Lightning casts nothing: what is bfloat16 was loaded so
