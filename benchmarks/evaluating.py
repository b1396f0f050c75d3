"""Scoring and answering held-out replies with SmolLM2-135M: doppel's evaluation beside a bare batched loop.

Run: .venv/bin/python benchmarks/evaluating.py [--replies N] [--new-tokens N] [--rounds N] [--write]

The replies are of the held-out part of `chitchat` (see README.md). Both contenders have the same model in one process
and take turns, so that what else the machine does meets both. The bare loops get token ids that are ready, sorted by
length, in batches as large as doppel's: a forward and cross entropy over whole padded batches, as people write it; and
transformers' generate with the same sampling, every reply of the same number of tokens. doppel's side is what
`doppel evaluate` does for these replies: putting the texts together, encoding, scoring or answering, parsing.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from side_by_side import conditions

from doppel.commands.asking import Asking
from doppel.commands.data import prepared_samples
from doppel.commands.learner import Learner
from doppel.commands.prepared import sample_file
from doppel.config.build import build
from doppel.config.compose import compose
from doppel.engine.transformers import padded
from doppel.evaluation.moments import moments_of
from doppel.evaluation.nouns import Moment
from doppel.evaluation.scoring import Scorer
from doppel.evaluation.statistics import evenly
from doppel.run.samples import each_sample
from doppel.training import noise
from doppel.types import Tokens

HERE = Path(__file__).resolve()
DATA = Path(os.environ.get("DOPPEL_SHARED_DATA", HERE.parent.parent.parent / "shared" / "data")).resolve()
OVERRIDES = ["source=telegram", f"source.path={DATA / 'chitchat/owner1.result.json.gz'}", "model=smollm2_135m"]
OVERRIDES += ["batches.max_tokens=256"]
Work = Callable[[], int]  # -> tokens


class Contest:
    """One model, the moments it is asked about, and both ways to do it."""

    def __init__(self, replies: int, new_tokens: int) -> None:
        trained, evaluated = (compose("train", OVERRIDES)[0], compose("evaluate", [])[0])
        self._evaluated, self._learner = evaluated, Learner({**trained, "name_tokens": []})
        with prepared_samples(trained) as (folder, prepared):
            samples = list(each_sample(sample_file(folder, "test")))
            person = prepared.personas[0].ids
        moments = list(moments_of(samples, person))
        fitting = [one for one in moments if self._learner.encoder.reply(one.turns, one.reply) is not None]
        self.moments: list[Moment] = evenly(fitting, replies)
        self._model = self._learner.load().model.eval()
        limits = {"min_new_tokens": new_tokens, "max_new_tokens": new_tokens}
        self._sampling = build({**evaluated["generation"], **limits})
        self.new_tokens = new_tokens

    def _asking(self) -> Asking:
        pad_id = self._learner.tokenizer.pad_token_id or 0
        engine = build(self._evaluated["engine"], self._model, self._learner.tokenizer, self._learner.encoder)
        scorer = Scorer(self._model, "causal", pad_id, batch_tokens=self._evaluated["batch_tokens"])
        options = {"seed": 0, "told": lambda *_: lambda _: None, "longest_tokens": None}
        return Asking(self._learner.encoder, scorer, engine, self._sampling, **options)

    def doppel_scores(self) -> int:
        """The tokens read."""
        self._asking().scores(self.moments)
        return sum(map(len, self._texts()))

    def doppel_answers(self) -> int:
        """The tokens made."""
        self._asking().replies(self.moments)
        return len(self.moments) * self.new_tokens

    def bare_scores(self) -> Work:
        """A loop over batches of ready tokens."""
        encoded = sorted(self._encoded(), key=lambda one: len(one.ids))
        batches: list[list[Tokens]] = [[]]
        for one in encoded:
            if batches[-1] and len(one.ids) * (len(batches[-1]) + 1) > self._evaluated["batch_tokens"]:
                batches.append([])
            batches[-1].append(one)

        @torch.inference_mode()
        def work() -> int:
            for batch in batches:
                width = max(len(one.ids) for one in batch)
                ids, attention = padded([one.ids for one in batch], width, 0, is_left=False)
                learnt = torch.tensor([[*one.is_learnt, *(False,) * (width - len(one.ids))] for one in batch])
                labels = ids.masked_fill(~learnt, -100)[:, 1:]
                logits = self._model(input_ids=ids, attention_mask=attention).logits[:, :-1]
                torch.nn.functional.cross_entropy(logits.float().transpose(1, 2), labels, reduction="none").sum(1)
            return sum(len(one.ids) for one in encoded)

        return work

    def bare_answers(self) -> Work:
        """transformers' generate over batches of ready prompts."""
        wanted, size = self._sampling, self._evaluated["engine"]["batch_size"]
        room = min(wanted.max_new_tokens, self._learner.encoder.max_tokens // 2)
        prompts = [self._learner.encoder.prompt(one.turns, one.reply, reserved_tokens=room) for one in self.moments]
        prompts.sort(key=len)
        pad_id = self._learner.tokenizer.pad_token_id or 0

        @torch.inference_mode()
        def work() -> int:
            for first in range(0, len(prompts), size):
                batch = prompts[first : first + size]
                ids, attention = padded(batch, max(map(len, batch)), pad_id, is_left=True)
                self._model.generate(
                    input_ids=ids, attention_mask=attention, do_sample=True, temperature=wanted.temperature,
                    top_p=wanted.top_p, top_k=0, repetition_penalty=wanted.repetition_penalty, pad_token_id=pad_id,
                    min_new_tokens=wanted.min_new_tokens, max_new_tokens=wanted.max_new_tokens,
                )  # fmt: skip
            return len(prompts) * self.new_tokens

        return work

    def _encoded(self) -> list[Tokens]:
        encoded = [self._learner.encoder.reply(one.turns, one.reply) for one in self.moments]
        return [one for one in encoded if one is not None]

    def _texts(self) -> list[tuple[int, ...]]:
        return [one.ids for one in self._encoded()]


def in_turns(ours: Work, bare: Work, rounds: int) -> tuple[list[float], list[float]]:
    """Tokens a second of both, round by round; each is first once."""
    speeds: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds):
        for which in (0, 1) if number % 2 == 0 else (1, 0):
            start = time.perf_counter()
            tokens = (ours, bare)[which]()
            speeds[which].append(tokens / (time.perf_counter() - start))
    return speeds


