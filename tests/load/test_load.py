"""A short slice of the load; `make load` runs the long one."""

from pathlib import Path

from tests.load.harness import CLIENTS, load, trained

SECONDS = 8.0
MOST_MEGABYTES = 60.0


def test_fifty_clients_each_get_their_own_reply(tmp_path: Path) -> None:
    outcome = load(trained(tmp_path), tmp_path, SECONDS)
    assert set(outcome.counts) <= {"own", "busy", "left"}, outcome.told()
    assert outcome.counts["own"] >= CLIENTS, outcome.told()
    assert outcome.growth < MOST_MEGABYTES, outcome.told()
