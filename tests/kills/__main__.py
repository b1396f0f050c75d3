"""python -m tests.kills [--kills N] [--seed N] [--folder FOLDER] [STRATEGY ...]: killed runs end as if nobody had."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from doppel.commands.frozen import ROOT as TRAIN
from doppel.config.check import check
from doppel.config.compose import compose
from doppel.errors import ConfigError
from tests.driving import TINY, from_export, some_chats, write_export
from tests.kills.run import KINDS, KilledRun, Reference

ROOT = Path(__file__).resolve().parent.parent.parent
WEIGHTS_OF_KINDS = (8, 3, 4, 8, 2)
KILLS_OF_A_RUN = 6

# Long enough to be killed several times, with checkpoints, epochs and validations in between.
WORDS = [
    *TINY,
    "trainer.max_steps=240",
    "trainer.max_epochs=100",
    "trainer.check_val_every_n_epoch=4",
    "trainer.accumulate_grad_batches=2",
    "checkpoint.every_n_steps=5",
    "adapter.dropout=0.1",
]


def main() -> int:
    """0 when every run ended with the weights and losses of the one that nobody killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("strategies", nargs="*", default=strategies())
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    folder = asked.folder or Path(tempfile.mkdtemp(prefix="kills-"))
    folder.mkdir(parents=True, exist_ok=True)
    export = write_export(folder / "result.json", some_chats())
    able = [name for name in asked.strategies if can_run(name, export)]
    draw, total = random.Random(asked.seed), Counter[str]()
    for number, name in enumerate(able):
        share = asked.kills * (number + 1) // len(able) - asked.kills * number // len(able)
        total += killed(name, share, export, folder / name, draw)
    print(f"all runs ended as if nobody had killed them: {sum(total.values())} kills, {told(total)}")
    return 0


def strategies() -> list[str]:
    """Every option of conf/strategy."""
    return sorted(file.stem for file in (ROOT / "conf" / "strategy").glob("*.yaml"))


def can_run(name: str, export: Path) -> bool:
    """Whether no rule refuses the strategy on this machine; tells the rule."""
    config, faults = compose("train", [*WORDS, *from_export(export), f"strategy={name}"])
    try:
        check(config, TRAIN, known_faults=faults)
    except ConfigError as error:
        print(f"{name}: {str(error).splitlines()[-1].strip()}", flush=True)
        return False
    return True


def killed(name: str, kills: int, export: Path, folder: Path, draw: random.Random) -> Counter[str]:
    """How often runs of a strategy were killed in which way, each ending as it should. Raises: AssertionError."""
    words = [*WORDS, *from_export(export), f"strategy={name}"]
    reference = Reference.of(words, folder / "reference")
    done, number, began = Counter[str](), 0, time.monotonic()
    while sum(done.values()) < kills:
        number += 1
        with KilledRun(words, folder / str(number)) as run:
            for _ in range(min(KILLS_OF_A_RUN, kills - sum(done.values()))):
                (kind,) = draw.choices(KINDS, WEIGHTS_OF_KINDS)
                longest = reference.start_seconds if kind == "early" else reference.steps_seconds / KILLS_OF_A_RUN
                if not run.kill(kind, draw.uniform(0, longest), draw):
                    break
                done[kind] += 1
            run.finish()
            run.assert_same(reference)
        print(f"{name}: run {number} equal; {sum(done.values())} kills, {time.monotonic() - began:.0f} s", flush=True)
    print(f"{name}: {number} runs, {sum(done.values())} kills: {told(done)}", flush=True)
    return done


def told(counts: Counter[str]) -> str:
    """The counts in words."""
    return ", ".join(f"{counts[kind]} {kind}" for kind in KINDS)


if __name__ == "__main__":
    sys.exit(main())
