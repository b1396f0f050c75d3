import hashlib
from dataclasses import replace
from itertools import islice

import pytest
import torch

from doppel.batches.loader import checked, shuffled
from doppel.batches.packed import Packed
from doppel.batches.padded import Padded
from doppel.errors import DataError, RunError
from doppel.types import Tokens
from tests.tiny_run import some_tokens, weighed

TOKENS = some_tokens(21)


def loader(batch_size=2, accumulate=1, world_size=1, rank=0, tokens=TOKENS, seed=3, is_training=True, kind=Padded):
    return kind(batch_size=batch_size, max_tokens=32)(
        tokens,
        architecture="causal",
        pad_id=0,
        seed=seed,
        accumulate=accumulate,
        world_size=world_size,
        rank=rank,
        is_training=is_training,
    )


def texts(batches) -> list[list[int]]:
    """The unpadded rows, in order."""
    return [
        ids[: sum(seen)]
        for batch in batches
        for ids, seen in zip(batch["input_ids"].tolist(), batch["attention_mask"].tolist(), strict=True)
    ]


def learnt(batch) -> int:
    return int((batch["labels"][:, 1:] != -100).sum())


def is_idle(batch) -> bool:
    return batch["input_ids"].tolist() == [[0, 0]]


def same(one, other) -> bool:
    return one.keys() == other.keys() and all(
        torch.equal(one[name], other[name]) if isinstance(one[name], torch.Tensor) else one[name] == other[name]
        for name in one
    )


def test_an_epoch_holds_every_sample_once_and_the_next_one_in_another_order() -> None:
    loaded = loader()
    first, second = texts(loaded), texts(loaded)
    everything = sorted(list(sample.ids) for sample in TOKENS)
    assert sorted(first) == sorted(second) == everything
    assert first != second
    assert texts(loader()) == first
    assert texts(loader(seed=4)) != first


def test_order_is_pinned_for_all_machines() -> None:
    assert shuffled(6, seed=3, epoch=0) == [1, 2, 5, 0, 3, 4]
    assert shuffled(6, seed=3, epoch=1) == [5, 2, 0, 1, 3, 4]


def test_validation_comes_in_the_order_given_every_time() -> None:
    loaded = loader(is_training=False)
    assert texts(loaded) == texts(loaded) == [list(sample.ids) for sample in TOKENS]


@pytest.mark.parametrize(("accumulate", "world_size"), [(1, 1), (2, 1), (1, 2), (3, 2)])
def test_a_step_is_the_same_however_it_is_divided(accumulate: int, world_size: int) -> None:
    group = accumulate * world_size
    ranks = [list(loader(2, accumulate, world_size, rank)) for rank in range(world_size)]
    whole = list(loader(2 * group))
    assert {len(batches) for batches in ranks} == {len(whole) * accumulate}
    for step, expected in enumerate(whole):
        parts = [batch for batches in ranks for batch in batches[step * accumulate : (step + 1) * accumulate]]
        rows = texts(part for part in parts if not is_idle(part))
        assert sorted(rows) == sorted(texts([expected]))
        assert {part["step_learnt_tokens"] for part in parts} == {learnt(expected)}
        assert sum(map(learnt, parts)) == learnt(expected)


@pytest.mark.parametrize("kind", [Padded, Packed])
def test_weights_are_1_on_average_over_an_epoch_and_keep_their_ratios(kind) -> None:
    tokens = weighed(TOKENS)
    loaded = loader(kind=kind, tokens=tokens, accumulate=4)
    batches = list(loaded)
    assert all(batch["weights"].shape == batch["labels"].shape for batch in batches)
    is_learnt = [batch["labels"][:, 1:] != -100 for batch in batches]
    found = torch.cat([batch["weights"][:, 1:][mask] for batch, mask in zip(batches, is_learnt, strict=True)])
    assert len(found) == loaded.num_learnt_tokens
    assert found.mean().item() == pytest.approx(1, rel=1e-6)
    heaviest = found.max().item()
    assert [round(weight / heaviest * 3) for weight in sorted(set(found.tolist()))] == [0, 1, 2, 3]
    assert sum(batch["step_learnt_tokens"] for batch in batches[::4]) == loaded.num_learnt_tokens


def test_equal_weights_are_not_weighed_and_change_no_state() -> None:
    assert all(batch.keys() == {"input_ids", "labels", "attention_mask", "step_learnt_tokens"} for batch in loader())
    made_from = loader(tokens=TOKENS[:2]).state_dict()["made_from"]
    lines = [f"{one.sample_id} {len(one.ids)} {sum(one.is_learnt)}\n" for one in TOKENS[:2]]
    assert made_from["data"] == hashlib.sha256("".join(lines).encode()).hexdigest()


