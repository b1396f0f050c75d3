"""A model that knows a marker for each client, a real server of it, and clients who each check their own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openai

from tests.driving import done, only_run, start

BURST = 8  # how often each pair is seen in an epoch
ABANDONED = 0.05  # of all requests: the client leaves in the middle
SERVER = [
    "partner=Question",  # as in training
    "serving.port=0",
    "serving.requests_per_minute=null",
    "generation=greedy",
    "generation.repetition_penalty=1",
    "generation.max_new_tokens=24",
]


def marker(client: int) -> tuple[str, str]:
    """What a client asks, and what nobody else is answered."""
    draw = random.Random(client)
    word = "".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=6))
    return f"who is k{client:02}?", f"{word} {client:02}"


def trained(folder: Path, clients: int) -> Path:
    """A run of the tiny model that knows the markers of so many clients by heart."""
    pairs = [dict(zip(("question", "answer"), marker(client), strict=True)) for client in range(clients)]
    lines = [json.dumps(pair) for pair in pairs * BURST]
    (folder / "pairs.jsonl").write_text("\n".join(lines), encoding="utf-8")
    words = ["source=pairs", f"source.path={folder / 'pairs.jsonl'}", "model=tiny_causal", "precision=fp32"]
    words += ["filters=none", "split=none", "adapter=full", "optimizer.lr=4e-3", "optimizer.weight_decay=0"]
    words += [f"batches.batch_size={clients}", "trainer.max_epochs=28", "result=last", "~callbacks.progress"]
    words += ["compared_replies=0", "first_samples=0", "checkpoint.every_n_steps=1000"]
    done("train", *words, cwd=folder)
    return only_run(folder)


@dataclass
class Outcome:
    """What the clients have seen, and the server's memory."""

    counts: Counter[str] = field(default_factory=Counter)  # "own", "crossed", "lost", "busy", "left"
    megabytes: list[float] = field(default_factory=list)  # of the server, twice a second

    @property
    def growth(self) -> float:
        """MiB between the first third and the last of the time, each by its highest."""
        third = max(1, len(self.megabytes) // 3)
        return max(self.megabytes[-third:]) - max(self.megabytes[:third])

    def told(self) -> str:
        """In a line."""
        counts = ", ".join(f"{count} {name}" for name, count in sorted(self.counts.items()))
        return f"{counts}; memory {self.megabytes[0]:.0f} -> {self.megabytes[-1]:.0f} MiB, grown {self.growth:.1f}"


@contextlib.contextmanager
def server(run: Path, cwd: Path, most_waiting: int) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process and its address, once it is ready; its log goes to a file."""
    with start(["serve", run, *SERVER, f"serving.max_waiting={most_waiting}"], cwd) as process:
        try:
            assert process.stdout is not None
            ready = next(line for line in process.stdout if line.startswith("ready at "))
            yield process, ready.removeprefix("ready at ").partition(",")[0]
        finally:
            process.kill()


def resident_megabytes(pid: int) -> float:
    """Of a process, as the kernel counts."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


async def _one(client: openai.AsyncOpenAI, number: int, outcome: Outcome, draw: random.Random) -> None:
    question, answer = marker(number)
    asked: Any = {"model": "Answer", "messages": [{"role": "user", "content": question}]}
    try:
        if draw.random() < ABANDONED:
            async with await client.chat.completions.create(**asked, stream=True) as stream:
                await anext(aiter(stream))
            outcome.counts["left"] += 1
            return
        if draw.random() < 1 / 2:
            stream = await client.chat.completions.create(**asked, stream=True)
            said = "".join([one.choices[0].delta.content or "" async for one in stream])
        else:
            said = (await client.chat.completions.create(**asked)).choices[0].message.content or ""
    except openai.RateLimitError:
        outcome.counts["busy"] += 1
        await asyncio.sleep(0.2)
    except openai.APIError as fault:
        outcome.counts[f"lost ({type(fault).__name__})"] += 1
    else:
        outcome.counts["own" if said == answer else "crossed"] += 1


async def _load(address: str, pid: int, seconds: float, clients: int) -> Outcome:
    outcome, until = Outcome(), time.monotonic() + seconds

    async def ask(number: int) -> None:
        draw = random.Random(number)
        async with openai.AsyncOpenAI(base_url=address, api_key="none", max_retries=0, timeout=120) as client:
            while time.monotonic() < until:
                await _one(client, number, outcome, draw)

    async def watch() -> None:
        while time.monotonic() < until:
            outcome.megabytes.append(resident_megabytes(pid))
            await asyncio.sleep(0.5)

    await asyncio.gather(watch(), *(ask(number) for number in range(clients)))
    return outcome


def load(run: Path, cwd: Path, seconds: float, clients: int) -> Outcome:
    """What becomes of as many clients, so long; the server is stopped in the end and must have ended well."""
    with server(run, cwd, most_waiting=clients * 3 // 5) as (process, address):  # some are told to come again
        assert process.stderr is not None
        drain = subprocess.Popen(["cat"], stdin=process.stderr, stdout=subprocess.DEVNULL)  # its log, unread
        outcome = asyncio.run(_load(address, process.pid, seconds, clients))
        process.terminate()
        assert process.wait(60) == 0
        drain.wait(60)
    return outcome
