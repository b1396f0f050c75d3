"""What is told of a time that cannot be read."""

from typing import Any

import pytest

from doppel.source.table_time import Clock
from doppel.source.table_time_told import masked, told


@pytest.mark.parametrize(
    ("value", "formats"),
    [
        ("31/12/2024 10:00", ["%d/%m/%Y %H:%M"]),
        ("12/31/24, 10:00:59 PM", ["%m/%d/%y, %I:%M:%S %p"]),
        ("03.04.2024", ["%d.%m.%Y", "%m.%d.%Y"]),
        (" 2024/12/31 10:00 ", ["%Y/%m/%d %H:%M"]),
        ("99/99/9999 99:99", []),
    ],
)
def test_a_date_is_told_with_the_formats_that_read_it(value: str, formats: list[str]) -> None:
    shown, _, typed = told(value).partition(", for which type ")
    assert shown == repr(value.strip())
    assert typed == " or ".join(f"""'source.time_format="{one}"'""" for one in formats)
    for one in formats:
        assert Clock(one, "UTC")(value.strip()) is not None


@pytest.mark.parametrize("value", ["see you 31/12/2024", "+7 916 123-45-67", "notadate", "", None, 7])
def test_of_what_is_no_date_the_shape_is_told(value: Any) -> None:
    assert told(value) == masked(value)


def test_what_is_told_of_a_time_is_its_shape() -> None:
    assert masked("31/01/2024 10pm") == "'99/99/9999 99aa'"
