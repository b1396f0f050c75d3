"""Engines that read a run's files have nothing to do with a model in memory; what vLLM cannot do is not asked of it."""

import pytest

from doppel.config.compose import compose
from doppel.config.rules_engine import RULES_ENGINE


@pytest.mark.parametrize(
    ("command", "words", "rules"),
    [
        ("train", [], set()),
        ("train", ["engine=llama_cpp"], {"engine of files x model in memory"}),
        ("evaluate", ["engine=llama_cpp"], {"engine of files x model in memory"}),
        ("talk", ["engine=llama_cpp"], set()),
        ("serve", ["engine=vllm"], {"vllm x restraints"}),
        ("serve", ["engine=vllm", "generation.repetition_penalty=1.0"], set()),
        (
            "bot",
            ["engine=vllm", "generation.repetition_penalty=1.0", "generation.discouraged=[ok]"],
            {"vllm x restraints"},
        ),
    ],
)
def test_an_engine_breaks_the_rules_that_name_it(command: str, words: list[str], rules: set[str]) -> None:
    config = compose(command, words)[0]
    assert {rule.id for rule in RULES_ENGINE if rule.is_broken_by(config)} == rules
