"""What no person writes, through every rule: no error, no hang."""

import pytest

from doppel.types import Entity
from tests.filters.asking import CONF, composed, left, said

RULES = sorted(
    file.stem
    for file in (CONF / "filters").glob("*.yaml")
    if "_target_" in file.read_text(encoding="utf-8") and file.stem not in ("language", "near_duplicates")
)
MILLION = 1_000_000


@pytest.mark.parametrize(
    "text",
    ["a" * MILLION, "1" * MILLION, "1 " * MILLION, "<" * MILLION, "http" * MILLION, "www." * MILLION, "(" * MILLION,
     "\u200e" * MILLION, "://" * MILLION, "\ud800 lone \x00"],
    ids=lambda text: ascii(text[:8]),
)  # fmt: skip
def test_hostile_texts(text: str) -> None:
    kept, funnel = left(composed(f"+filters=[{','.join(RULES)}]"), said(text), said("hi"))
    assert len(kept) + sum(line.dropped for line in funnel.counts) == 2


def test_a_message_of_a_hundred_thousand_links() -> None:
    link = "t.me/x "
    number = 100_000
    entities = tuple(Entity("link", len(link) * place, len(link) * place + 6) for place in range(number))
    rules = composed("+filters=links", "filters.links.action=replace", "filters.links.placeholder=x")
    kept, _ = left(rules, said(link * number, entities=entities))
    assert kept == [said(" ".join("x" * number))]
