"""Who is learnt, and who never is."""

from dataclasses import replace

import pytest

from doppel.errors import ConfigError
from doppel.samples.roles import Roles
from tests.samples.scripted import cast

LEFT_OUT = replace(cast(), unlearnt=frozenset(("user-b", "user11")))


def test_who_may_be_read_at_most_is_not_learnt_with_everyone() -> None:
    roles = Roles(LEFT_OUT, "everyone")
    assert [roles.is_learnable(roles.speaker(who)) for who in ("user1", "user-a", "user-b")] == [True, True, False]


def test_of_two_accounts_of_a_persona_one_may_be_left_out() -> None:
    roles = Roles(LEFT_OUT, ["Me"])
    assert roles.is_learnable(roles.speaker("user11"))
    assert Roles(LEFT_OUT, "persona").is_learnable("user1")


def test_who_is_left_out_cannot_be_chosen() -> None:
    with pytest.raises(ConfigError) as caught:
        Roles(LEFT_OUT, ["A", "B"])
    assert str(caught.value) == (
        "samples.learn names B, whose words filters.people does not let be learnt: take that name out of "
        "samples.learn, or out of filters.people.exclude (where filters.people.include_only names others, add it there)"
    )
