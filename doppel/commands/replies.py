"""Held-out moments answered by the model before and after training."""

from __future__ import annotations

import json
from typing import Any

from pytorch_lightning import Callback

from doppel.commands.feed import is_first
from doppel.commands.learner import Learner
from doppel.commands.reminding import Reminding
from doppel.commands.show import console
from doppel.config.build import build
from doppel.engine.compare import Exchange, as_markdown, side_by_side
from doppel.run.directory import RunDirectory, write_json, write_text
from doppel.types import Sample, Turn

BEFORE_FILE = "replies_before.json"
CUT = "[cut at generation.max_new_tokens]"


class Replies(Callback):
    """Asks the same contexts twice, with the same seeds: before the first step, and when training is over.

    Where each process has a part of the weights alone, all of them ask together and the first one writes.
    """

    def __init__(
        self, run: RunDirectory, config: dict[str, Any], learner: Learner, samples: list[Sample], reminding: Reminding
    ) -> None:
        self._run, self._learner, self._seed = run, learner, config["seed"]
        self._engine_node, self._sampling = config["engine"], build(config["generation"])
        self._moments = _moments(samples, config["compared_replies"], reminding)

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Asks the untrained model and keeps what it says. What is drawn for it changes nothing of the training."""
        if trainer.is_global_zero or trainer.strategy.is_sharded:
            replies = [list(messages) for messages in self._ask(pl_module)]
            if trainer.is_global_zero:
                write_json(self._run.path / BEFORE_FILE, replies)

    def after(self, module: Any) -> None:
        """Asks the trained model, prints both side by side and writes them as Markdown."""
        replies = self._ask(module)
        if not is_first():
            return
        before = json.loads((self._run.path / BEFORE_FILE).read_text(encoding="utf-8"))
        exchanges = [
            Exchange(context, speaker, speaker.messages, tuple(then), now)
            for (context, speaker), then, now in zip(self._moments, before, replies, strict=True)
        ]
        write_text(self._run.path / "replies.md", as_markdown(exchanges))
        console().print(side_by_side(exchanges))

    def _ask(self, module: Any) -> list[tuple[str, ...]]:
        if not self._moments:
            return []
        engine = build(self._engine_node, module.model, self._learner.tokenizer, self._learner.encoder)
        replies = engine.replies(self._moments, self._sampling, seed=self._seed)
        return [reply.messages if reply.is_complete else (*reply.messages, CUT) for reply in replies]


def _moments(samples: list[Sample], number: int, reminding: Reminding) -> list[tuple[tuple[Turn, ...], Turn]]:
    """(what was said before, the turn that followed), from samples spread evenly over the time."""
    number = min(number, len(samples))
    chosen = [reminding.sample(samples[index * len(samples) // number]) for index in range(number)]
    moments = []
    for sample in chosen:
        learnt = [at for at, turn in enumerate(sample.turns) if turn.is_learnt]
        middle = learnt[len(learnt) // 2]
        moments.append((sample.turns[:middle], sample.turns[middle]))
    return moments
