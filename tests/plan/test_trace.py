"""Peaks, categories and groups of a trace written by hand."""

from doppel.plan.trace import Storage, Trace


def storage(size: int, born: int, died: int | None, module: str = "m", **more: object) -> Storage:
    return Storage(size, born, "forward", module, "mm", (size,), "float32", died=died, **more)


def test_the_peak_is_when_most_lives_and_its_categories_are_all_of_it() -> None:
    weights = storage(100, 1, None, category="weights")
    kept = storage(30, 2, 6, category="activations")
    brief, later = storage(50, 3, 4), storage(60, 5, 7)
    peak = Trace([weights, kept, brief, later], {}, 7).peak()
    assert peak.size == 190
    assert peak.by_category == {
        "weights": 100,
        "quantisation state": 0,
        "gradients": 0,
        "optimizer": 0,
        "activations": 30,
        "temporaries": 60,
    }
    assert peak.alive == (weights, later, kept)


def test_a_device_may_hold_a_part_of_what_is_there() -> None:
    weights, other = storage(100, 1, None, category="weights"), storage(60, 2, 3)
    peak = Trace([weights, other], {}, 3).peak(lambda one: one.size // 4 if one.category == "weights" else one.size)
    assert (peak.size, peak.by_category["weights"]) == (85, 25)


def test_what_is_alike_in_all_layers_is_one_group() -> None:
    trace = Trace([storage(10, 1, None, "layers.0.mlp"), storage(10, 2, None, "layers.1.mlp"), storage(15, 3, None)])
    (held, number, one), (_, alone, _) = trace.peak().largest(2)
    assert (held, number, one.module, alone) == (20, 2, "layers.0.mlp", 1)
