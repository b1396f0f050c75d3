"""Opinions on replies, as `doppel feedback` exports them."""

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from doppel.memory.feedback import Opinion
from doppel.types import Turn
from tests.driving import OWNER, OWNER_NAME

START = datetime(2026, 1, 1, tzinfo=UTC)
SPEAKER = Turn(OWNER, OWNER_NAME, (), is_persona=True, is_learnt=True)
LIKED, DISLIKED = "salt sea", "fog bell"  # what replies begin with


def heard(*texts: str, who: str = "user2", name: str = "Anna") -> Turn:
    return Turn(who, name, texts, is_persona=False, is_learnt=False)


def said(*texts: str) -> Turn:
    return Turn(OWNER, OWNER_NAME, texts, is_persona=True, is_learnt=False)


def opinion(number: int, turns: tuple[Turn, ...], reply: str, rating: int = 1, better: str | None = None) -> Opinion:
    kind = "edit" if better is not None else "thumb"
    mended = None if better is None else (better,) if better else ()
    at = START + timedelta(minutes=number)
    return Opinion(kind, rating, "earlier", turns, SPEAKER, (reply,) if reply else (), mended, at)  # type: ignore[arg-type]


def some_opinions(number: int, edits: float = 0.5) -> list[Opinion]:
    """So many pairs, of edits and of thumbs on one context, each in a conversation of its own."""
    draw = random.Random(0)
    words = ["gull", "lamp", "boat", "tea", "rope", "tide", "stone", "wind"]
    made = []
    for index in range(number):
        asked = " ".join(draw.choices(words, k=draw.randint(1, 4)))
        turns = (heard(f"{asked} {index}?"),)
        better, worse = (f"{start} {draw.choice(words)}" for start in (LIKED, DISLIKED))
        if draw.random() < edits:
            made.append(opinion(2 * index, turns, worse, -1, better))
        else:
            made += [opinion(2 * index, turns, better), opinion(2 * index + 1, turns, worse, -1)]
    return made


def write(file: Path, opinions: list[Opinion], *more: Any) -> Path:
    lines = [msgspec.json.encode(one).decode() for one in opinions]
    lines += [one if isinstance(one, str) else json.dumps(one) for one in more]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file
