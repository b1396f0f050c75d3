"""One run in processes on several machines: rank 0 composes, freezes and concludes it, the others only work for it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from doppel.commands.outcome import INTERRUPTED, INTERRUPTED_STATUS
from doppel.config.place import Place, placed
from doppel.errors import ConfigError
from doppel.run.meeting import Meeting
from doppel.run.processes import Ending, end_with, free_port, launch, places_here


class Crew:
    """The workers of a run: all started here, or one here and the others by the processes that wait in `meeting`."""

    def __init__(self, place: Place | None = None, meeting: Meeting | None = None) -> None:
        self._place, self._meeting = place, meeting

    @property
    def is_alone(self) -> bool:
        """Whether this process starts all workers."""
        return self._place is None

    @property
    def name(self) -> str | None:
        """What the user calls this start, if they do: workers that are started again have the same name."""
        return self._place.start if self._place is not None and self._place.is_named else None

    def launch(self, arguments: list[str], *, devices: int, lock: int) -> Ending:
        """How the workers ended that are started here: one for each device, or one."""
        if self._place is None or self._meeting is None:
            return launch(arguments, places_here(devices), shared=[lock])
        place = self._place.at(self._place.address, self._place.port or free_port())
        self._meeting.tell({"arguments": arguments, "address": place.address, "port": place.port})
        return launch(arguments, [place.environment()], shared=[lock])


def by_itself(command: str) -> Crew:
    """The crew of a command that starts its processes itself. Raises: ConfigError where torchrun or srun has."""
    if placed() is not None:
        raise ConfigError(f"{command} starts its processes itself: type it without torchrun or srun")
    return Crew()


def together(folder: Path, lead: Callable[[Crew], int]) -> int:
    """The exit status of `lead`, which does all the work of a command where doppel starts its processes itself.

    Where torchrun or srun has started several, rank 0 leads, and tells the others in `folder` which run to work for.
    """
    place = placed()
    if place is None:
        return lead(Crew())
    end_with(os.getppid())  # a killed torchrun leaves nobody behind
    meeting = Meeting(folder, place.start, rank=place.rank, world_size=place.world_size)
    if place.rank:
        return _follow(meeting, place)
    try:
        return lead(Crew(place, meeting))
    except BaseException:
        meeting.refuse()
        raise


def _follow(meeting: Meeting, place: Place) -> int:
    told = meeting.ask()
    if told is None:
        return 2  # rank 0 says why
    ending = launch(told["arguments"], [place.at(told["address"], told["port"]).environment()])
    if ending.status in INTERRUPTED:
        return INTERRUPTED_STATUS
    if ending.status < 0:
        print(f"doppel: the worker of rank {place.rank} was killed by signal {-ending.status}", file=sys.stderr)
        return 1
    return ending.status
