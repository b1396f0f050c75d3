"""Conversations to recall from, and the options of conf/memory."""

from datetime import UTC, datetime, timedelta
from typing import Any

from doppel.config.build import build
from doppel.config.compose import compose
from doppel.memory.recollection import Recollection
from doppel.types import Sample, Turn

START = datetime(2024, 1, 1, tzinfo=UTC)


def sample(day: int, *said: str, session: str | None = None, chat: str = "chat") -> Sample:
    """A conversation of that day in which Bob and the persona speak in turn."""
    turns = [
        Turn(("bob", "ann")[at % 2], ("Bob", "Ann")[at % 2], tuple(text.split("|")), bool(at % 2), bool(at % 2))
        for at, text in enumerate(said)
    ]
    at, name = START + timedelta(days=day), session or f"{chat}/{day}"
    return Sample(f"{name}/s", name, chat, chat, at, at + timedelta(hours=1), tuple(turns), ())


PAST = [
    sample(1, "do you like geese?", "no I am afraid of geese", "ok", "yes"),
    sample(2, "what do you drink?", "black tea|with four spoons of sugar"),
    sample(3, "did you see the ship?", "the ship went down in the fog"),
]


def option(name: str = "lexical", *words: str) -> Any:
    return build(compose("train", [f"memory={name}", *(f"memory.{word}" for word in words)])[0]["memory"])


def recollection(*words: str, samples: list[Sample] = PAST) -> Recollection:
    return option("lexical", *words).recollection(lambda: samples, "sha", None)


def asked(text: str) -> tuple[Turn, ...]:
    return (Turn("bob", "Bob", (text,), is_persona=False, is_learnt=False),)
