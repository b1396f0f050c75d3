import ast
from typing import Any, Literal

import pytest

from doppel.config.annotation import config_type
from doppel.types import PositiveInt


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("int", int),
        ("str | None", str | None),
        ("Optional[int]", int | None),
        ("Union[float, Tensor]", float),
        ("Optional[Tensor]", Any),
        ("PositiveInt", PositiveInt),
        ("types.PositiveInt", PositiveInt),
        ("Literal['a', 'b']", Literal["a", "b"]),
        ("tuple[float, float]", tuple[float, float]),
        ("tuple[int, ...]", tuple[int, ...]),
        ("list[str | int]", list[str | int]),
        ("'int'", int),
        ("Callable[[int], str]", Any),
        ("SomethingElse", Any),
    ],
)
def test_an_annotation_says_what_yaml_may_hold(text: str, expected: Any) -> None:
    assert config_type(ast.parse(text, mode="eval").body) == expected


def test_no_annotation_says_nothing() -> None:
    assert config_type(None) is Any
