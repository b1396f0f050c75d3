"""Each page has its own conversation, and no other's."""

from typing import Any

import pytest

from doppel.errors import ConfigError
from doppel.web.conversations import Conversations
from tests.web.fakes import Shouting, settings


def some(**changes: Any) -> Conversations:
    return Conversations([Shouting("first"), Shouting("second")], settings(**changes))


def test_a_page_keeps_its_own_and_nobody_else_gets_at_it() -> None:
    conversations = some()
    mine = conversations.of("10.0.0.1", "page")
    mine.hear(["a secret"])
    assert conversations.of("10.0.0.1", "page") is mine
    assert conversations.of("10.0.0.1", "other").parts == []
    assert conversations.of("10.0.0.2", "page").parts == []  # another one's page of the same name
    conversations.end("10.0.0.2", "page")
    assert conversations.of("10.0.0.1", "page") is mine
    conversations.end("10.0.0.1", "page")
    assert conversations.of("10.0.0.1", "page").parts == []


def test_the_one_longest_untouched_gives_way() -> None:
    conversations = some(max_conversations=2)
    first, second = conversations.of("a", "1"), conversations.of("a", "2")
    conversations.of("a", "1")
    conversations.of("a", "3")
    assert conversations.of("a", "1") is first
    assert conversations.of("a", "2") is not second


def test_runs_are_found_by_name() -> None:
    conversations = some()
    assert conversations.voice("second").run_name == "second"
    assert conversations.voice("elsewhere").run_name == "first"
    assert conversations.is_idle


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"port": 65536}, "web.port=65536 is refused: the highest port is 65535"),
        ({"disclosure": "{who}"}, "{name} is all that may stand in braces"),
        ({"disclosure": " {name}"}, "it must tell that a model speaks"),
    ],
)
def test_settings_that_cannot_be(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        settings(**changes)
