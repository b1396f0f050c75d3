import pytest

from doppel.config.build import build, build_all
from doppel.errors import DataError


def test_runtime_objects_come_first_and_lists_are_plain() -> None:
    made = build({"_target_": "doppel.filters.chats.ChatKinds", "kinds": ["personal"]})
    assert type(made).__name__ == "ChatKinds"


def test_a_users_fault_is_not_wrapped() -> None:
    with pytest.raises(DataError, match=r"such\.json"):
        list(build({"_target_": "doppel.source.telegram.TelegramExport", "path": "no/such.json"}).messages(None))


def test_nulls_are_left_out_of_a_group() -> None:
    nodes = {"a": {"_target_": "doppel.filters.forwards.Forwards"}, "b": None}
    assert list(build_all(nodes)) == ["a"]
