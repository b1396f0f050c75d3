from doppel.batches.padded import Padded
from tests.tiny_run import some_tokens


def test_makes_seq2seq_batches() -> None:
    tokens = some_tokens(3, "seq2seq")
    (batch,) = Padded(batch_size=4, max_tokens=32)(
        tokens,
        architecture="seq2seq",
        pad_id=0,
        seed=0,
        accumulate=1,
        world_size=1,
        rank=0,
        is_training=False,
    )
    assert batch["input_ids"][0, : len(tokens[0].source_ids)].tolist() == list(tokens[0].source_ids)
    assert batch["labels"][2, : len(tokens[2].ids)].tolist() == list(tokens[2].ids)
    assert batch["step_learnt_tokens"] == sum(len(sample.ids) for sample in tokens)
