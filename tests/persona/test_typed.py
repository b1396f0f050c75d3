"""What is proposed to type is read back as meant."""

import shlex

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser

from doppel.persona.typed import override


@pytest.mark.parametrize(
    "value",
    [
        "user1",
        "name:Ann Lee",
        "Ann",
        "null",
        "-5",
        "O'Brien",
        'say "hi"',
        "back\\slash",
        "end\\",
        "\u0410\u043d\u043d\u0430",
        "a,b=[c]",
    ],
)
def test_what_is_proposed_to_type_is_read_back_as_meant(value: str) -> None:
    (typed,) = shlex.split(override(value))
    assert OverridesParser.create().parse_override(typed).value() == value
    (typed,) = shlex.split(override([value, "user1"]))
    assert OverridesParser.create().parse_override(typed).value() == [value, "user1"]
