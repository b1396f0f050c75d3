"""Who is told apart by a number."""

from doppel.samples.numbered import numbered


def test_only_who_shares_a_name() -> None:
    names = {"1": "Alex", "2": "Alex (2)", "3": "Bob (2)", "4": "Alex (home)", "5": "Ann", "6": "Alex (3)"}
    assert numbered(names) == {"2", "6"}