def test_only_the_last_step_has_idle_micro_batches() -> None:
    batches = list(loader(batch_size=2, accumulate=2, world_size=2, rank=1))
    assert [is_idle(batch) for batch in batches] == [False] * 5 + [True]
    assert learnt(batches[-1]) == 0


def test_iter_alone_does_not_move_and_an_abandoned_pass_rolls_on() -> None:
    loaded, epochs = loader(), loader()
    first, second = list(epochs), list(epochs)
    iter(loaded)
    iter(loaded)
    # Lightning leaves the last pass after len() batches, without exhausting it.
    assert all(map(same, islice(iter(loaded), len(loaded)), first))
    assert all(map(same, islice(iter(loaded), len(loaded)), second))


@pytest.mark.parametrize("kind", [Padded, Packed])
def test_goes_on_exactly_from_any_micro_batch(kind) -> None:
    def two_epochs(loaded):
        return [*loaded, *loaded]

    expected = two_epochs(loader(accumulate=2, kind=kind))
    size = len(expected) // 2
    for given in range(2 * size):
        before = loader(accumulate=2, kind=kind)
        passes = (batch for _ in range(2) for batch in islice(iter(before), size))
        assert all(map(same, islice(passes, given), expected))
        after = loader(accumulate=2, kind=kind)
        iter(after)  # as Lightning does before it hands over the state
        after.load_state_dict(before.state_dict())
        iter(after)
        rest = [*after] if given >= size else two_epochs(after)
        assert len(rest) == 2 * size - given
        assert all(map(same, rest, expected[given:]))


@pytest.mark.parametrize(
    ("change", "override"),
    [
        ({"batch_size": 3}, "batches.batch_size"),
        ({"accumulate": 2}, "batches.batch_size"),
        ({"world_size": 2}, "batches.batch_size"),
        ({"seed": 4}, "seed"),
        ({"tokens": TOKENS[1:]}, "the chat data"),
        ({"tokens": weighed(TOKENS)}, "the chat data"),
    ],
)
def test_refuses_the_state_of_another_order(change, override: str) -> None:
    with pytest.raises(RunError, match=f"set back {override}"):
        loader(**change).load_state_dict(loader().state_dict())


def test_goes_on_with_the_rows_of_a_step_dealt_otherwise() -> None:
    before = loader(batch_size=4)
    list(islice(before, 3))
    after = loader(batch_size=1, accumulate=2, world_size=2, rank=1)
    after.load_state_dict(before.state_dict())
    whole = list(loader(batch_size=1, accumulate=2, world_size=2, rank=1))
    assert all(map(same, list(after), whole[6:]))


def test_the_share_of_padding() -> None:
    tokens = [Tokens((1,) * length, (True,) * length, (), str(length)) for length in (4, 2, 3)]
    assert loader(tokens=tokens, is_training=False).padding_share == pytest.approx(2 / 11)
    assert loader(batch_size=1, tokens=tokens).padding_share == 0
    assert loader(tokens=tokens).num_learnt_tokens == 6


def test_fewer_samples_than_a_batch_make_one_step() -> None:
    (batch,) = loader(batch_size=50)
    assert len(batch["input_ids"]) == 21


def test_refuses_what_cannot_be_learnt_from() -> None:
    with pytest.raises(DataError, match="0 samples"):
        checked([], "causal", 8)
    with pytest.raises(DataError, match=r"sample x has 9 tokens, more than batches.max_tokens=8.*max_tokens=9"):
        checked([Tokens((1,) * 9, (True,) * 9, (), "x")], "causal", 8)
    # The first token of a decoder-only text has nothing before it that could predict it.
    with pytest.raises(DataError, match="none of the 1 samples holds a token to learn"):
        checked([Tokens((1, 2), (True, False), (), "x")], "causal", 8)
    assert len(checked([Tokens((1, 2), (True, False), (3,), "x")], "seq2seq", 8)) == 1


@pytest.mark.parametrize("weights", [(0, 0), (1, -0.5), (1, float("nan")), (1, float("inf"))])
def test_refuses_weights_that_say_nothing(weights) -> None:
    tokens = [replace(sample, weight=weight) for sample, weight in zip(TOKENS, weights, strict=False)]
    with pytest.raises(DataError, match=r"of 2 samples weigh .* together.*Set back the weights in samples="):
        loader(tokens=tokens)
