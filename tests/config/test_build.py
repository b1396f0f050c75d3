import pytest

from doppel.config.build import build, build_all
from doppel.errors import DataError
from doppel.source.telegram import TelegramExport
from doppel.types import Funnel


def test_runtime_objects_come_first_and_lists_are_plain() -> None:
    made = build({"_target_": "doppel.filters.chats.ChatKinds", "kinds": ["personal"]})
    assert type(made).__name__ == "ChatKinds"


def telegram(path: str) -> TelegramExport:
    return build({"_target_": "doppel.source.telegram.TelegramExport", "path": path, "timezone": "UTC"})


def test_a_part_gets_the_rest_later() -> None:
    make = build({"_target_": "doppel.filters.length.Length", "_partial_": True})
    assert make(min_chars=1, max_chars=3).max_chars == 3


def test_nodes_inside_are_built_and_nothing_shares_the_configs_own_lists() -> None:
    node = {"_target_": "doppel.config.rules.Rule", "id": [1], "reason": {"a": [{"_target_": "builtins.dict", "b": 2}]}}
    made = build(node, is_broken_by=None, remedy="")
    assert made.reason == {"a": [{"b": 2}]}
    assert made.id == [1]
    assert made.id is not node["id"]


@pytest.mark.parametrize("path", ["${oc.env:HOME}", "${oc.create:{_target_:os.getenv,key:HOME}}"])
def test_a_string_stays_a_string(path: str) -> None:
    assert telegram(path).path == path


def test_a_users_fault_is_not_wrapped() -> None:
    with pytest.raises(DataError, match=r"such\.json"):
        list(telegram("no/such.json").messages(Funnel()))


def test_nulls_are_left_out_of_a_group() -> None:
    nodes = {"a": {"_target_": "doppel.filters.forwards.Forwards"}, "b": None}
    assert list(build_all(nodes)) == ["a"]
