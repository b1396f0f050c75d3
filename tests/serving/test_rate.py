from doppel.serving import rate
from doppel.serving.rate import Rate


def test_a_minute_s_requests_at_once_and_then_steadily() -> None:
    now = 0.0
    limit = Rate(6, clock=lambda: now)
    assert [limit.wait_seconds("a") for _ in range(7)] == [0, 0, 0, 0, 0, 0, 10]
    assert limit.wait_seconds("b") == 0
    now = 4.0
    assert limit.wait_seconds("a") == 6
    now = 10.0
    assert [limit.wait_seconds("a") for _ in range(2)] == [0, 10]
    now = 1000.0
    assert [limit.wait_seconds("a") for _ in range(7)] == [0, 0, 0, 0, 0, 0, 10]


def test_no_limit_counts_nobody() -> None:
    limit = Rate(None)
    assert {limit.wait_seconds("a") for _ in range(1000)} == {0}
    assert not limit.buckets


def test_those_long_silent_are_forgotten(monkeypatch) -> None:
    monkeypatch.setattr(rate, "MOST_CLIENTS", 2)
    limit = Rate(1, clock=lambda: 0.0)
    assert [limit.wait_seconds(client) for client in "abac"] == [0, 0, 60, 0]
    assert list(limit.buckets) == ["a", "c"]
