"""What the shapes of models do not go with."""

from __future__ import annotations

from doppel.config.rule import Rule, is_seq2seq, option_of

RULES_MODEL = (
    Rule(
        "fred x causal",
        lambda config: option_of(config, "markup") == "fred" and bool(config.get("model")) and not is_seq2seq(config),
        "markup=fred leaves a gap in a text for a decoder beside it to fill, and a decoder-only model can only go on",
        "type markup=bursts (or model=fred_t5_1_7b, or another encoder-decoder)",
    ),
)
