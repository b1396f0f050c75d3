"""OpenAI's fine-tuning shape, which TRL, Axolotl, LLaMA-Factory and torchtune read as well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from doppel.export.conversation import contents
from doppel.export.lines import SAMPLE, write_lines

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from doppel.types import Sample


class OpenAIMessages:
    """Lines of `{"messages": [{"role", "content", "name", "weight"}]}`; the persona is the assistant.

    `weight` 0 marks what the persona says that is not learnt (OpenAI's own field); what others say never is, in this
    shape: with samples.learn=everyone it loses that.
    """

    suffix = ".openai.jsonl"

    def __init__(self, *, joins_bursts: bool, keeps_samples: bool) -> None:
        self.joins_bursts = joins_bursts
        self.keeps_samples = keeps_samples

    def __call__(self, samples: Iterable[Sample], file: Path) -> int:
        """How many samples were written. Raises: RunError."""
        return write_lines(samples, file, self._line)

    def _line(self, sample: Sample) -> dict[str, Any]:
        messages = []
        for said in contents(sample, is_joined=self.joins_bursts):
            if said.is_persona:
                messages.append({"role": "assistant", "content": said.content, "weight": int(said.is_learnt)})
            else:
                messages.append({"role": "user", "content": said.content, "name": said.name})
        return {"messages": messages} | ({SAMPLE: sample} if self.keeps_samples else {})
