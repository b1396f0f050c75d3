"""python -m tests.matrix [--write] [--only WORD ...]: trains every cell that the rules let through, two steps each."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from doppel.config.machine import gpu_capabilities
from doppel.config.tree import project_path
from tests.matrix.cells import Cell, verdicts
from tests.matrix.table import page
from tests.matrix.walk import trained, warm_up


def main() -> int:
    """0 when no cell has crashed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write conf/MATRIX.md")
    parser.add_argument(
        "--only", nargs="*", default=[], metavar="WORD", help="cells with all of these, e.g. strategy=fsdp"
    )
    parser.add_argument("--part", default="1/1", help="2/3: the second third of the cells")
    parser.add_argument("--faults", type=Path, help="a file for what crashed cells said")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="matrix-") as name:
        folder = Path(name)
        found = verdicts(folder)
        if asked.write:
            (project_path("conf") / "MATRIX.md").write_text(page(found), encoding="utf-8")
        kinds = ("trains", "needs GPU") if gpu_capabilities() else ("trains",)
        number, parts = map(int, asked.part.split("/"))
        chosen = [cell for cell, verdict in found.items() if verdict.kind in kinds and _is_asked(cell, asked.only)]
        faults = _walk(chosen[number - 1 :: parts], folder, asked.faults)
    counts = {kind: sum(verdict.kind == kind for verdict in found.values()) for kind in ("refused", "needs GPU")}
    walked = len(chosen[number - 1 :: parts])
    print(f"trained {walked - faults}, crashed {faults}, refused {counts['refused']}, needs GPU {counts['needs GPU']}")
    return 1 if faults else 0


def _is_asked(cell: Cell, words: list[str]) -> bool:
    return set(words) <= set(cell.words())


def _walk(chosen: list[Cell], folder: Path, report: Path | None) -> int:
    warm_up()
    faults = 0
    for at, cell in enumerate(chosen, start=1):
        start = time.monotonic()
        fault = trained(cell, folder)
        faults += bool(fault)
        words = " ".join(cell.words())
        print(f"{at}/{len(chosen)} {words} {time.monotonic() - start:.1f} s {'CRASHED' if fault else ''}", flush=True)
        if fault and report:
            with report.open("a", encoding="utf-8") as file:
                file.write(f"=== {words}\n{fault}\n")
    return faults


if __name__ == "__main__":
    sys.exit(main())
