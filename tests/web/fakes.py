"""Somebody to talk with on a page, without a model."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime
from typing import Any

import yaml

from doppel.config.build import build
from doppel.config.tree import project_path
from doppel.errors import DataError
from doppel.types import Turn
from doppel.web.gradio import Gradio
from doppel.web.voice import Asked, Judged, Said, Somebody

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ADA, BOB, STRANGER = "user1", "user2", "stranger"
NAMES = {ADA: "Ada", BOB: "Bob", STRANGER: "Stranger"}


def settings(**changes: Any) -> Gradio:
    """Those of conf/web/gradio.yaml but for these."""
    node = yaml.safe_load((project_path("conf") / "web" / "gradio.yaml").read_text(encoding="utf-8"))
    return build({**node, "port": 0, "key_variable": None, **changes})


class Slow:
    """Each wait takes so long; what is silly is left unanswered."""

    def __init__(self, reply: float = 0.0, pause: float = 0.0) -> None:
        self.reply, self.pause = reply, pause

    def answers(self, messages: Sequence[str]) -> bool:
        return "silly" not in messages

    def reply_seconds(self) -> float:
        return self.reply

    def pause_seconds(self) -> float:
        return self.pause


class Shouting:
    """Says the last burst louder; the base model, in a whisper. `prepared` replies or faults come first."""

    def __init__(self, run_name: str = "run", no_base: str = "") -> None:
        self.run_name, self.no_base = run_name, no_base
        self.speaker, self.partner = ADA, STRANGER
        self.timing = Slow()
        self.prepared: list[Sequence[str] | Exception] = []
        self.kept: dict[int, Judged] = {}
        self.asked_for: list[Asked] = []
        self.closed = 0
        self.hold = asyncio.Event()
        self.hold.set()

    def people(self) -> list[Somebody]:
        return [Somebody(id_, name, name.upper()) for id_, name in NAMES.items()]

    def asked(self, said: Sequence[Said], speaker: str, partner: str, now: datetime) -> Asked:
        if speaker == partner:
            raise DataError("the two are one")
        turns = [Turn(one.who, NAMES[one.who], one.messages, one.who == ADA, is_learnt=False) for one in said]
        return Asked(tuple(turns), Turn(speaker, NAMES[speaker], (), speaker == ADA, is_learnt=False))

    def seed(self) -> int:
        return 7

    async def reply(self, asked: Asked, seed: int, *, is_of_base: bool) -> AsyncGenerator[str, None]:
        self.asked_for.append(asked)
        words = asked.turns[-1].messages
        said: Any = self.prepared.pop(0) if self.prepared else [w.lower() if is_of_base else w.upper() for w in words]
        try:
            if isinstance(said, Exception):
                raise said
            for text in said:
                yield text
                await self.hold.wait()
        finally:
            self.closed += 1

    def judge(self, asked: Asked, judged: Judged, replaced: int | None) -> int:
        self.kept.pop(replaced or 0, None)
        number = max(self.kept, default=0) + 1
        self.kept[number] = judged
        return number

    def take_back(self, number: int) -> None:
        del self.kept[number]

    def remembered(self, asked: Asked, partner: str) -> list[tuple[str, list[str]]]:
        return [("said", [text for turn in asked.turns for text in turn.messages]), (NAMES[partner], [])]