def row(name: str, speeds: tuple[Sequence[float], Sequence[float]]) -> str:
    """A line of the table: medians, and the median of the rounds' ratios with the least and greatest."""
    ratios = sorted(ours / bare for ours, bare in zip(*speeds, strict=True))
    medians = " | ".join(f"{statistics.median(of):.0f}" for of in speeds)
    return f"| {name} | {medians} | {statistics.median(ratios):.2f} | {ratios[0]:.2f} to {ratios[-1]:.2f} |"


def main() -> None:
    """Prints the table; --write keeps it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--replies", type=int, default=64)
    parser.add_argument("--new-tokens", type=int, default=24)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", action="store_true")
    asked: Any = parser.parse_args()
    if not (DATA / "chitchat").is_dir():
        sys.exit(f"the real export is not here: {DATA / 'chitchat'} (set DOPPEL_SHARED_DATA)")
    noise.silence()
    contest = Contest(asked.replies, asked.new_tokens)
    rows = [
        row("scoring", in_turns(contest.doppel_scores, contest.bare_scores(), asked.rounds)),
        row("answering", in_turns(contest.doppel_answers, contest.bare_answers(), asked.rounds)),
    ]
    text = "\n".join(
        [
            "# Evaluating",
            "",
            conditions(["torch", "transformers"]),
            "",
            f"SmolLM2-135M, threads: {torch.get_num_threads()}; {len(contest.moments)} held-out replies of chitchat in "
            f"at most 256 tokens, {asked.new_tokens} new tokens each; {asked.rounds} rounds in turns, in one process. "
            "Scoring counts tokens read, answering tokens made.",
            "",
            "| | doppel, tokens/s | bare loop, tokens/s | doppel / bare, median | from, to |",
            "| --- | ---: | ---: | ---: | --- |",
            *rows,
            "",
        ]
    )
    print(text)
    if asked.write:
        HERE.with_suffix(".md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
