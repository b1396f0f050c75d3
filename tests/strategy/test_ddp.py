from datetime import timedelta

import pytest

from doppel.errors import RunError
from doppel.strategy.ddp import ddp
from doppel.strategy.ranks import leave_group


def test_takes_its_place_among_processes_started_for_it(monkeypatch) -> None:
    monkeypatch.setenv("LOCAL_RANK", "1")
    strategy = ddp(devices=2, find_unused_parameters=True, timeout_minutes=3)
    assert strategy._timeout == timedelta(minutes=3)
    assert strategy._ddp_kwargs == {"find_unused_parameters": True}


@pytest.mark.parametrize("rank", [None, "2", "x"])
def test_refuses_a_process_that_our_launcher_did_not_start(monkeypatch, rank) -> None:
    monkeypatch.delenv("LOCAL_RANK", raising=False)
    if rank is not None:
        monkeypatch.setenv("LOCAL_RANK", rank)
    with pytest.raises(RunError, match=r"numbered 0 to 1.*doppel train strategy=ddp"):
        ddp(devices=2, find_unused_parameters=False, timeout_minutes=3)


def test_leaving_no_group_is_no_fault() -> None:
    leave_group()
