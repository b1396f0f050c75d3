"""What the ways to train a model, in part or beside it, do not go with."""

from __future__ import annotations

from doppel.config.rule import Config, Rule, option_of
from doppel.config.rules_precision import is_quantised, runs_on_cpu

WITHOUT_ROWS = ("pissa", "ia3", "prompt", "freeze")  # what they train has no place for rows of the embeddings


def _is_dora(config: Config) -> bool:
    return bool((config.get("adapter") or {}).get("is_decomposed"))


def _is_int8(config: Config) -> bool:
    return (config.get("precision") or {}).get("quantization") == "int8"


RULES_ADAPTER = (
    Rule(
        "prompt x packed",
        lambda config: option_of(config, "adapter") == "prompt" and option_of(config, "batches") == "packed",
        "virtual tokens stand in front of a row, so of several samples packed in one the first alone would have them, "
        "and PEFT drops the positions that keep samples apart",
        "type batches=bucketed (or batches=padded)",
    ),
    Rule(
        "pissa x quantised",
        lambda config: option_of(config, "adapter") == "pissa" and is_quantised(config),
        "adapter=pissa takes components out of the base's weights, which cannot be done in 8 or 4 bits",
        "type precision=bf16 (or adapter=lora)",
    ),
    Rule(
        "dora x int8 x CPU",
        lambda config: _is_dora(config) and _is_int8(config) and runs_on_cpu(config),
        "PEFT reads the lengths that DoRA trains from weights of 8 bits and loses their scale on the way back to a CPU",
        "type precision=nf4 (or adapter=lora)",
    ),
    Rule(
        "names x adapter",
        lambda config: bool(config.get("name_tokens")) and option_of(config, "adapter") in WITHOUT_ROWS,
        "the rows of new tokens must be trained and saved, and this adapter has no place for them",
        "type adapter=lora (or dora, rslora, qlora, full; or name_tokens=0)",
    ),
    Rule(
        "continue x full",
        lambda config: bool(config.get("continue_from")) and option_of(config, "adapter") == "full",
        "adapter=full makes a whole model, which is a base like any other",
        "type model.path=RUN/model (and leave continue_from out)",
    ),
    Rule(
        "continue x pissa",
        lambda config: bool(config.get("continue_from")) and option_of(config, "adapter") == "pissa",
        "adapter=pissa starts from the base's own components, and what it saves is a LoRA of twice its rank",
        "type adapter=lora with twice the rank and alpha of the run",
    ),
    Rule(
        "merged x quantised",
        lambda config: bool(config.get("merged_adapters")) and is_quantised(config),
        "merging into weights of 8 or 4 bits rounds most of an adapter away",
        "type doppel merge RUN first (and then model.path=RUN/merged merged_adapters=[])",
    ),
)
