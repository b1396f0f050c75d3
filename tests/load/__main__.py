"""python -m tests.load [SECONDS]: 50 clients at once, each with its own marker, five minutes."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.load.harness import load, trained

CLIENTS = 50
SECONDS = 300.0
MOST_MEGABYTES = 30.0


def main() -> int:
    """0 where every reply belonged to its asker, none was lost, and memory stayed flat."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    with tempfile.TemporaryDirectory() as folder:
        outcome = load(trained(Path(folder), CLIENTS), Path(folder), seconds, CLIENTS)
    print(f"{seconds:.0f} s: {outcome.told()}")
    is_sound = set(outcome.counts) <= {"own", "busy", "left"} and outcome.growth < MOST_MEGABYTES
    return 0 if is_sound else 1


if __name__ == "__main__":
    sys.exit(main())
