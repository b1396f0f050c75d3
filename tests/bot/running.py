"""The bot in this process, with a model that shouts back, against the fake Bot API."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from doppel.bot.running import Correspondence
from doppel.bot.telegram import Telegram
from doppel.commands.bot_voice import BotVoice
from doppel.config.build import build
from doppel.config.tree import project_path
from doppel.engine.cast import Known
from doppel.engine.desk import Heard, Question, Ticket
from doppel.memory.memory import Memory
from doppel.serving.rate import Rate
from doppel.timing.none import AtOnce
from tests.bot.fake_api import LIMIT_SECONDS, TOKEN, FakeApi, until
from tests.drawing import sampling

OWNER, FRIEND, OTHER, GROUP = 1, 2, 3, -100
PEOPLE = [Known("user9", "Ada", 9, is_persona=True), Known("u8", "Eve", 5, is_persona=True), Known("user2", "Bob", 5)]
SAMPLING = sampling(
    do_sample=True, temperature=0.8, top_p=0.9, top_k=0, repetition_penalty=1.0, min_new_tokens=1, max_new_tokens=8
)


def settings(api: FakeApi, **changes: Any) -> Telegram:
    """Those of conf/bot/telegram.yaml, but for these and for times that tests can wait for."""
    node = yaml.safe_load((project_path("conf") / "bot" / "telegram.yaml").read_text(encoding="utf-8"))
    quick = {"gather_seconds": 0.0, "poll_seconds": 1, "request_seconds": 5, "first_retry_seconds": 0.02}
    return build({**node, "api": api.url(), "owner": OWNER, "allowed": [FRIEND, GROUP], **quick, **changes})


@dataclass
class Shouting:
    """In a desk's place: says the last turn louder. Prepared texts and faults come first; None waits for `go_on`."""

    questions: list[Question] = field(default_factory=list)
    prepared: list[Any] = field(default_factory=list)
    held: list[Callable[[], None]] = field(default_factory=list)

    def ask(self, question: Question, hear: Callable[[Heard | Exception], None]) -> Ticket:
        self.questions.append(question)
        prepared = self.prepared.pop(0) if self.prepared else "\n".join(question.turns[-1].messages).upper()
        ticket = Ticket(question, hear)
        if isinstance(prepared, Exception):
            hear(prepared)
        elif prepared is None:
            self.held.append(lambda: hear(Heard("LATE", 1, 1, "stop")))
        else:
            hear(Heard(prepared, 1, 1, "stop"))
        return ticket

    def told(self) -> list[list[tuple[str, tuple[str, ...]]]]:
        """Of every question who had said what."""
        return [[(turn.speaker_name, turn.messages) for turn in one.turns] for one in self.questions]


@dataclass
class Running:
    """A bot at work."""

    api: FakeApi
    memory: Memory
    desk: Shouting
    correspondence: Correspondence
    task: asyncio.Task[None]

    async def said(self, chat: int, *texts: str) -> None:
        """Returns when the bot has said exactly this there."""
        await until(lambda: len(self.api.texts(chat)) >= len(texts) or self.task.done())
        if self.task.done():
            self.task.result()
        assert self.api.texts(chat) == list(texts)

    async def idle(self) -> None:
        """Returns when every update is confirmed, and with it whatever came of it is kept."""
        await until(lambda: not self.api.updates or self.task.done())


@asynccontextmanager
async def running(
    api: FakeApi, folder: Path, desk: Shouting | None = None, timing: Any = None, listener: Any = None, **changes: Any
) -> AsyncIterator[Running]:
    """A bot as long as this is open."""
    chosen = settings(api, **changes)
    memory = Memory(folder / "memory.sqlite3")
    desk = desk or Shouting()
    options = {"contacts": chosen.contacts or {}, "history_messages": chosen.history_messages}
    voice = BotVoice(desk, PEOPLE, None, SAMPLING, memory, run_name="run", speaker=None, seed=1, **options)  # type: ignore[arg-type]
    rate = Rate(chosen.messages_per_minute)
    correspondence = Correspondence(
        chosen, TOKEN, memory, voice, timing or AtOnce({}), rate.wait_seconds, listener=listener
    )
    is_ready: list[str] = []
    task = asyncio.create_task(correspondence.run(is_ready.append))
    try:
        await until(lambda: is_ready or task.done())
        yield Running(api, memory, desk, correspondence, task)
        correspondence.stopping.stop()
        await asyncio.wait_for(task, LIMIT_SECONDS)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        memory.close()
