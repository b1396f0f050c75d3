"""Rules about what speaks."""

from __future__ import annotations

from doppel.config.rule import Config, Rule, option_of

OF_FILES = ("llama_cpp", "vllm")  # engines that read what a finished run has written


def _restrains(config: Config) -> bool:
    drawn = config.get("generation") or {}
    return drawn.get("repetition_penalty") != 1 or bool(drawn.get("unrepeated_tokens") or drawn.get("discouraged"))


RULES_ENGINE = (
    Rule(
        "engine of files x model in memory",
        lambda config: option_of(config, "engine") in OF_FILES and bool({"trainer", "evaluation"} & config.keys()),
        "a training and an evaluation speak with the model that they hold; llama.cpp and vLLM read what a run has left",
        "type engine=transformers",
    ),
    Rule(
        "vllm x restraints",
        lambda config: option_of(config, "engine") == "vllm" and _restrains(config),
        "vLLM punishes repetition of the prompt too, with its end markers, and knows no discouraged texts",
        "type generation.repetition_penalty=1.0 generation.unrepeated_tokens=0 generation.discouraged=[]",
    ),
)
