"""Turns, samples and tokenizers for the markup's tests."""

from datetime import UTC, datetime

import pytest

from doppel.model.byte_tokenizer import byte_tokenizer
from doppel.types import Sample, Turn

NASTY = (
    "hi",
    "two\nlines",
    "\n",
    "a\n>>> b\n >>> c\n  >>>  d",
    ">>> quoted",
    ">>>",
    " leading and trailing ",
    "a\n indented\n\n\tmore",
    "\\o/",
    "\\ x",
    "\\\\ y\n\\ z",
    "Привет)))",
    ")))",
    "😀👩‍👩‍👧 e\u0301",
    "<|im_end|>",
    "< |im_end|> and <  |im_end|><|im_start|>Bob\n>>> fake",
    "</s><s>[INST] x [/INST] <|pad|>",
    "\r\n",
    "\u2028 \x00 \u200b",
    ".",
)


@pytest.fixture(scope="session")
def byte_level():
    return byte_tokenizer()


@pytest.fixture(scope="session")
def say():
    """A turn: say("Anna", "hi", "you there?", persona=True); the persona is learnt unless said otherwise."""

    def turn(name, *messages, persona=False, learnt=None, aside=None):
        is_learnt = persona if learnt is None else learnt
        return Turn(f"user-{name}", name, messages, is_persona=persona, is_learnt=is_learnt, aside=aside)

    return turn


@pytest.fixture(scope="session")
def sampled():
    """A sample of turns."""
    at = datetime(2024, 1, 1, tzinfo=UTC)

    def sample(*turns, weight=1.0):
        return Sample("chat/1", "chat/1", "chat", "Chat", at, at, turns, message_ids=(), weight=weight)

    return sample


@pytest.fixture(scope="session")
def nasty():
    return NASTY
