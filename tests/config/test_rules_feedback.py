from typing import Any

import pytest

from doppel.config.compose import compose
from doppel.config.rules_feedback import RULES_FEEDBACK

FEEDBACK = ["source=feedback", "source.path=feedback.jsonl"]
MIX = ["source=mix", "+source@source.sources.judged=feedback", "source.sources.judged.path=feedback.jsonl"]


def broken(*overrides: str) -> set[str]:
    config: dict[str, Any] = compose("train", ["precision=fp32", *overrides])[0]
    return {rule.id for rule in RULES_FEEDBACK if rule.is_broken_by(config)}


@pytest.mark.parametrize(
    ("overrides", "rules"),
    [
        ([], set()),
        (FEEDBACK, set()),
        ([*FEEDBACK, "training=dpo"], set()),
        ([*FEEDBACK, "training=kto", "model=tiny_seq2seq"], set()),
        (["training=dpo"], {"preference x source"}),
        (["training=kto", "source=telegram", "source.path=x"], {"preference x source"}),
        ([*FEEDBACK, "training=dpo", "batches=packed"], {"preference x packed"}),
        ([*FEEDBACK, "batches=packed"], set()),
        ([*FEEDBACK, "training=dpo", "training.label_smoothing=0.5"], {"dpo x smoothing"}),
        ([*FEEDBACK, "training=dpo", "training.label_smoothing=0.2"], set()),
        ([*FEEDBACK, "persona=Ann"], {"feedback x persona"}),
        ([*FEEDBACK, "canaries=planted"], {"feedback x canaries"}),
        (MIX, {"feedback x mix"}),
    ],
)
def test_what_does_not_go_with_judged_replies(overrides, rules) -> None:
    assert broken(*overrides) == rules
