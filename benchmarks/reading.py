"""Reading a Telegram export: doppel's streaming reader beside json.load, on a real one and on it ten times over.

Run: .venv/bin/python benchmarks/reading.py [--write]
"""

from __future__ import annotations

import gzip
import json
import os
import sys
import tempfile
from pathlib import Path

from side_by_side import conditions, measure, table

from doppel.source.telegram import TelegramExport
from doppel.types import Funnel

HERE = Path(__file__).resolve()
SHARED = Path(os.environ.get("DOPPEL_SHARED_DATA", HERE.parents[2] / "shared" / "data"))
EXPORT = SHARED / "chitchat" / "owner1.result.json.gz"
TIMES_LARGER = 10


def with_doppel(path: str) -> int:
    """The number of messages, each made into a checked Message."""
    return sum(1 for _ in TelegramExport(path=path, timezone="UTC").messages(Funnel()))


def with_json(path: str) -> int:
    """The number of messages, as the dicts that json.load makes: no check, no identity, no text put together."""
    with Path(path).open(encoding="utf-8") as file:
        return sum(len(chat["messages"]) for chat in json.load(file)["chats"]["list"])


def enlarge(export: str, target: str, times: int) -> int:
    """Writes the export with its chats repeated under other ids; how often."""
    with gzip.open(export, "rt", encoding="utf-8") as file:
        content = json.load(file)
    chats = content["chats"]["list"]
    content["chats"]["list"] = [
        {**chat, "id": chat["id"] + copy * 10_000_000} for copy in range(times) for chat in chats
    ]
    Path(target).write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
    return times


def main() -> None:
    """Prints the tables; --write keeps them."""
    if not EXPORT.is_file():
        sys.exit(f"the real export is not here: {EXPORT} (set DOPPEL_SHARED_DATA)")
    parts = ["# Reading an export", "", conditions(["ijson"]), ""]
    with tempfile.TemporaryDirectory() as folder:
        for times in (1, TIMES_LARGER):
            file = Path(folder) / f"times{times}.json"
            # In a process of its own: a child starts with its parent's peak memory on Linux.
            measure("", HERE, enlarge.__name__, [str(EXPORT), str(file), times], repetitions=1)
            size = file.stat().st_size / 2**20
            contenders = [("json.load, all in memory", with_json), ("doppel, streaming", with_doppel)]
            rows = [measure(name, HERE, function.__name__, [str(file)], repetitions=3) for name, function in contenders]
            parts += [f"{size:.0f} MiB ({times} x chitchat owner1); result: messages", "", table(rows), ""]
    text = "\n".join(parts)
    print(text)
    if "--write" in sys.argv:
        HERE.with_suffix(".md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
