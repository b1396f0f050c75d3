from datetime import UTC, datetime
from typing import Any

import pytest

from doppel.source.telegram_numbers import MAX_ID, number_of, seconds_of


@pytest.mark.parametrize(("written", "seconds"), [("60", 60), (60, 60), (datetime(1970, 1, 2, tzinfo=UTC), 86_400)])
def test_times(written: Any, seconds: float) -> None:
    assert seconds_of(written) == seconds


@pytest.mark.parametrize("written", [-1, 10**10, "soon", "9" * 5000, None, [], datetime(1960, 1, 1, tzinfo=UTC)])
def test_no_times(written: Any) -> None:
    assert seconds_of(written) is None


@pytest.mark.parametrize(("written", "number"), [(7, 7), ("7", 7), (-7, -7), (True, 1)])
def test_ids(written: Any, number: int) -> None:
    assert number_of(written) == number


@pytest.mark.parametrize("written", [MAX_ID, -MAX_ID, "x", "9" * 5000, None, {}, float("inf"), float("nan")])
def test_no_ids(written: Any) -> None:
    assert number_of(written) is None
