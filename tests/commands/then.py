"""A way to talk at the time of a sample: what memory tells is what it told then."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from doppel.commands.learner import Learner
from doppel.commands.reminding import Reminding, reminding_of
from doppel.commands.speaking import Speaking
from doppel.config.compose import compose
from doppel.generation.sampling import Sampling
from doppel.memory.passages import Horizon
from doppel.types import Sample, Tokens, Turn


def reminding(to_talk_to: Speaking, learner: Learner, *words: str) -> Reminding:
    node = compose("train", ["memory=lexical", *words])[0]["memory"]
    return reminding_of(to_talk_to.run_directory, node, learner.encoder.counter())


class Then:
    """Briefs as a Briefer does, looking back from `sample`."""

    def __init__(self, reminding: Reminding) -> None:
        self.reminding = reminding
        self.sample: Sample | None = None

    def __call__(
        self, turns: Sequence[Turn], speaker: Turn, sampling: Sampling, *, has_notes: bool = True
    ) -> tuple[Turn, Sampling]:
        assert self.sample is not None
        horizon = Horizon(self.sample.started_at, self.sample.session_id)
        return replace(speaker, briefing=self.reminding(turns, speaker.speaker_id, horizon=horizon)), sampling

    def prompts(self, learner: Learner, sample: Sample) -> list[tuple[int, ...]] | None:
        """The prompt of each learnt turn as it was trained; None where some of them were cut, or nothing recalled."""
        self.sample = sample
        told = self.reminding.sample(sample)
        if not any(turn.briefing and turn.briefing.recalled for turn in told.turns):
            return None
        tokens = learner.encoder.encode(told)
        learnt = sum(turn.is_learnt for turn in sample.turns)
        longest = max((len(one.ids) for one in tokens), default=0)
        return [prompt_of(one) for one in tokens] if len(tokens) == learnt and longest < ROOM else None


ROOM = 480  # of 512 tokens: where nothing is left out, neither in training nor in talking


def prompt_of(tokens: Tokens) -> tuple[int, ...]:
    return tokens.ids[: tokens.is_learnt.index(True)]


def lines_of(prompt: Any, learner: Learner) -> str:
    return learner.tokenizer.decode(list(prompt))
