"""A short slice of the load; `make load` runs the long one."""

from pathlib import Path

from tests.load.harness import load, trained

CLIENTS = 12
SECONDS = 6.0
MOST_MEGABYTES = 60.0


def test_several_clients_each_get_their_own_reply(tmp_path: Path) -> None:
    outcome = load(trained(tmp_path, CLIENTS), tmp_path, SECONDS, CLIENTS)
    assert set(outcome.counts) <= {"own", "busy", "left"}, outcome.told()
    assert outcome.counts["own"] >= CLIENTS, outcome.told()
    assert outcome.growth < MOST_MEGABYTES, outcome.told()
