"""Peaks that litgpt has published of its own training, and the settings they are of."""

from __future__ import annotations

from dataclasses import dataclass

SOME, ALL = ("query", "value"), ("query", "key", "value", "projection", "mlp", "head")


@dataclass(frozen=True, slots=True)
class Published:
    """A row of a table of litgpt: LoRA where it has a rank, else all weights; in bf16 or over NF4; FSDP over GPUs."""

    model: str
    rows: int
    tokens: int
    reference: float | None  # GB; None: out of memory
    gpu_gb: float
    rank: int = 0
    beside: tuple[str, ...] = SOME
    accumulate: int = 8
    is_nf4: bool = False
    devices: int = 1


A10G, A100 = 23.8, 42.3
PUBLISHED = (  # config_hub/finetune/README.md (A10G, 512 tokens), then tutorials/resource-tables.md (A100 40 GB)
    Published("falcon-7b", 1, 512, 16.69, A10G, 32),
    Published("gemma-2b", 2, 512, 12.62, A10G, 8, ALL),
    Published("Llama-2-7b-hf", 2, 512, 19.77, A10G, 32),
    Published("Llama-3-8B", 1, 512, 19.73, A10G, 32),
    Published("Mistral-7B-v0.1", 2, 512, 20.66, A10G, 32),
    Published("phi-2", 4, 512, 13.98, A10G, 8, ALL),
    Published("Phi-3-mini-4k-instruct", 4, 512, 19.75, A10G, 8, ALL),
    Published("stablelm-base-alpha-3b", 1, 512, 8.58, A10G, 32),
    Published("tiny-llama-1.1b", 8, 512, 13.50, A10G, 32, ALL, 1),
    Published("tiny-llama-1.1b", 4, 512, 14.10, A10G),
    Published("phi-1_5", 1, 1044, 4.82, A100, 8),
    Published("phi-1_5", 2, 1044, 6.76, A100, 8),
    Published("phi-1_5", 4, 1044, 10.68, A100, 8),
    Published("stablelm-base-alpha-3b", 1, 1034, 9.69, A100, 8),
    Published("stablelm-base-alpha-3b", 2, 1034, 12.10, A100, 8),
    Published("stablelm-base-alpha-3b", 4, 1034, 16.92, A100, 8),
    Published("Llama-2-7b-hf", 1, 1304, 21.30, A100, 8),
    Published("Llama-2-7b-hf", 2, 1304, 29.07, A100, 8),
    Published("Llama-2-7b-hf", 4, 1304, None, A100, 8),
    Published("Llama-2-13b-hf", 1, 1304, 38.12, A100, 8),
    Published("Llama-2-13b-hf", 2, 1304, None, A100, 8),
    Published("gemma-7b", 1, 512, None, A10G, 8, ALL),
)
QUANTISED = (  # config_hub/finetune/README.md and each model's qlora.yaml
    Published("falcon-7b", 1, 512, 9.44, A10G, 32, is_nf4=True),
    Published("gemma-2b", 2, 512, 11.58, A10G, 16, ALL, 3, is_nf4=True),
    Published("gemma-7b", 1, 512, 17.18, A10G, 16, ALL, 6, is_nf4=True),
    Published("Llama-2-7b-hf", 2, 512, 13.68, A10G, 32, SOME, 4, is_nf4=True),
    Published("Llama-3-8B", 2, 512, 17.41, A10G, 32, SOME, 4, is_nf4=True),
    Published("Mistral-7B-v0.1", 2, 512, 14.29, A10G, 32, SOME, 4, is_nf4=True),
    Published("phi-2", 4, 512, 14.27, A10G, 8, ALL, 2, is_nf4=True),
    Published("Phi-3-mini-4k-instruct", 4, 512, 19.13, A10G, 8, ALL, 2, is_nf4=True),
    Published("stablelm-base-alpha-3b", 1, 512, 5.24, A10G, 32, is_nf4=True),
    Published("tiny-llama-1.1b", 8, 512, 16.24, A10G, 32, ALL, 1, is_nf4=True),
)


SHARDED = (  # config_hub/finetune/README.md and each model's full.yaml: FSDP, checkpointed blocks
    Published("phi-2", 4, 512, 14.44, A10G, accumulate=1, devices=2),
    Published("stablelm-base-alpha-3b", 1, 512, 21.23, A10G, accumulate=4, devices=2),
    Published("gemma-2b", 1, 512, 17.43, A10G, accumulate=4, devices=4),
    Published("Llama-2-7b-hf", 4, 512, None, A10G, accumulate=4, devices=4),
    Published("Llama-3-8B", 4, 512, None, A10G, accumulate=4, devices=4),
)
