"""What does not go with what: each rule has an id, a predicate, the reason and the override that mends it."""

from __future__ import annotations

from doppel.config.machine import gpu_capabilities
from doppel.config.place import placed
from doppel.config.rule import Config, Rule, is_seq2seq, option_of, trainer_key
from doppel.config.rules_adapter import RULES_ADAPTER
from doppel.config.rules_engine import RULES_ENGINE
from doppel.config.rules_feedback import RULES_FEEDBACK
from doppel.config.rules_memory import RULES_MEMORY
from doppel.config.rules_model import RULES_MODEL
from doppel.config.rules_precision import RULES_PRECISION
from doppel.config.rules_strategy import RULES_STRATEGY
from doppel.config.rules_training import RULES_TRAINING


def table() -> str:
    """All rules as Markdown, for people: conf/RULES.md is this text."""
    lines = [
        "# What does not go with what",
        "",
        "Made from `doppel/config/rules.py`; each is refused before anything is built.",
        "",
    ]
    lines += ["| rule | because | instead |", "| --- | --- | --- |"]
    return "\n".join([*lines, *(f"| {rule.id} | {rule.reason} | {rule.remedy} |" for rule in RULES), ""])


def _context_tokens(config: Config) -> int:
    return (config.get("model") or {}).get("context_tokens") or 0


RULES = (
    Rule(
        "packed x seq2seq",
        lambda config: option_of(config, "batches") == "packed" and is_seq2seq(config),
        "packing puts several samples in one row, which cross-attention of an encoder-decoder would mix",
        "type batches=bucketed (or batches=padded)",
    ),
    Rule(
        "several machines",
        lambda config: trainer_key(config, "num_nodes") > 1 and placed() is None,
        "trainer.num_nodes asks for several machines, and nothing has started processes on them",
        "type trainer.num_nodes=1 (or start it on each machine with torchrun or srun)",
        is_of_machine=True,
    ),
    Rule(
        "processes x launcher",
        lambda config: (
            (place := placed()) is not None
            and place.world_size != trainer_key(config, "devices") * trainer_key(config, "num_nodes")
        ),
        "torchrun or srun has started another number of processes than trainer.devices x trainer.num_nodes",
        "type trainer.num_nodes=(machines) trainer.devices=(processes on each)",
        is_of_machine=True,
    ),
    Rule(
        "devices x GPUs",
        lambda config: (
            0 < len(gpu_capabilities()) < trainer_key(config, "devices") and trainer_key(config, "accelerator") != "cpu"
        ),
        "trainer.devices asks for more GPUs than this machine has",
        "type a smaller trainer.devices (or trainer.accelerator=cpu)",
        is_of_machine=True,
    ),
    Rule(
        "GPU x machine",
        lambda config: trainer_key(config, "accelerator") in ("gpu", "cuda") and not gpu_capabilities(),
        "trainer.accelerator asks for a GPU and this machine shows none (nvidia-smi)",
        "type trainer.accelerator=auto (or cpu)",
        is_of_machine=True,
    ),
    Rule(
        "endless run",
        lambda config: trainer_key(config, "max_steps") == -1 and trainer_key(config, "max_epochs") in (None, -1),
        "neither trainer.max_steps nor trainer.max_epochs ends the run",
        "type trainer.max_epochs=1 (or trainer.max_steps=500)",
    ),
    Rule(
        "empty run",
        lambda config: 0 in (trainer_key(config, "max_steps"), trainer_key(config, "max_epochs")),
        "trainer.max_steps or trainer.max_epochs is 0, so nothing would be learnt",
        "type trainer.max_epochs=1 (or trainer.max_steps=500)",
    ),
    Rule(
        "no record",
        lambda config: "logger" in config and not config["logger"].get("csv"),
        "logger.csv writes the losses that results, sweeps and doppel reproduce read, and it is left out",
        "type logger=csv (or logger=tensorboard, which has both)",
    ),
    Rule(
        "resume in a file",
        lambda config: bool(config.get("resume")),
        "a run is continued by a word of the command line alone, as it brings its own config",
        "type resume=RUN by itself, and leave it out of files",
    ),
    Rule(
        "early stopping x no validation",
        lambda config: "early_stopping" in (config.get("callbacks") or {}) and option_of(config, "split") == "none",
        "early stopping watches the validation loss and split=none holds nothing out",
        "type split=temporal (or callbacks=default)",
    ),
    Rule(
        "batch x context",
        lambda config: 0 < _context_tokens(config) < ((config.get("batches") or {}).get("max_tokens") or 0),
        "batches.max_tokens is longer than what the model can attend to (model.context_tokens)",
        "type a smaller batches.max_tokens",
    ),
    *RULES_MEMORY,
    *RULES_MODEL,
    *RULES_ADAPTER,
    *RULES_PRECISION,
    *RULES_STRATEGY,
    *RULES_TRAINING,
    *RULES_ENGINE,
    *RULES_FEEDBACK,
)
