"""A source read to its end."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from doppel.types import Funnel, Message, Source


def gathered(source: Source) -> tuple[list[Message], Funnel]:
    """Its messages, and the funnel, whose one line of the source adds up."""
    funnel = Funnel()
    messages = list(source.messages(funnel))
    (count,) = [count for count in funnel.counts if count.stage == "source"]
    assert (count.kept, count.unit) == (len(messages), "messages")
    return messages, funnel


def written(file: Path, records: Iterable[Any]) -> str:
    """The path of a new file with a line of JSON for each record."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return str(file)


def texts(messages: Iterable[Message]) -> list[str]:
    return [message.text for message in messages]
