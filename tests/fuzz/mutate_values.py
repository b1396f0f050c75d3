"""Damage to what a file says while it stays well formed: JSON values, cells of a Parquet table."""

from __future__ import annotations

import copy
import io
import json
import random
from typing import Any

Draw = random.Random
DEEP: Any = {"text": "x"}
for _ in range(200):
    DEEP = [DEEP]
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 7, 2**31, 2**53 + 1, 2**63, 2**64, -(2**63) - 1, 10**30, 10**400, 0.5, -0.0, 1e308,
    float("inf"), float("nan"), 1e-320, "", " ", "0", "-1", "1e9", "NaN", "9" * 40, "x", "x" * 5000, "\ud83d", "\0",
    "\u202e\u200f", "\u2028", "null", "2024-02-30T25:61:61", "2023-05-01", "9999-12-31T23:59:59", "0001-01-01T00:00:00",
    "1969-12-31T23:59:59", "-62135596801", "253402300800", "1683115200.5", "user", "user-1", "user99999999999999999999",
    "message", "service", "photo", "../..", [], {}, [[]], [None], [[], {}, ""], {"": ""}, {"text": 1}, {"text": None},
    ["x", {"type": "link", "text": "x"}], [{"type": "link", "text": 5}], {"id": 1, "type": "message"}, DEEP,
    [1] * 2000, {str(key): key for key in range(300)},
)  # fmt: skip


def mutated_values(content: bytes, draw: Draw) -> bytes:
    """The same JSON, or one of the same lines of JSON, with some values others, gone, doubled, renamed or moved."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return _one_line(content, draw)
    for _ in range(draw.choice((1, 1, 2, 5))):
        document = _changed(document, draw)
    return _written(document, draw.choice((None, 1)), content)


def _one_line(content: bytes, draw: Draw) -> bytes:
    lines = content.split(b"\n")
    at = draw.randrange(len(lines))
    try:
        value = json.loads(lines[at])
    except (ValueError, RecursionError):
        return content
    lines[at] = _written(_changed(value, draw), None, lines[at])
    return b"\n".join(lines)


def _written(document: Any, indent: int | None, before: bytes) -> bytes:
    try:
        return json.dumps(document, indent=indent, ensure_ascii=before.isascii()).encode("utf-8", "surrogatepass")
    except (ValueError, RecursionError):
        return before


def _changed(document: Any, draw: Draw) -> Any:
    holder = [document]
    places = _places(holder)
    parent, key = draw.choice(places)
    match draw.choice(("other", "other", "other", "gone", "double", "rename", "move", "wrap")):
        case "gone" if parent is not holder:
            del parent[key]
        case "double" if isinstance(parent, list) and parent is not holder:
            parent[key:key] = [parent[key]] * draw.choice((1, 3, 50))
        case "rename" if isinstance(parent, dict):
            parent[draw.choice(("", "id", "text", "date", "messages", "type", "from_id", "\ud83d"))] = parent.pop(key)
        case "move":
            other, other_key = draw.choice(places)
            parent[key] = json.loads(json.dumps(other[other_key])) if other is not holder else None
        case "wrap":
            parent[key] = draw.choice(([parent[key]], {"text": parent[key]}, str(parent[key])[:2000]))
        case _:
            parent[key] = copy.deepcopy(draw.choice(VALUES))  # it may be changed in its turn
    return holder[0]


def _places(root: list[Any]) -> list[tuple[Any, Any]]:
    """(list or object, key) of every value, the document itself first; not those nested so deep that none is read."""
    found: list[tuple[Any, Any]] = []
    waiting: list[tuple[Any, int]] = [(root, 0)]
    while waiting:
        parent, depth = waiting.pop()
        for key in parent.keys() if isinstance(parent, dict) else range(min(len(parent), 500)):
            found.append((parent, key))
            if isinstance(parent[key], dict | list) and depth < 20:
                waiting.append((parent[key], depth + 1))
    return found


def mutated_cells(content: bytes, draw: Draw) -> bytes:
    """The same table with some cells others, columns of another type, renamed, doubled or gone."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        records = pq.read_table(io.BytesIO(content)).to_pylist()
        names = list(records[0])
    except (pa.ArrowException, OSError, ValueError, IndexError):
        return content[: draw.randrange(len(content) + 1)]
    name = draw.choice(names)
    match draw.choice(("cell", "column", "column", "rename", "gone", "fewer")):
        case "cell":
            draw.choice(records)[name] = None
        case "column":
            value = draw.choice((None, 1, -1.5, float("nan"), True, "x", "", b"\xff\xfe", [1], {"a": 1}, 2**62, ["x"]))
            for record in records:
                record[name] = value
        case "rename":
            records = [{draw.choice(("id", "", name)) if key == name else key: record[key] for key in record}
                       for record in records]  # fmt: skip
        case "gone":
            records = [{key: record[key] for key in record if key != name} for record in records]
        case _:
            records = records[: draw.randrange(len(records) + 1)]
    target = io.BytesIO()
    try:
        pq.write_table(pa.Table.from_pylist(records), target)
    except (pa.ArrowException, ValueError):
        return content
    return target.getvalue()
