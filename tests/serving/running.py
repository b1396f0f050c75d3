"""The API on a free port of this machine, in a thread, with whoever is to speak."""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import yaml

from doppel.config.build import build
from doppel.config.tree import project_path
from doppel.serving.address import bound
from doppel.serving.api import make_app
from doppel.serving.asked import Asked, Piece
from doppel.serving.door import Door
from doppel.serving.guard import Guard
from doppel.serving.server import Server

KEY = "a-key-of-more-than-sixteen"
LIMIT_SECONDS = 60.0


def settings(option: str = "openai", **changes: Any) -> Any:
    """Those of conf/serving/openai.yaml or another option, on a free port, but for these."""
    node = yaml.safe_load((project_path("conf") / "serving" / f"{option}.yaml").read_text(encoding="utf-8"))
    return build({**node, "port": 0, "key_variable": None, **changes})


@dataclass
class Pending:
    is_cancelled: bool = False

    def cancel(self) -> None:
        self.is_cancelled = True


@dataclass
class Shouting:
    """Says the last message louder, a piece a word; keeps what it was asked. A prepared answer or fault comes first."""

    asked: list[Asked] = field(default_factory=list)
    pending: list[Pending] = field(default_factory=list)
    prepared: list[list[Piece | Exception]] = field(default_factory=list)
    refusal: Exception | None = None

    def models(self) -> list[str]:
        return ["run", "Ada"]

    def load(self) -> tuple[int, int]:
        return 1, 2

    def ask(self, asked: Asked, hear: Callable[[Piece | Exception], None]) -> Pending:
        if self.refusal:
            raise self.refusal
        self.asked.append(asked)
        self.pending.append(Pending())
        for piece in self.prepared.pop(0) if self.prepared else pieces(asked.told[-1].messages):
            hear(piece)
        return self.pending[-1]


def pieces(messages: tuple[str, ...]) -> list[Piece]:
    words = "\n".join(messages).upper().split(" ")
    said = [Piece(word if at == 0 else f" {word}", 7, at + 1, None) for at, word in enumerate(words)]
    return [*said[:-1], replace(said[-1], end="stop")]


@contextmanager
def running(talker: Any, **changes: Any) -> Iterator[str]:
    """The address of a server that runs as long as this is open."""
    chosen = settings(**changes)
    with served(make_app(talker, chosen), chosen) as address:
        yield address


@contextmanager
def served(app: Guard, chosen: Door) -> Iterator[str]:
    """The address of an app as long as this is open."""
    listener = bound(chosen.host, chosen.port, "serving")
    is_ready = threading.Event()
    how = {"max_connections": chosen.max_connections, "drain_seconds": chosen.drain_seconds}
    server = Server(app, is_ready.set, **how)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])))
    thread.start()
    try:
        assert is_ready.wait(LIMIT_SECONDS)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.handle_exit(signal.SIGTERM, None)
        thread.join(LIMIT_SECONDS)
        listener.close()
    assert not thread.is_alive()
