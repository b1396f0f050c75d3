from doppel.training.counting import recount


def test_micro_batches_of_another_size_are_counted_anew() -> None:
    counts = {"ready": 6, "completed": 6, "started": 6, "processed": 6}
    progress = {"total": dict(counts), "current": {**counts, "ready": 2}, "is_last_batch": False}
    loops = {"fit_loop": {"epoch_loop.batch_progress": progress, "epoch_loop.state_dict": {"_batches_that_stepped": 3}}}
    recount(loops, 2, 4)
    assert progress["total"] == dict.fromkeys(counts, 12)
    assert progress["current"]["ready"] == 4
    assert loops["fit_loop"]["epoch_loop.state_dict"] == {"_batches_that_stepped": 3}
    recount(loops, 4, 1)
    assert progress["total"] == dict.fromkeys(counts, 3)
