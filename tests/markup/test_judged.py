"""Judged replies as tokens: behind the very prompt that asks for them."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from doppel.markup.bursts import Bursts
from doppel.markup.encoder import Encoder
from doppel.markup.judged import pairs, rated
from doppel.model.byte_tokenizer import byte_tokenizer
from doppel.types import APPROVED, REFUSED, Funnel, Sample
from tests.opinions import SPEAKER, heard, said

NOW = datetime(2026, 1, 1, tzinfo=UTC)
MAX_TOKENS = 150
PREFIX = ">>> "
LONG = (heard("a long time ago"), said("it was"), heard("well?"))


def sample(number: int, turns: tuple, reply: str, label: str, session: str = "s") -> Sample:
    learnt = replace(SPEAKER, messages=(reply,))
    return Sample(f"c/{number}", session, "c", "", NOW, NOW, (*turns, learnt), (number,), label=label)


@pytest.fixture(params=["causal", "seq2seq"])
def encoder(request: pytest.FixtureRequest) -> Encoder:
    tokenizer = byte_tokenizer()
    markup = Bursts(tokenizer, start="<s>", end="</s>", message_prefix=PREFIX, system=None)
    return Encoder(markup, tokenizer, architecture=request.param, max_tokens=MAX_TOKENS)


def prompt_of(tokens) -> tuple[int, ...]:
    return tokens.source_ids or tokens.ids[: tokens.is_learnt.index(True)]


def words_of(encoder: Encoder, tokens) -> str:
    learnt = [one for one, is_learnt in zip(tokens.ids, tokens.is_learnt, strict=True) if is_learnt]
    return encoder.pieces.decode(learnt).removeprefix(PREFIX)


def test_a_pair_is_both_replies_behind_the_prompt_of_serving(encoder: Encoder) -> None:
    samples = [sample(1, LONG, "better", APPROVED), sample(2, LONG, "much worse", REFUSED)]
    funnel = Funnel()
    [pair] = pairs(encoder, samples, funnel)
    assert pair.beside is not None
    prompt = encoder.prompt(LONG, SPEAKER)
    assert prompt_of(pair) == prompt_of(pair.beside) == prompt
    assert words_of(encoder, pair).startswith("better")
    assert words_of(encoder, pair.beside).startswith("much worse")
    assert (pair.sample_id, pair.rating) == ("c/1 2", 0)
    assert [(line.kept, line.dropped, line.unit) for line in funnel.counts] == [(1, 0, "pairs")]
    assert funnel.notes == []


def test_every_better_reply_is_set_against_every_worse_one(encoder: Encoder) -> None:
    labels = [APPROVED, APPROVED, REFUSED, REFUSED]
    samples = [sample(number, LONG, f"reply {number}", label) for number, label in enumerate(labels)]
    elsewhere = [sample(8, LONG[:1], "alone", APPROVED), sample(9, LONG, "other session", REFUSED, session="t")]
    funnel = Funnel()
    found = pairs(encoder, [*samples, *elsewhere], funnel)
    assert [pair.sample_id for pair in found] == ["c/0 2", "c/0 3", "c/1 2", "c/1 3"]
    assert funnel.notes == ["2 judged replies are left out: their counterparts are not in this part"]


def test_the_oldest_turns_are_left_out_and_the_reply_never(encoder: Encoder) -> None:
    reply = "x" * 60
    samples = [sample(1, LONG * 4, reply, APPROVED), sample(2, LONG * 4, "no", REFUSED)]
    funnel = Funnel()
    [pair] = pairs(encoder, samples, funnel)
    assert reply in words_of(encoder, pair)
    assert max(len(pair.ids), len(pair.source_ids)) <= MAX_TOKENS
    assert encoder.pieces.decode(prompt_of(pair)).count("well?") < 4
    assert funnel.notes == ["2 of the judged replies see only the latest turns before them (batches.max_tokens=150)"]


def test_what_has_no_room_is_counted(encoder: Encoder) -> None:
    samples = [sample(1, LONG, "x" * 300, APPROVED), sample(2, LONG, "no", REFUSED)]
    for encode, kept, unit in ((pairs, 0, "pairs"), (rated, 1, "judged replies")):
        funnel = Funnel()
        assert len(encode(encoder, samples, funnel)) == kept
        [line] = funnel.counts
        assert (line.kept, line.dropped, line.unit) == (kept, 1, unit)
        assert line.why == "longer than 150 tokens; a larger batches.max_tokens=... keeps them"


def test_beside_a_reply_judged_alone_stands_one_to_something_else(encoder: Encoder) -> None:
    samples = [
        sample(1, LONG, "better", APPROVED),
        sample(2, LONG, "worse", REFUSED),
        sample(3, LONG[:1], "else", APPROVED),
    ]
    tokens = rated(encoder, samples, Funnel())
    assert [one.rating for one in tokens] == [1, -1, 1]
    assert [words_of(encoder, one.beside)[:4] for one in tokens] == ["else", "else", "bett"]
    assert all(prompt_of(one) == prompt_of(one.beside) for one in tokens)
    [alone] = rated(encoder, samples[:1], Funnel())
    assert alone.beside is not None
    assert alone.beside.ids == alone.ids
