"""What the ways to store weights and arithmetic do not go with."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

from doppel.config.machine import gpu_capabilities
from doppel.config.rule import Config, Rule, is_seq2seq, option_of, trainer_key

TRAIN_THE_BASE = ("full", "freeze")
T5_TYPES = ("t5", "mt5", "umt5", "longt5", "switch_transformers")
T5_NAMES = ("t5", "fred")  # SiberianPersonaFred is a FRED-T5
SMALLEST_FP16_EPS = 1e-5  # a tiny Llama: nan after one step at 1e-7, a diverging loss at 1e-6
INSTALL = 'type pip install "doppel[quantized]"'


def _precision(config: Config, key: str) -> str | None:
    return (config.get("precision") or {}).get(key)


def is_quantised(config: Config) -> bool:
    """Whether the base's linear layers are stored in 8 or 4 bits."""
    return _precision(config, "quantization") is not None


def _is_fp16(config: Config) -> bool:
    return _precision(config, "trainer") == "16-mixed" or _precision(config, "weights") == "float16"


def is_t5(config: Config) -> bool:
    """Of a local folder by its own config, of a hub id by its name: nothing is downloaded here."""
    path = (config.get("model") or {}).get("path")
    if path is None:
        return is_seq2seq(config)
    try:
        kind = json.loads(Path(path, "config.json").expanduser().read_text(encoding="utf-8"))["model_type"]
    except (OSError, ValueError, KeyError, TypeError):
        return any(name in Path(path).name.lower() for name in T5_NAMES)
    return kind in T5_TYPES


def runs_on_cpu(config: Config) -> bool:
    """Whether no GPU is used."""
    accelerator = trainer_key(config, "accelerator")
    return accelerator == "cpu" or (accelerator == "auto" and not gpu_capabilities())


def _lacks_bitsandbytes() -> bool:
    return importlib.util.find_spec("bitsandbytes") is None


def _trains_fp16(config: Config) -> bool:
    return _precision(config, "weights") == "float16" and option_of(config, "adapter") in TRAIN_THE_BASE


def _divides_by_nothing(config: Config) -> bool:
    optimizer = config.get("optimizer") or {}
    return optimizer.get("_target_", "").startswith("torch.optim.") and 0 < optimizer.get("eps", 1) < SMALLEST_FP16_EPS


def _has_bitsandbytes_optimizer(config: Config) -> bool:
    return (config.get("optimizer") or {}).get("_target_", "").startswith("bitsandbytes.")


def _marks_twice(config: Config) -> bool:
    is_int8 = _precision(config, "quantization") == "int8"
    looks_for_unused = bool((config.get("strategy") or {}).get("find_unused_parameters"))
    return is_int8 and looks_for_unused and bool((config.get("training") or {}).get("gradient_checkpointing"))


RULES_PRECISION = (
    Rule(
        "quantised x full",
        lambda config: is_quantised(config) and option_of(config, "adapter") in TRAIN_THE_BASE,
        "weights of 8 or 4 bits are whole numbers without gradients, and adapter=full and freeze train the weights",
        "type adapter=lora (or precision=bf16)",
    ),
    Rule(
        "quantised x bitsandbytes",
        lambda config: is_quantised(config) and _lacks_bitsandbytes(),
        "precision=int8, nf4 and nf4_double quantise with bitsandbytes, which is not installed",
        f"{INSTALL} (or precision=bf16)",
    ),
    Rule(
        "optimizer x bitsandbytes",
        lambda config: _has_bitsandbytes_optimizer(config) and _lacks_bitsandbytes(),
        "optimizer=adamw_8bit, paged_adamw_8bit and lion are bitsandbytes' own, which is not installed",
        f"{INSTALL} (or optimizer=adamw)",
        is_of_machine=True,
    ),
    Rule(
        "fp16 x T5",
        lambda config: _is_fp16(config) and is_t5(config),
        "activations of T5 pass 65504, the largest number of fp16, as it was made in bf16: the loss becomes nan",
        "type precision=bf16 (or bf16_mixed, or fp32)",
    ),
    Rule(
        "fp16 mixed x CPU",
        lambda config: _precision(config, "trainer") == "16-mixed" and runs_on_cpu(config),
        "Lightning does not mix fp16 on a CPU and takes bf16 instead, in silence",
        "type precision=bf16_mixed",
        is_of_machine=True,
    ),
    Rule(
        "fp16 weights x eps",
        lambda config: _trains_fp16(config) and _divides_by_nothing(config),
        "torch's optimizers keep moments of fp16 weights in fp16, where small squares and optimizer.eps are 0: the "
        "loss is nan after a step",
        "type precision=bf16 (or fp16_mixed, or optimizer.eps=1e-4)",
    ),
    Rule(
        "fp16 weights x fp16 mixed",
        lambda config: _trains_fp16(config) and _precision(config, "trainer") == "16-mixed",
        "the scaler of mixed fp16 does not take gradients that are fp16 themselves",
        "type precision=fp16_mixed (whose weights are float32)",
    ),
    Rule(
        "int8 checkpointing x unused parameters",
        _marks_twice,
        "gradient checkpointing of LLM.int8 runs a backward for each layer, and each would mark all unused parameters",
        "type strategy.find_unused_parameters=false (or precision=nf4)",
    ),
    Rule(
        "offload x CPU",
        lambda config: bool((config.get("training") or {}).get("offloads_activations")) and runs_on_cpu(config),
        "training.offloads_activations moves activations from a GPU to main memory, where those of a CPU are already",
        "type training.gradient_checkpointing=true (and leave training.offloads_activations=false)",
        is_of_machine=True,
    ),
)
