"""python -m tests.matrix: trains every cell that the rules let through, two steps each, and writes conf/MATRIX.md."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path

from doppel.config.machine import gpu_capabilities
from doppel.config.tree import project_path
from tests.matrix.cells import Cell, verdicts
from tests.matrix.table import Walk, page
from tests.matrix.walk import walk


def main() -> int:
    """0 when no cell has crashed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--record", type=Path, default=Path("outputs/matrix.jsonl"), help="a line for each cell walked")
    parser.add_argument("--left", action="store_true", help="only cells that the record does not have as trained")
    parser.add_argument("--write", action="store_true", help="write conf/MATRIX.md afterwards, from the record")
    parser.add_argument(
        "--only", nargs="*", default=[], metavar="WORD", help="cells with all of these, e.g. strategy=fsdp"
    )
    parser.add_argument("--part", default="1/1", help="2/3: the second third of the cells, beside another process")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="matrix-") as name:
        found = verdicts(Path(name))
        kinds = ("trains", "needs GPU") if gpu_capabilities() else ("trains",)
        chosen = [
            cell for cell, verdict in found.items() if verdict.kind in kinds and set(asked.only) <= set(cell.words())
        ]
        number, parts = map(int, asked.part.split("/"))
        known = recorded(asked.record).faults if asked.left else {}
        left = [cell for cell in chosen[number - 1 :: parts] if known.get(cell) != ""]
        walk(left, Path(name), asked.record)
    seen = recorded(asked.record)
    if asked.write:
        (project_path("conf") / "MATRIX.md").write_text(page(found, seen), encoding="utf-8")
    faults = Counter(bool(seen.faults[cell]) for cell in chosen if cell in seen.faults)
    print(f"trained {faults[False]}, crashed {faults[True]}, not walked {len(chosen) - faults.total()}")
    return 1 if faults[True] else 0


def recorded(record: Path) -> Walk:
    """What the record says last of each cell."""
    lines = record.read_text(encoding="utf-8").splitlines() if record.exists() else []
    rows = {Cell(*row["cell"]): row for row in map(json.loads, lines)}
    return Walk(
        {cell: row["fault"] for cell, row in rows.items()}, min((row["day"] for row in rows.values()), default="-")
    )


if __name__ == "__main__":
    sys.exit(main())
