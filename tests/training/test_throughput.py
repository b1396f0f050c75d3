import pytest
import torch

from doppel.batches import collate
from doppel.training import throughput
from doppel.training.throughput import Meter, arithmetic_of, counts, peak_flops, peak_memory_mib
from doppel.types import Tokens
from tests.tiny_run import PAD, causal_model, seq2seq_model

LONG = Tokens((5, 6, 7, 8), (False, True, True, True), (3, 4, 5), "a")
SHORT = Tokens((8, 9), (True, True), (3,), "b")
# Of the tiny Llama: four projections of 32, two of them halved by shared heads; three feed-forward matrices; 2 layers.
MATRICES = 2 * (2 * 32 * 32 + 2 * 32 * 16 + 3 * 32 * 48)
HEAD = 32 * 64


def test_counts_of_padded_packed_and_paired_batches() -> None:
    rows = [[LONG], [SHORT]]
    assert counts(collate.causal(rows, PAD), "causal").tolist() == [6, 8, 4, 16 + 4]
    packed = collate.packed([[LONG, SHORT], [LONG]], PAD)
    assert counts(packed, "causal").tolist() == [12, 12, 7, 16 + 4 + 16 + 4]
    pairs = collate.seq2seq([[Tokens((5, 6), (True, True), (3, 4, 5), "a")], [SHORT]], PAD)
    squares = 9 + 1 + 4 + 4 + 3 * 2 + 1 * 2
    assert counts(pairs, "seq2seq").tolist() == [4 + 4, 6 + 4, 4, squares]


def test_six_operations_a_weight_where_it_is_trained_and_four_where_it_is_not() -> None:
    model = causal_model()
    trained, frozen = arithmetic_of(model), arithmetic_of(causal_model().requires_grad_(False))
    assert (trained.per_token, trained.per_learnt_token) == (6 * MATRICES, 6 * HEAD)
    assert (frozen.per_token, frozen.per_learnt_token) == (4 * MATRICES, 4 * HEAD)
    assert trained.per_square == 6 * 2 * 32
    assert trained(10, 4, 7) == 10 * 6 * MATRICES + 4 * 6 * HEAD + 7 * 6 * 2 * 32
    assert arithmetic_of(seq2seq_model()).per_square == 12 * 2 * 32


def test_weights_of_four_bits_are_counted_whole() -> None:
    model = causal_model().requires_grad_(False)
    weight = model.model.layers[0].self_attn.q_proj.weight
    weight.quant_state = type("State", (), {"shape": (64, 32)})()
    assert arithmetic_of(model).per_token == 4 * (MATRICES + 32 * 32)


def test_speed_is_over_all_processes_and_mfu_where_the_peak_is_known(monkeypatch) -> None:
    model, meter = causal_model(), Meter("causal")
    moments = iter([10.0, 12.0, 13.0])
    monkeypatch.setattr(throughput.time, "perf_counter", lambda: next(moments))
    monkeypatch.setattr(throughput, "peak_flops", lambda device: 1e9)
    meter.start(torch.device("cpu"))
    batch = collate.causal([[LONG], [SHORT]], PAD)
    meter.add(torch.tensor(3.0), batch)
    meter.add(torch.tensor(4.0), batch)
    meter.leave_out(0.5)
    sums = meter.sums(lambda one: (2 * one).tolist())
    assert sums == [14, 24, 32, 16, 80]
    told = meter.speed(sums, model, processes=2, is_16_bit=True)
    assert told["train/tokens_per_second"] == 24 / 1.5
    assert told["train/learnt_tokens_per_second"] == 16 / 1.5
    assert told["train/padded_tokens_per_second"] == 32 / 1.5
    assert told["train/peak_memory_mib"] > 100
    assert told["train/mfu"] == pytest.approx(arithmetic_of(model)(24, 16, 80) / 1.5 / 1e9 / 2)
    assert meter.sums(lambda one: one.tolist()) == [0] * 5
    assert "train/mfu" not in meter.speed([0.0] * 5, model, processes=1, is_16_bit=False)
    assert {name.removeprefix("train/") for name in told} == set(throughput.MEASURED)


def test_peaks_are_of_known_gpus(monkeypatch) -> None:
    names = iter(["NVIDIA H100 80GB HBM3", "NVIDIA H100 PCIe", "NVIDIA L40S", "NVIDIA L4", "Something else"])
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: next(names))
    peaks = [peak_flops(torch.device("cuda", 0)) for _ in range(5)]
    assert peaks == [989.4e12, 756e12, 362e12, 121e12, None]
    assert peak_flops(torch.device("cpu")) is None


def test_memory_of_a_gpu_is_its_own(monkeypatch) -> None:
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda device: 3 * 2**20)
    assert peak_memory_mib(torch.device("cuda", 0)) == 3
