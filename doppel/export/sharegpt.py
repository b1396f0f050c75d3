"""ShareGPT's shape, the common tongue of LLaMA-Factory, Axolotl and WeClone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from doppel.export.conversation import contents
from doppel.export.lines import SAMPLE, write_lines

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from doppel.types import Sample


class ShareGPT:
    """Lines of `{"conversations": [{"from", "value"}]}`; the persona is "gpt", all others are "human".

    The shape has no names and no word for what is not learnt.
    """

    suffix = ".sharegpt.jsonl"

    def __init__(self, *, joins_bursts: bool, keeps_samples: bool) -> None:
        self.joins_bursts = joins_bursts
        self.keeps_samples = keeps_samples

    def __call__(self, samples: Iterable[Sample], file: Path) -> int:
        """How many samples were written. Raises: RunError."""
        return write_lines(samples, file, self._line)

    def _line(self, sample: Sample) -> dict[str, Any]:
        values = [
            {"from": "gpt" if said.is_persona else "human", "value": said.content}
            for said in contents(sample, is_joined=self.joins_bursts)
        ]
        return {"conversations": values} | ({SAMPLE: sample} if self.keeps_samples else {})
