"""Time to the first token and tokens per second of each engine, against plain transformers.generate on the same run.

python benchmarks/talking.py outputs/train/NAME [--rounds 5] [--write]   after doppel gguf of each quantisation
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import torch
from side_by_side import conditions
from transformers import GenerationConfig
from transformers.generation.streamers import BaseStreamer

from doppel.commands.speaking import Speaking, speaking
from doppel.config.compose import compose
from doppel.run.directory import open_run
from doppel.types import Turn

TOKENS = 64  # of every reply, so that all say equally much
SAID = ("hi, how are you?", "what did you do today?", "are you coming tonight? it starts at eight")
SETTINGS = [f"generation.{name}={TOKENS}" for name in ("min_new_tokens", "max_new_tokens")]
FIRST = "transformers.generate"


@dataclass(slots=True)
class Clock(BaseStreamer):
    """When the first and the last token came, in seconds from its making."""

    began: float = field(default_factory=time.perf_counter)
    at: list[float] = field(default_factory=list)

    def put(self, value: object) -> None:  # noqa: ARG002 (transformers' signature)
        """A token, or at first the prompt."""
        self.at.append(time.perf_counter() - self.began)

    def end(self) -> None:
        """No more."""

    def measured(self) -> tuple[float, float]:
        """Seconds to the first token, and tokens per second after it."""
        return self.at[0], (len(self.at) - 1) / (self.at[-1] - self.at[0])


def plain(engine: Any, sampling: Any) -> Callable[[tuple[int, ...]], tuple[float, float]]:
    """What anybody would write, with the same numbers."""
    config = GenerationConfig(
        do_sample=True,
        temperature=sampling.temperature,
        top_p=sampling.top_p,
        top_k=sampling.top_k,
        repetition_penalty=sampling.repetition_penalty,
        min_new_tokens=TOKENS,
        max_new_tokens=TOKENS,
        pad_token_id=engine.pad_id,
        eos_token_id=list(engine.ending.ids),
    )

    def speak(prompt: tuple[int, ...]) -> tuple[float, float]:
        ids, clock = torch.tensor([prompt]), Clock()
        engine.model.generate(
            input_ids=ids, attention_mask=torch.ones_like(ids), generation_config=config, streamer=clock
        )
        del clock.at[0]  # the prompt
        return clock.measured()

    return speak


def of_engine(engine: Any, sampling: Any) -> Callable[[tuple[int, ...]], tuple[float, float]]:
    """The engine as a desk asks it."""

    def speak(prompt: tuple[int, ...]) -> tuple[float, float]:
        clock = Clock()
        engine.generate([prompt], sampling, [1], listener=clock.put, is_stopped=lambda _row: False)
        return clock.measured()

    return speak


def contenders(
    run: Path, to_talk_to: Speaking
) -> tuple[Any, dict[str, Callable[[tuple[int, ...]], tuple[float, float]]]]:
    """The encoder, and everyone by name, plain first."""
    from doppel.config.build import build

    config = compose("talk", SETTINGS)[0]
    sampling = build(config["generation"])
    own = to_talk_to.engine(config["engine"])
    found = {FIRST: plain(own, sampling), "engine=transformers": of_engine(own, sampling)}
    threads = torch.get_num_threads()
    for file in sorted((run / "gguf").glob("*.gguf"), key=lambda one: -one.stat().st_size):
        node = compose("talk", ["engine=llama_cpp", f"engine.file={file}", f"engine.threads={threads}"])[0]["engine"]
        name = f"engine=llama_cpp, {file.stem.removeprefix('model-')}"
        found[name] = of_engine(to_talk_to.engine(node), sampling)
    return own.encoder, found


def measure(run: Path, rounds: int) -> str:
    """A table of medians over rounds in which all take turns, so that a busy machine is busy for all."""
    to_talk_to = speaking(open_run(str(run)), ())
    encoder, speakers = contenders(run, to_talk_to)
    persona, *others = to_talk_to.people
    prompts = [
        encoder.prompt(
            (Turn(others[0].speaker_id, others[0].name, (words,), is_persona=False, is_learnt=False),),
            Turn(persona.speaker_id, persona.name, (), is_persona=True, is_learnt=False),
            reserved_tokens=TOKENS,
        )
        for words in SAID
    ]
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in speakers}
    for turn in range(rounds + 1):  # the first is for warming up
        for prompt in prompts:
            for name, speak in speakers.items():
                measured = speak(prompt)
                if turn:
                    times[name].append(measured)
    return table(times)


def table(times: dict[str, list[tuple[float, float]]]) -> str:
    """Markdown; each ratio is the median of those of neighbours in time."""
    lines = ["| | first token, ms | of plain | tokens a second | of plain |", "| --- | ---: | ---: | ---: | ---: |"]
    for name, own in times.items():
        pairs = list(zip(own, times[FIRST], strict=True))
        first, rate = (median(one[at] for one in own) for at in (0, 1))
        first_ratio, rate_ratio = (median(one[at] / other[at] for one, other in pairs) for at in (0, 1))
        lines.append(f"| {name} | {first * 1000:.0f} | {first_ratio:.2f} | {rate:.1f} | {rate_ratio:.2f} |")
    return "\n".join(lines)


def main() -> None:
    """Measures and prints, or writes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    told = measure(asked.run, asked.rounds)
    print(told)
    if asked.write:
        facts = conditions(["torch", "transformers", "llama_cpp_python"])
        text = f"# Talking: each engine against plain transformers.generate\n\n{facts}\n\n{told}\n"
        Path(__file__).with_suffix(".md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
