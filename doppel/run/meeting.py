"""How rank 0 tells the processes on other machines which run they are part of: files on the file system they share.

Each of the others leaves a question, and takes it away once it has read the answer beside it. A question of a process
that is gone stays, so that rank 0 never takes an earlier start's process for one of its own; an earlier start's answer
lies beside another question.
"""

from __future__ import annotations

import contextlib
import json
import time
import uuid
from pathlib import Path
from typing import Any

from doppel.errors import RunError
from doppel.run.directory import write_json

POLL_SECONDS = 0.1
PATIENCE_SECONDS = 1800.0  # preparing a large export takes minutes; an absent machine should still be told
REFUSAL_SECONDS = 15.0  # what rank 0 spends on telling the others that there is no run
QUESTION, ANSWER = ".question", ".answer"


class Meeting:
    """Where the processes of one start meet, in a folder that all of them see."""

    def __init__(self, folder: Path, start: str, *, rank: int, world_size: int) -> None:
        self._folder, self._start, self._rank, self._world_size = folder / ".meeting", start, rank, world_size
        self._is_answered = False

    def ask(self, seconds: float = PATIENCE_SECONDS) -> dict[str, Any] | None:
        """What rank 0 tells the others; None where it tells that there is no run. Raises: RunError."""
        question = self._folder / f"{self._start}.{self._rank}.{uuid.uuid4().hex}{QUESTION}"
        write_json(question, {})
        answer = question.with_suffix(ANSWER)
        deadline = time.monotonic() + seconds
        try:
            while not answer.exists():
                if time.monotonic() > deadline:
                    raise RunError(
                        f"rank {self._rank} has heard nothing of rank 0 in {self._folder}: all machines must see "
                        "the same folder; type outputs=/a/shared/folder"
                    )
                time.sleep(POLL_SECONDS)
            return json.loads(answer.read_text(encoding="utf-8"))
        finally:
            question.unlink(missing_ok=True)  # this first: it is what rank 0 waits for
            answer.unlink(missing_ok=True)

    def tell(self, content: dict[str, Any] | None, seconds: float = PATIENCE_SECONDS) -> None:
        """Tells all others what they are part of. Raises: RunError where some never ask."""
        self._is_answered = True
        missing, answered = set(range(1, self._world_size)), set[Path]()
        deadline = time.monotonic() + seconds
        while missing:
            there = set(self._folder.glob(f"{self._start}.*{QUESTION}"))
            for question in there - answered:
                write_json(question.with_suffix(ANSWER), content)
            answered |= there
            missing -= {int(question.name.split(".")[1]) for question in answered - there}
            if missing and time.monotonic() > deadline:
                raise RunError(
                    f"of {self._world_size} processes, rank {min(missing)} never came to {self._folder}: all "
                    "machines must see the same folder; type outputs=/a/shared/folder"
                )
            time.sleep(POLL_SECONDS)
        self._clear()

    def refuse(self) -> None:
        """Tells the others that there is no run, unless they have been told of one; late ones wait in vain."""
        if not self._is_answered:
            with contextlib.suppress(RunError):
                self.tell(None, REFUSAL_SECONDS)

    def _clear(self) -> None:
        """Removes what processes of this start that were killed have left, and the folder when nobody else uses it."""
        for left in self._folder.glob(f"{self._start}.*"):
            left.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self._folder.rmdir()
