"""OpenAI's fine-tuning shape, which TRL, Axolotl, LLaMA-Factory and torchtune read as well."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from doppel.export.api_names import api_names
from doppel.export.conversation import OTHERS, WEIGHTS, Exported, contents
from doppel.export.lines import SAMPLE, write_lines

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from doppel.types import Sample


class OpenAIMessages:
    """Lines of `{"messages": [{"role", "content", "name", "weight"}]}`; the persona is the assistant.

    `weight` 0 marks what the persona says that is not learnt: OpenAI's own field, of 0 or 1 alone. `name` is spelled as
    their API takes it. What others say is never learnt in this shape.
    """

    suffix = ".openai.jsonl"

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
        changes[OTHERS] += any(one.is_learnt and not one.is_persona for one in said)
        names = api_names(one.name for one in said if one.name and not one.is_persona)
        messages = [
            {"role": "assistant", "content": one.content, "weight": int(one.is_learnt)}
            if one.is_persona
            else {"role": "user", "content": one.content} | ({"name": names[one.name]} if one.name else {})
            for one in said
        ]
        return {"messages": messages} | ({SAMPLE: sample} if self.keeps_samples else {})
