"""What a run leaves for others: the adapter or model with tokenizer, markup and card; and its losses in words."""

from __future__ import annotations

import copy
import math
import shlex
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from doppel.checkpoint.steps import MONITOR
from doppel.commands.learner import Learner
from doppel.commands.show import console
from doppel.config.build import build
from doppel.config.rule import option_of
from doppel.engine.card import Kind, model_card
from doppel.model.quiet import quiet
from doppel.run.directory import RunDirectory, write_json, write_text
from doppel.run.metrics import read_metrics, values_of
from doppel.types import Turn

LOSSES = {
    "likelihood": "validation loss, nats per learnt token",
    "dpo": "validation loss, of a pair of replies (DPO)",
    "kto": "validation loss, of a judged reply (KTO)",
}
MOMENT = datetime(2024, 1, 1, 18, tzinfo=UTC)
EXAMPLE = (
    Turn("a", "Ann", ("are you coming?", "it starts at eight"), is_persona=False, is_learnt=False),
    Turn("b", "Ben", ("on my way",), is_persona=True, is_learnt=True),
)


def save_result(
    run: RunDirectory, config: dict[str, Any], learner: Learner, model: Any, weights: Mapping[str, Any] | None
) -> None:
    """Writes the folder that stock PEFT or transformers loads; of the whole `weights`, where the model has them not."""
    folder = run.path / learner.adapter.folder_name
    with quiet():
        learner.adapter.save(model, folder, weights)
    write_beside(run, config, learner, folder, learner.adapter.folder_name)


def write_beside(run: RunDirectory, config: dict[str, Any], learner: Learner, folder: Path, kind: Kind) -> None:
    """Writes what a model or adapter is used with: its tokenizer, its markup, and a card that tells of it."""
    with quiet():
        _tokenizer(config, learner).save_pretrained(str(folder))
    write_json(folder / "markup.json", config["markup"])
    manifest = run.manifest()
    loss = dict(values_of(read_metrics(run.metrics_file), MONITOR)).get(manifest["kept_step"])
    training = {
        "doppel": manifest["packages"]["doppel"],
        "optimizer steps": manifest["kept_step"],
        "seed": config["seed"],
        "adapter": config["adapter"]["_target_"].rpartition(".")[2],
        "adapters merged into the base before": len(config["merged_adapters"]),
        "names as tokens": len(learner.new_tokens),
        LOSSES[option_of(config, "training")]: "not measured" if loss is None else f"{loss:.4f}",
    }
    card = model_card(
        kind=kind,
        rows=max(learner.new_tokens, default=-1) + 1,
        base_model=str(learner.facts["source"]),
        architecture=learner.architecture,
        markup_example=_example(config, learner),
        training=training,
        counts={f"{part} samples": count for part, count in manifest["data"]["samples"].items()},
        persona=None,
    )
    write_text(folder / "README.md", card)


def _tokenizer(config: dict[str, Any], learner: Learner) -> Any:
    """The tokenizer without a chat template that the model has not been trained on: a wrong prompt fails aloud."""
    if config["markup"]["_target_"].endswith(".Template"):
        return learner.tokenizer
    tokenizer = copy.deepcopy(learner.tokenizer)
    tokenizer.chat_template = None
    return tokenizer


def tell_losses(run: RunDirectory, learner: Learner, *, kept_step: int) -> None:
    """Prints the validation loss before and after, what was kept, and how to talk to it."""
    screen = console()
    logged = dict(values_of(read_metrics(run.metrics_file), MONITOR))
    if logged:
        base, kept = logged.get(0, math.nan), logged.get(kept_step, math.nan)
        perplexity = f"perplexity {math.exp(base):.1f} -> {math.exp(kept):.1f}, per learnt token"
        screen.print(
            f"validation loss on later messages: {base:.3f} before training, {kept:.3f} after "
            f"({_judged(run, kept_step) or perplexity})"
        )
        last = max(logged)
        if kept_step != last:
            screen.print(
                f"kept: step {kept_step}, the best on later messages; step {last} had {logged[last]:.3f} "
                "(result=last keeps the last)"
            )
    folder = run.path / learner.adapter.folder_name
    screen.print(f"{learner.adapter.folder_name}: {folder}", markup=False, soft_wrap=True)
    screen.print(f"talk to it: doppel talk {shlex.quote(str(run.path))}", markup=False, soft_wrap=True)


def _judged(run: RunDirectory, step: int) -> str:
    """How often better and worse replies are told apart; "" of a run that does not learn from such."""
    rows = read_metrics(run.metrics_file)
    right, margin = (dict(values_of(rows, f"validation/reward_{name}")).get(step) for name in ("accuracy", "margin"))
    if right is None:
        return ""
    apart = "" if margin is None else f", {margin:.2f} apart"
    return f"{right:.0%} of the judged replies on the right side{apart}, by how much likelier they have become"


def _example(config: dict[str, Any], learner: Learner) -> str:
    markup, turns = learner.encoder.markup, EXAMPLE
    situation = config["samples"].get("situation")
    if situation is not None:  # of real people nothing is told here
        told = build({**situation, "relationships": None})
        aside = told.aside(MOMENT, is_opening=True, partner=(EXAMPLE[0].speaker_id, EXAMPLE[0].speaker_name))
        turns = (replace(EXAMPLE[0], aside=aside), *EXAMPLE[1:])
    turns = markup.prepare(turns)
    segments = [*markup.opening(turns)]
    for turn in turns[:-1]:
        segments += [*markup.header(turn), *markup.body(turn)]
    if markup.asking is None:
        segments += [*markup.header(turns[-1]), *markup.body(turns[-1])]
    else:
        segments += [*markup.asking.ask(turns[-1]), *markup.asking.answer(turns[-1])]
    return "".join(segment.text for segment in segments)
