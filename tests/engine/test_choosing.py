"""Draws are a function of the seed alone, from the tokens that the preset leaves."""

from dataclasses import replace

import pytest
import torch

from doppel.engine.choosing import Draw, choosers
from doppel.errors import ModelError


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


def test_only_the_likeliest_tokens_are_drawn(drawn):
    scores = torch.arange(50.0)[None]
    ids = torch.zeros(1, 0, dtype=torch.long)
    narrow = replace(drawn, temperature=100.0, top_k=3, top_p=1.0, repetition_penalty=1.0)
    seen = {left(choosers(narrow, [seed], start=0)(ids, scores.clone()))[0] for seed in range(40)}
    assert seen == {47, 48, 49}


def test_greedy_leaves_the_scores_as_they_are(greedy):
    scores = torch.arange(5.0)[None]
    assert torch.equal(choosers(greedy, [1], start=0)(torch.zeros(1, 0, dtype=torch.long), scores.clone()), scores)


def test_repetition_counts_from_the_start_of_the_reply(greedy):
    ids = torch.tensor([[1, 2]])  # token 1 is the prompt's, token 2 the reply's
    scores = torch.full((1, 4), 2.0)
    changed = choosers(replace(greedy, repetition_penalty=2.0), [1], start=1)(ids, scores)
    assert changed.tolist() == [[2.0, 2.0, 1.0, 2.0]]


def test_scores_that_are_not_numbers_are_refused(greedy):
    with pytest.raises(ModelError, match="weights have diverged"):
        choosers(greedy, [1], start=0)(None, torch.tensor([[0.0, float("nan")]]))
