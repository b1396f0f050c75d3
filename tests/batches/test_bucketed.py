from doppel.batches.bucketed import Bucketed
from doppel.batches.padded import Padded
from tests.tiny_run import some_tokens

TOKENS = some_tokens(101)


def loader(batch_size=2, accumulate=1, is_training=True, bucket_steps=10):
    return Bucketed(batch_size=batch_size, max_tokens=32, bucket_steps=bucket_steps)(
        TOKENS,
        architecture="causal",
        pad_id=0,
        seed=0,
        accumulate=accumulate,
        world_size=1,
        rank=0,
        is_training=is_training,
    )


def rows(batches) -> list[list[int]]:
    return [
        ids[: sum(seen)]
        for batch in batches
        for ids, seen in zip(batch["input_ids"].tolist(), batch["attention_mask"].tolist(), strict=True)
    ]


def test_every_sample_once_in_another_order_each_epoch() -> None:
    loaded = loader()
    first, second = rows(loaded), rows(loaded)
    assert sorted(first) == sorted(second) == sorted(list(sample.ids) for sample in TOKENS)
    assert first != second


def test_pads_less_than_padded() -> None:
    padded = Padded(batch_size=2, max_tokens=32)(
        TOKENS, architecture="causal", pad_id=0, seed=0, accumulate=1, world_size=1, rank=0, is_training=True
    )
    assert loader().padding_share < padded.padding_share / 3


def test_a_step_does_not_depend_on_how_it_is_divided_and_the_incomplete_one_is_last() -> None:
    whole, halves = list(loader(batch_size=4)), list(loader(batch_size=2, accumulate=2))
    for step, batch in enumerate(whole[:-1]):
        assert rows([batch]) == rows(halves[2 * step : 2 * step + 2])
    assert len(rows([whole[-1]])) == 101 % 4


def test_steps_are_not_in_order_of_length() -> None:
    lengths = [batch["input_ids"].shape[1] for batch in loader(bucket_steps=1000)]
    assert lengths != sorted(lengths)
    assert set(lengths) == {len(sample.ids) for sample in TOKENS}


def test_validation_is_shortest_first() -> None:
    lengths = [len(row) for row in rows(loader(is_training=False))]
    assert lengths == sorted(lengths)
