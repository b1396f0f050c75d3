"""Micro-batches of judged replies."""

from dataclasses import replace

import pytest
import torch

from doppel.batches.bucketed import Bucketed
from doppel.batches.padded import Padded
from doppel.types import NOT_LEARNT
from tests.tiny_run import PAD, judged_tokens


def batches_of(tokens, *, batch_size=2, accumulate=1, world_size=1, rank=0, is_training=True, kind=Padded, **more):
    deal = {"architecture": "causal", "pad_id": PAD, "seed": 7, "accumulate": accumulate, "world_size": world_size}
    make = kind(batch_size=batch_size, max_tokens=64, **more)
    return make(tokens, **deal, rank=rank, is_training=is_training)


def test_a_pair_is_two_rows_of_one_micro_batch() -> None:
    tokens = judged_tokens(5, "causal", "pairs")
    batches = list(batches_of(tokens, is_training=False))
    assert [batch["samples"].tolist() for batch in batches] == [[0, 1], [2, 3], [4]]
    assert [len(batch["input_ids"]) for batch in batches] == [4, 4, 2]
    assert [batch["step_samples"] for batch in batches] == [2, 2, 1]
    assert batches[0]["ratings"].tolist() == [0, 0]
    assert "strangers" not in batches[0]
    better, worse = batches[1]["input_ids"][1], batches[1]["input_ids"][3]
    assert tuple(better[: len(tokens[3].ids)].tolist()) == tokens[3].ids
    assert tuple(worse[: len(tokens[3].beside.ids)].tolist()) == tokens[3].beside.ids
    learnt = [int((batch["labels"] != NOT_LEARNT).sum()) for batch in batches]
    assert [batch["step_learnt_tokens"] for batch in batches] == learnt


@pytest.mark.parametrize("kind", [Padded, Bucketed])
def test_the_first_micro_batch_of_a_step_brings_the_strangers_of_all(kind) -> None:
    tokens = judged_tokens(11, "causal", "alone")
    more = {"bucket_steps": 2} if kind is Bucketed else {}
    whole = list(batches_of(tokens, batch_size=4, kind=kind, **more))
    halves = list(batches_of(tokens, accumulate=2, kind=kind, **more))
    assert [len(batch["strangers"]) for batch in halves] == [2, 0, 2, 0, 2, 0]
    for step, batch in enumerate(whole):
        first, second = halves[2 * step : 2 * step + 2]
        indices = torch.cat([first["samples"], second["samples"]])
        assert indices.tolist() == batch["samples"].tolist()
        assert torch.cat([one["samples"] for one in first["strangers"]]).tolist() == indices.tolist()
        assert first["step_samples"] == second["step_samples"] == batch["step_samples"] == len(indices)
        assert batch["ratings"].tolist() == [tokens[index].rating for index in indices]
    row = halves[0]["strangers"][0]["input_ids"][1]
    beside = tokens[halves[0]["samples"][1]].beside
    assert tuple(row[: len(beside.ids)].tolist()) == beside.ids


@pytest.mark.parametrize("kind", ["pairs", "alone"])
def test_processes_share_the_rows_and_none_waits(kind) -> None:
    tokens = judged_tokens(5, "causal", kind)
    alone = list(batches_of(tokens, batch_size=4))
    shares = [list(batches_of(tokens, world_size=2, rank=rank)) for rank in (0, 1)]
    assert [len(share) for share in shares] == [2, 2]
    together = [torch.cat([share[step]["samples"] for share in shares]).tolist() for step in (0, 1)]
    assert together == [batch["samples"].tolist() for batch in alone]
    idle = shares[1][1]
    assert idle["samples"].tolist() == []
    assert (idle["labels"] == NOT_LEARNT).all()
    assert all(len(one["samples"]) == 0 for one in idle.get("strangers", []))


def test_in_order_every_sample_comes_once_whatever_was_taken() -> None:
    loader = batches_of(judged_tokens(7, "causal", "pairs"), accumulate=2)
    next(iter(loader))
    state = loader.state_dict()
    for _ in range(2):
        assert [batch["samples"].tolist() for batch in loader.in_order()] == [[0, 1], [2, 3], [4, 5], [6]]
    assert loader.state_dict() == state
    assert loader.num_samples == 7


def test_the_epoch_depends_on_both_replies() -> None:
    tokens = judged_tokens(4, "causal", "pairs")
    other = [replace(tokens[0], sample_id="another pair"), *tokens[1:]]
    states = [batches_of(of, batch_size=1).state_dict()["made_from"]["data"] for of in (tokens, other)]
    assert states[0] != states[1]
