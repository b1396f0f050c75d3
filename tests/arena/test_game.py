from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from doppel.arena.store import Store
from tests.arena.games import about, game, opened, pairs


def is_machine(replies: list[str]) -> bool:
    return replies[0].startswith("machine")


def played(one: Any, judge: str, chooses_machine: bool, most: int = 100) -> int:
    """How many moments a judge has answered who always knows which reply is whose."""
    for number in range(most):
        seen = one.moment(judge)
        if seen["place"] is None:
            return number
        side = "left" if is_machine(seen["left"]) == chooses_machine else "right"
        assert one.guess(judge, seen["place"], side, 1.5)
    return most


def test_a_perfect_judge_and_a_fooled_one(tmp_path: Path) -> None:
    with closing(opened(tmp_path)) as connection:
        one = game(connection)
        assert played(one, "sharp", chooses_machine=False) == 12
        found = one.results()
        assert found["overall"]["share"]["value"] == 0
        assert found["overall"]["share"]["high"] < 0.25
        assert found["verdict"] == "people tell the model's replies from the person's own more often than by chance"
        assert found["overall"]["chose_left"] == 0.5
        assert played(one, "fooled", chooses_machine=True) == 12
        found = one.results()
        assert {name: of["share"]["value"] for name, of in found["judges"].items()} == {"sharp": 0, "fooled": 1}
        assert found["overall"]["share"]["value"] == 0.5
        assert found["overall"]["median_seconds"] == 1.5


def test_what_a_judge_is_shown_does_not_tell_which_reply_is_whose(tmp_path: Path) -> None:
    with closing(opened(tmp_path)) as connection:
        one = game(connection)
        assert one.about() == {"persona": "Никита", "is_about_real": True, "moments": 12}
        seen = one.moment("Ann")
        assert set(seen) == {"judge", "done", "moments", "place", "context", "left", "right"}
        assert seen["context"] == ({"speaker": "A", "is_persona": False, "messages": ("how is the boat?",)},)
        one.guess("Ann", seen["place"], "left", 1.0)
        assert "guesses" not in one.results()
        assert one.export()["all_guesses"][0]["judge"] == "Ann"
        assert "machine" not in str(one.export())


def test_what_was_guessed_is_there_after_a_restart(tmp_path: Path) -> None:
    with closing(opened(tmp_path)) as connection:
        played(game(connection), "Ann", chooses_machine=True, most=5)
        before = game(connection).moment("Ann")
    with closing(opened(tmp_path)) as connection:
        after = game(connection)
        assert after.moment("Ann") == before
        assert before["done"] == 5
        assert after.moment("Ben")["done"] == 0
        assert played(after, "Ann", chooses_machine=True) == 7


def test_a_second_guess_at_a_moment_changes_nothing(tmp_path: Path) -> None:
    with closing(opened(tmp_path)) as connection:
        one = game(connection)
        place = one.moment("Ann")["place"]
        for side in ("left", "right"):
            assert one.guess("Ann", place, side, 1.0)
        found = one.export()["all_guesses"]
        assert len(found) == 1
        assert (found[0]["choice"] == "first") == found[0]["is_first_left"]


@pytest.mark.parametrize(("place", "side"), [(-1, "left"), (12, "right"), (0, None)])
def test_no_such_moment_and_no_tie_where_one_of_two_is_real(place: int, side: Any, tmp_path: Path) -> None:
    with closing(opened(tmp_path)) as connection:
        one = game(connection)
        assert not one.guess("Ann", place, side, 1.0)
        assert one.results()["overall"] is None


def test_two_runs_may_be_no_different(tmp_path: Path) -> None:
    with closing(opened(tmp_path)) as connection:
        one = game(connection, rival="two")
        assert one.guess("Ann", 3, None, 1.0)
        found = one.results()
        assert (found["overall"]["same"], found["overall"]["share"]["value"]) == (1, 0.5)
        assert found["verdict"] == "these guesses do not say which is more like the person, one or two"


def test_names_are_one_however_they_are_written_and_not_too_many(tmp_path: Path) -> None:
    with closing(opened(tmp_path)) as connection:
        one = game(connection)
        assert one.judge("Юля", 1) == "Юля"
        one.guess("Юля", 0, "left", 1.0)
        assert one.judge("юля", 1) == "Юля"
        assert one.judge("Ann", 1) is None
        assert one.judge("Ann", 2) == "Ann"


def test_games_of_one_file_are_apart(tmp_path: Path) -> None:
    with closing(opened(tmp_path)) as connection:
        one, other = game(connection, 3), game(connection, 4)
        one.guess("Ann", 0, "left", 1.0)
        assert one.results()["overall"]["guesses"] == 1
        assert other.results()["overall"] is None
        store = Store(connection)
        assert store.find("real/3") == store.add("real/3", about(), pairs(3)) == 1
        assert store.find("nothing") is None
        assert (store.other_guesses(1), store.other_guesses(2)) == (0, 1)
