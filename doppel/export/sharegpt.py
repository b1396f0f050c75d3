"""ShareGPT's shape, the common tongue of LLaMA-Factory, Axolotl and WeClone."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from doppel.export.conversation import OTHERS, WEIGHTS, Exported, contents
from doppel.export.lines import SAMPLE, write_lines

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from doppel.types import Sample


MUTED = "hold turns of the persona that are not to be learnt, which this shape cannot say"


class ShareGPT:
    """Lines of `{"conversations": [{"from", "value"}]}`; the persona is "gpt", all others are "human".

    The shape has no names and no word for what is not learnt. LLaMA-Factory passes over conversations in which the two
    do not take turns from a human's first to gpt's last: `joins_bursts` makes them so.
    """

    suffix = ".sharegpt.jsonl"

    def __init__(self, *, joins_bursts: bool, keeps_samples: bool) -> None:
        self.joins_bursts = joins_bursts
        self.keeps_samples = keeps_samples

    def __call__(self, samples: Iterable[Sample], file: Path) -> Exported:
        """What was written, and what this shape could not hold. Raises: RunError."""
        changes = Counter[str]()
        return Exported(write_lines(samples, file, lambda sample: self._line(sample, changes)), changes)

    def _line(self, sample: Sample, changes: Counter[str]) -> dict[str, Any] | None:
        said = contents(sample, is_joined=self.joins_bursts, changes=changes)
        if not said:
            return None
        changes[WEIGHTS] += sample.weight != 1
        changes[MUTED] += any(one.is_persona and not one.is_learnt for one in said)
        changes[OTHERS] += any(one.is_learnt and not one.is_persona for one in said)
        values = [{"from": "gpt" if one.is_persona else "human", "value": one.content} for one in said]
        return {"conversations": values} | ({SAMPLE: sample} if self.keeps_samples else {})
