"""Draws are a function of the seed alone, from the tokens that the preset leaves."""

from dataclasses import replace

import pytest
import torch
from transformers import TopPLogitsWarper

from doppel.engine.choosing import Draw, Likeliest, choosers
from doppel.engine.ending import Ending
from doppel.errors import ModelError
from tests.engine.engine_fakes import make_tokenizer


@pytest.fixture(scope="module")
def ending():
    return Ending(make_tokenizer(), ("<|im_end|>", "\nBob:"))


def left(scores):
    return (scores > -torch.inf).nonzero()[:, 1].tolist()


def test_a_row_is_drawn_by_its_own_seed():
    scores = torch.zeros(1, 50)
    alone = [left(Draw([seed])(None, scores))[0] for seed in (7, 8)]
    assert left(Draw([7, 8])(None, scores.repeat(2, 1))) == alone
    assert alone[0] != alone[1]


def test_a_draw_leaves_the_global_state_alone():
    state = torch.get_rng_state()
    Draw([1])(None, torch.zeros(1, 50))
    assert torch.equal(torch.get_rng_state(), state)


def test_only_the_likeliest_tokens_are_drawn(drawn, ending):
    scores = torch.arange(50.0)[None]
    ids = torch.zeros(1, 0, dtype=torch.long)
    narrow = replace(drawn, temperature=100.0, top_k=3, top_p=1.0, repetition_penalty=1.0)
    seen = {left(choosers(narrow, [seed], start=0, ending=ending)(ids, scores.clone()))[0] for seed in range(40)}
    assert seen == {47, 48, 49}


def test_greedy_leaves_the_scores_as_they_are(greedy, ending):
    scores = torch.arange(5.0)[None]
    assert torch.equal(
        choosers(greedy, [1], start=0, ending=ending)(torch.zeros(1, 0, dtype=torch.long), scores.clone()), scores
    )


def test_repetition_counts_from_the_start_of_the_reply(greedy, ending):
    ids = torch.tensor([[1, 2]])  # token 1 is the prompt's, token 2 the reply's
    scores = torch.full((1, 4), 2.0)
    changed = choosers(replace(greedy, repetition_penalty=2.0), [1], start=1, ending=ending)(ids, scores)
    assert changed.tolist() == [[2.0, 2.0, 1.0, 2.0]]


def test_scores_that_are_not_numbers_are_refused(greedy, ending):
    with pytest.raises(ModelError, match="weights have diverged"):
        choosers(greedy, [1], start=0, ending=ending)(None, torch.tensor([[0.0, float("nan")]]))


@pytest.mark.parametrize("probability", [0.0, 0.3, 0.9, 0.999])
def test_the_likeliest_tokens_are_those_of_transformers(probability):
    scores = torch.randn(3, 2000, generator=torch.Generator().manual_seed(1)) * 2
    assert torch.equal(Likeliest(probability)(None, scores), TopPLogitsWarper(probability)(None, scores.clone()))


def test_all_tokens_are_sorted_only_where_the_first_are_too_few():
    flat = torch.zeros(1, 4 * Likeliest.MOST)
    assert len(left(Likeliest(0.75)(None, flat))) == 3 * Likeliest.MOST


def chosen(sampling, ending, said):
    ids = torch.tensor([[9, 9, *ending.tokenizer.encode(said, add_special_tokens=False)]])
    scores = choosers(sampling, [1], start=2, ending=ending)(ids, torch.zeros(1, len(ending.tokenizer)))
    return scores[0]


def id_of(ending, sign):
    return ending.tokenizer.encode(sign, add_special_tokens=False)[0]


def test_a_reply_never_says_a_sequence_twice(greedy, ending):
    scores = chosen(replace(greedy, unrepeated_tokens=2), ending, "abxa")
    assert left(scores[None]) == [at for at in range(len(ending.tokenizer)) if at != id_of(ending, "b")]


def test_a_banned_word_is_not_completed_and_a_discouraged_one_costs(greedy, ending):
    scores = chosen(replace(greedy, banned=["ok"], discouraged=["on"], discouragement=2.5), ending, "well O")
    assert scores[id_of(ending, "K")] == -torch.inf
    assert scores[id_of(ending, "N")] == -2.5
    assert scores[id_of(ending, "h")] == 0


def test_no_end_comes_before_the_shortest_reply(greedy, ending):
    short = replace(greedy, min_new_tokens=6)
    assert chosen(short, ending, "\nBob")[[*ending.ids, id_of(ending, ":")]].eq(-torch.inf).all()
    assert chosen(short, ending, "hi\nBob").eq(0).all()
