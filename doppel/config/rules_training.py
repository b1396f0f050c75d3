"""What the ways to train faster do not go with."""

from __future__ import annotations

import importlib.util
import shutil

from doppel.config.machine import gpu_capabilities
from doppel.config.rule import Config, Rule, is_seq2seq
from doppel.config.rules_precision import is_t5, runs_on_cpu

FLASH = {"flash_attention_2": ((8, 0), "flash-attn"), "flash_attention_3": ((9, 0), "flash-attn-3")}
PACKAGES = {"flash_attention_2": "flash_attn", "flash_attention_3": "flash_attn_interface"}
COMPILERS = ("g++", "c++", "clang++")


PREFERENCES = ("hits_at_1", "mrr", "rivals_beaten")
# What evaluate=quick finds of a run, and which way it is better.
OF_EVALUATION = {
    "evaluation/likelihood.nats_per_token": "minimize",
    "evaluation/likelihood.bits_per_character": "minimize",
    **dict.fromkeys(
        [f"evaluation/preference.{what}_{rivals}" for what in PREFERENCES for rivals in ("others", "own")],
        "maximize",
    ),
}


def _objective_of_evaluation(config: Config) -> str | None:
    objective = str(config.get("objective"))
    return objective if objective.startswith("evaluation/") else None


def _training(config: Config, key: str) -> object:
    return (config.get("training") or {}).get(key)


def _flash(config: Config) -> str | None:
    attention = _training(config, "attention")
    return attention if isinstance(attention, str) and attention in FLASH else None


def _lacks_flash(config: Config) -> bool:
    attention = _flash(config)
    return attention is not None and importlib.util.find_spec(PACKAGES[attention]) is None


def _is_too_old_for_flash(config: Config) -> bool:
    attention, gpus = _flash(config), gpu_capabilities()
    return attention is not None and bool(gpus) and min(gpus) < FLASH[attention][0]


def _is_fp32(config: Config) -> bool:
    precision = config.get("precision") or {}
    return precision.get("weights") == "float32" and precision.get("trainer") == "32-true"


RULES_TRAINING = (
    Rule(
        "evaluation objective x evaluation",
        lambda config: _objective_of_evaluation(config) is not None and config.get("evaluate") != "quick",
        "an objective of evaluation/ is what evaluate=quick finds on the validation part; a choice by the test part "
        "would leave nothing to measure it with",
        "type evaluate=quick",
    ),
    Rule(
        "evaluation objective x name",
        lambda config: (objective := _objective_of_evaluation(config)) is not None and objective not in OF_EVALUATION,
        "the objective is nothing that evaluate=quick finds",
        f"type objective=... with one of {', '.join(OF_EVALUATION)}",
    ),
    Rule(
        "evaluation objective x direction",
        lambda config: (
            config.get("objective_direction")
            != OF_EVALUATION.get(str(config.get("objective")), config.get("objective_direction"))
        ),
        "likelihood is better where it is lower, and preference where it is higher",
        "type objective_direction=minimize for likelihood, objective_direction=maximize for preference",
    ),
    Rule(
        "flash attention x CPU",
        lambda config: _flash(config) is not None and runs_on_cpu(config),
        "flash attention is made of CUDA kernels and this run has no GPU",
        "type training.attention=auto",
    ),
    Rule(
        "flash attention x missing",
        lambda config: _lacks_flash(config) and not runs_on_cpu(config),
        "training.attention names flash attention and its package is not installed",
        "type pip install flash-attn --no-build-isolation (or training.attention=auto)",
    ),
    Rule(
        "flash attention x old GPU",
        _is_too_old_for_flash,
        "flash attention 2 needs GPUs of compute capability 8.0 (Ampere), 3 of 9.0 (Hopper); this machine's is lower",
        "type training.attention=auto",
    ),
    Rule(
        "flash attention x fp32",
        lambda config: _flash(config) is not None and _is_fp32(config),
        "flash attention multiplies fp16 and bf16 alone",
        "type precision=bf16 (or training.attention=auto)",
    ),
    Rule(
        "flash attention x T5",
        lambda config: _flash(config) is not None and is_t5(config),
        "T5 adds its positions to the scores of attention, which flash attention has no place for",
        "type training.attention=auto",
    ),
    Rule(
        "liger x CPU",
        lambda config: _training(config, "kernels") == "liger" and runs_on_cpu(config),
        "Liger's kernels are written in Triton, which needs a GPU, and this run has none",
        "type training.kernels=none",
    ),
    Rule(
        "liger x missing",
        lambda config: (
            _training(config, "kernels") == "liger"
            and importlib.util.find_spec("liger_kernel") is None
            and not runs_on_cpu(config)
        ),
        "training.kernels=liger needs Liger Kernel, which is not installed",
        'type pip install "doppel[kernels]" (or training.kernels=none)',
    ),
    Rule(
        "liger x seq2seq",
        lambda config: _training(config, "kernels") == "liger" and is_seq2seq(config),
        "Liger Kernel has nothing for encoder-decoder models",
        "type training.kernels=none",
    ),
    Rule(
        "compiles x no compiler",
        lambda config: bool(_training(config, "compiles")) and not any(map(shutil.which, COMPILERS)),
        "torch compiles layers with the machine's own C++ compiler, and there is none",
        "type training.compiles=false",
    ),
)
