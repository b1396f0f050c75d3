"""Judged replies as tokens: each behind the very prompt that asks for it, whose oldest turns are left out first."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from doppel.types import APPROVED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from doppel.markup.encoder import Encoder
    from doppel.types import Funnel, Sample, Tokens, Turn

Asked = tuple[str, tuple["Turn", ...], "Turn"]  # the session, what was said before, and who is to answer
LONG = "longer than {} tokens; a larger batches.max_tokens=... keeps them"


def pairs(encoder: Encoder, samples: Sequence[Sample], funnel: Funnel) -> list[Tokens]:
    """Tokens of each better reply, with those of a worse one to the same `beside` them: every such pair once."""
    judging = _Judging(encoder)
    approved: defaultdict[Asked, list[Sample]] = defaultdict(list)
    refused: defaultdict[Asked, list[Sample]] = defaultdict(list)
    for sample in samples:
        (approved if sample.label == APPROVED else refused)[_asked(sample)].append(sample)
    tokens: list[Tokens] = []
    for asked, better_ones in approved.items():
        for better in better_ones:
            for worse in refused[asked]:
                better_tokens, worse_tokens = judging.of(better), judging.of(worse)
                if better_tokens is None or worse_tokens is None:
                    judging.dropped[LONG.format(encoder.max_tokens)] += 1
                else:
                    number = f"{better.sample_id} {worse.sample_id.rpartition('/')[2]}"
                    tokens.append(replace(better_tokens, sample_id=number, beside=worse_tokens))
    alone = sum(len(ones) for asked, ones in approved.items() if not refused[asked])
    alone += sum(len(ones) for asked, ones in refused.items() if asked not in approved)
    judging.tell(funnel, len(tokens), "pairs")
    if alone:
        funnel.note(f"{alone} judged replies are left out: their counterparts are not in this part")
    return tokens


def rated(encoder: Encoder, samples: Sequence[Sample], funnel: Funnel) -> list[Tokens]:
    """Tokens of each reply with its rating; `beside` them, the same prompt followed by a reply to something else.

    The latter is that of the next sample with another context, or its own where there is none: how much likelier the
    model has become to say anything at all is reckoned from it (Ethayarajh et al., 2024: the reference point z0).
    """
    judging = _Judging(encoder)
    asked = [_asked(sample) for sample in samples]
    tokens: list[Tokens] = []
    for at, sample in enumerate(samples):
        own = judging.of(sample)
        if own is None:
            judging.dropped[LONG.format(encoder.max_tokens)] += 1
            continue
        following = (*range(at + 1, len(samples)), *range(at))
        strangers = (samples[index] for index in following if asked[index] != asked[at])
        words = (replace(sample.turns[-1], messages=one.turns[-1].messages) for one in strangers)
        fitting = (encoder.reply(sample.turns[:-1], turn) for turn in words)
        beside = next((one for one in fitting if one is not None), own)
        tokens.append(replace(own, rating=1 if sample.label == APPROVED else -1, beside=beside))
    judging.tell(funnel, len(tokens), "judged replies")
    return tokens


def _asked(sample: Sample) -> Asked:
    *before, last = sample.turns
    return sample.session_id, tuple(before), replace(last, messages=())


class _Judging:
    """Encodes samples whose last turn was judged, each once, and counts."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder
        self.dropped: Counter[str] = Counter()
        self.found: dict[str, Tokens | None] = {}
        self.shortened = 0

    def of(self, sample: Sample) -> Tokens | None:
        """The prompt and the reply; None where the reply has no room."""
        if sample.sample_id not in self.found:
            tokens, is_whole = self.encoder.fitted(sample.turns[:-1], sample.turns[-1])
            self.shortened += tokens is not None and not is_whole
            self.found[sample.sample_id] = tokens and replace(tokens, sample_id=sample.sample_id)
        return self.found[sample.sample_id]

    def tell(self, funnel: Funnel, kept: int, unit: str) -> None:
        """One line, and a note on prompts that were cut."""
        funnel.add("markup", kept=kept, dropped=self.dropped.total(), unit=unit, why="; ".join(self.dropped))
        if self.shortened:
            funnel.note(
                f"{self.shortened} of the judged replies see only the latest turns before them "
                f"(batches.max_tokens={self.encoder.max_tokens})"
            )
