"""What learning from judged replies does not go with."""

from __future__ import annotations

from doppel.config.rule import Config, Rule, option_of

OF_PREFERENCE = ("dpo", "kto")
HALF = 0.5


def _is_preference(config: Config) -> bool:
    return option_of(config, "training") in OF_PREFERENCE


def _is_of_feedback(config: Config) -> bool:
    return option_of(config, "source") == "feedback"


def _is_mixed(config: Config) -> bool:
    sources = (config.get("source") or {}).get("sources") or {}
    return any(_is_of_feedback({"source": source}) for source in sources.values())


def _smoothing(config: Config) -> float:
    return (config.get("training") or {}).get("label_smoothing") or 0


RULES_FEEDBACK = (
    Rule(
        "preference x source",
        lambda config: _is_preference(config) and "source" in config and not _is_of_feedback(config),
        "training=dpo and kto learn from replies that somebody has judged, and other sources have none",
        "type source=feedback source.path=feedback.jsonl (or training=likelihood)",
    ),
    Rule(
        "preference x packed",
        lambda config: _is_preference(config) and option_of(config, "batches") == "packed",
        "replies are judged one by one, and a packed row holds several",
        "type batches=bucketed (or batches=padded)",
    ),
    Rule(
        "dpo x smoothing",
        lambda config: _smoothing(config) >= HALF,
        "with training.label_smoothing of one half or more the worse reply would be learnt",
        "type training.label_smoothing=0.1 (or 0)",
    ),
    Rule(
        "feedback x mix",
        _is_mixed,
        "judged replies are samples already, and a mix is one of messages",
        "type source=feedback with continue_from=RUN (what the run has learnt before stays in its weights)",
    ),
    Rule(
        "feedback x persona",
        lambda config: _is_of_feedback(config) and config.get("persona") is not None,
        "feedback tells itself whose replies were judged, by their ids",
        "type persona=null (or leave it out)",
    ),
    Rule(
        "feedback x canaries",
        lambda config: _is_of_feedback(config) and option_of(config, "canaries") == "planted",
        "planted numbers are for a trial run on an export, and nobody has judged them",
        "type canaries=none",
    ),
)
