"""doppel's own step at the settings that somebody else has told of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from doppel.commands.plan_changes import ROOT
from doppel.commands.plan_model import known_model
from doppel.commands.plan_search import Steps, longest
from doppel.config.check import check
from doppel.config.compose import compose
from doppel.plan.step import Step


def step_at(words: Sequence[str]) -> tuple[Step, dict[str, Any], int]:
    """The step of the longest micro-batch, the config, and how many devices it is of."""
    config, faults = compose("plan", [*words])
    # What must be given is a person's, and a plan of the longest micro-batch does not ask for it.
    check(_filled(config), ROOT, known_faults=faults, is_learning_here=False)
    known = known_model(config)
    steps = Steps(config, known)
    return steps.whole(longest(config, known)), config, steps.spread.devices


def _filled(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _filled(value) for key, value in node.items()}
    return "given" if node == "???" else node
