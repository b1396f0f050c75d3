from itertools import pairwise

import pytest

from doppel.batches.packed import Packed, best_fit
from tests.tiny_run import some_tokens

TOKENS = some_tokens(101)


def loader(is_training=True, architecture="causal"):
    return Packed(batch_size=2, max_tokens=32)(
        TOKENS,
        architecture=architecture,
        pad_id=0,
        seed=0,
        accumulate=1,
        world_size=1,
        rank=0,
        is_training=is_training,
    )


def samples(batches) -> list[list[int]]:
    """The segments that are not padding."""
    found = []
    for batch in batches:
        for ids, positions in zip(batch["input_ids"].tolist(), batch["position_ids"].tolist(), strict=True):
            starts = [at for at, position in enumerate(positions) if position == 0] + [len(ids)]
            found += [ids[start:end] for start, end in pairwise(starts)]
    return [segment for segment in found if any(segment)]


def test_best_fit_leaves_the_least_room() -> None:
    assert best_fit([7, 5, 3, 2, 3], range(5), max_tokens=10) == [[0, 2], [1, 4, 3]]


def test_every_sample_once_whole_in_another_order_each_epoch() -> None:
    loaded = loader()
    first, second = samples(loaded), samples(loaded)
    assert sorted(first) == sorted(second) == sorted(list(sample.ids) for sample in TOKENS)
    assert first != second


def test_epochs_have_the_same_number_of_rows() -> None:
    loaded = loader()
    assert {len(list(loaded)) for _ in range(20)} == {len(loaded)}


def test_rows_hold_at_most_max_tokens_and_little_padding() -> None:
    loaded = loader()
    assert all(batch["input_ids"].shape[1] <= 32 for batch in loaded)
    assert loaded.padding_share < 0.02


def test_counts_learnt_tokens_as_the_loss_does() -> None:
    for batch in loader():
        assert batch["step_learnt_tokens"] == int((batch["labels"][:, 1:] != -100).sum())


def test_validation_is_packed_the_same_way_every_time() -> None:
    loaded = loader(is_training=False)
    assert samples(loaded) == samples(loaded)


def test_refuses_an_encoder_decoder() -> None:
    with pytest.raises(AssertionError, match="cross-attention"):
        loader(architecture="seq2seq")
