"""What the ways to spread a run over devices do not go with."""

from __future__ import annotations

import importlib.util

from doppel.config.machine import gpu_capabilities
from doppel.config.rule import Config, Rule, option_of, trainer_key
from doppel.config.rules_precision import runs_on_cpu

SEVERAL = ("ddp", "fsdp", "zero")  # strategies of several processes, by the modules of their targets
FLAT_OPTIMIZERS = ("Adafactor",)
NAMES = "strategy=ddp, fsdp, zero1, zero2 and zero3"


def is_fsdp(config: Config) -> bool:
    """Whether weights are spread by FSDP2."""
    return option_of(config, "strategy") == "fsdp"


def is_zero(config: Config) -> bool:
    """Whether DeepSpeed spreads the run."""
    return option_of(config, "strategy") == "zero"


def _strategy(config: Config, key: str) -> object:
    return (config.get("strategy") or {}).get(key)


def _is_stage_3(config: Config) -> bool:
    return _strategy(config, "stage") == 3


def _offloads(config: Config) -> bool:
    """Whether something is kept in main memory, which is of use to one GPU too."""
    return bool(_strategy(config, "offloads_weights") or _strategy(config, "offloads_optimizer"))


def _processes(config: Config) -> int:
    return trainer_key(config, "devices") * trainer_key(config, "num_nodes")


def _is_fp16_mixed(config: Config) -> bool:
    return (config.get("precision") or {}).get("trainer") == "16-mixed"


def _optimizer(config: Config) -> str:
    return (config.get("optimizer") or {}).get("_target_", "")


def _is_optimizer_of_32_bits(config: Config) -> bool:
    return (config.get("optimizer") or {}).get("optim_bits") == 32


def _is_dora_in_4_bits(config: Config) -> bool:
    is_dora = bool((config.get("adapter") or {}).get("is_decomposed"))
    return is_dora and (config.get("precision") or {}).get("quantization") in ("nf4", "nf4_double")


RULES_STRATEGY = (
    Rule(
        "several processes x one device",
        lambda config: option_of(config, "strategy") in SEVERAL and _processes(config) < 2 and not _offloads(config),
        f"{NAMES} spread a run over several processes and trainer.devices asks for one",
        "type trainer.devices=2 (or strategy=single)",
    ),
    Rule(
        "single x devices",
        lambda config: option_of(config, "strategy") == "single" and _processes(config) > 1,
        "strategy=single runs in one process and trainer.devices asks for more",
        "type strategy=ddp (or fsdp, zero1, zero2, zero3)",
    ),
    Rule(
        "fsdp offload x CPU",
        lambda config: is_fsdp(config) and bool(_strategy(config, "offloads_weights")) and runs_on_cpu(config),
        "strategy=fsdp_offload keeps weights in main memory for a GPU, and on a CPU they lie there anyway "
        "(torch: Cannot access accelerator device when none is available)",
        "type strategy=fsdp",
        is_of_machine=True,
    ),
    Rule(
        "zero x DeepSpeed",
        lambda config: is_zero(config) and importlib.util.find_spec("deepspeed") is None,
        "strategy=zero1, zero2 and zero3 are DeepSpeed's, which is not installed",
        'type pip install "doppel[deepspeed]" (or strategy=fsdp, which needs nothing more)',
        is_of_machine=True,
    ),
    Rule(
        "offloaded weights x stage",
        lambda config: is_zero(config) and _strategy(config, "offloads_weights") is True and not _is_stage_3(config),
        "ZeRO keeps weights in main memory in stage 3 alone, as in the others each process has all of them",
        "type strategy=zero3_offload (or strategy.offloads_weights=false)",
    ),
    Rule(
        "fp16 x sharded",
        lambda config: _is_fp16_mixed(config) and (is_fsdp(config) or is_zero(config)),
        "Lightning has no loss scaling for FSDP2, and DeepSpeed's own is in no checkpoint that other strategies load",
        "type precision=bf16_mixed (or strategy=ddp)",
    ),
    Rule(
        "int8 x fsdp",
        lambda config: is_fsdp(config) and (config.get("precision") or {}).get("quantization") == "int8",
        "FSDP2 makes new parameters of its slices, and LLM.int8 keeps its scales on the old ones (bitsandbytes 0.50: "
        "'Parameter' object has no attribute 'CB')",
        "type strategy=ddp or zero2 (or precision=nf4)",
    ),
    Rule(
        "dora in 4 bits x zero3 x CPU",
        lambda config: is_zero(config) and _is_stage_3(config) and _is_dora_in_4_bits(config) and runs_on_cpu(config),
        "on a CPU, PEFT puts copies in the place of the 4-bit weights that DoRA measures, which ZeRO-3 does not gather "
        "(bitsandbytes 0.50: shape '[64, 32]' is invalid for input of size 0)",
        "type strategy=zero2 (or fsdp, ddp, or adapter=lora)",
    ),
    Rule(
        "adafactor x sharded",
        lambda config: _optimizer(config).endswith(FLAT_OPTIMIZERS) and (is_fsdp(config) or is_zero(config)),
        "Adafactor keeps sums of rows and columns of whole matrices, of which a process has parts alone: FSDP2 fails, "
        "and ZeRO learns something else, in silence",
        "type optimizer=adamw (or strategy=ddp)",
    ),
    Rule(
        "bitsandbytes optimizer x sharded",
        lambda config: (
            _optimizer(config).startswith("bitsandbytes.")
            and (is_fsdp(config) or (is_zero(config) and not _is_optimizer_of_32_bits(config)))
        ),
        "bitsandbytes' optimizers do not take FSDP2's slices (bitsandbytes 0.50: got mixed torch.Tensor and DTensor), "
        "and those of 8 bits keep scales of ZeRO's parts, of which a checkpoint would hold one process's alone",
        "type optimizer=adamw (or strategy=ddp)",
    ),
    Rule(
        "cpu_adamw x strategy",
        lambda config: _optimizer(config).startswith("deepspeed.") and not (is_zero(config) and _offloads(config)),
        "DeepSpeedCPUAdam updates weights in main memory, where ZeRO alone keeps them, and only if it is told to",
        "type strategy=zero3_offload (or optimizer=adamw)",
    ),
    Rule(
        "zero x CPU beside GPUs",
        lambda config: is_zero(config) and trainer_key(config, "accelerator") == "cpu" and bool(gpu_capabilities()),
        "DeepSpeed takes the GPU that it finds, whatever trainer.accelerator says",
        "type strategy=fsdp (or trainer.accelerator=auto)",
        is_of_machine=True,
    ),
)
