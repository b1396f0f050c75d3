"""The data half on damaged input: samples or a clear error, in bounded time and memory."""

from __future__ import annotations

import random
import re
import resource
import signal
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from doppel.cache.spool import Spool
from doppel.commands.data import prepared_samples
from doppel.commands.prepared import PARTS, Prepared, sample_file
from doppel.config.build import build
from doppel.config.compose import compose
from doppel.errors import DataError
from doppel.persona.people import Census
from doppel.run.samples import each_sample
from doppel.types import Funnel, Source
from tests.data_line.arithmetic import check_funnel, check_source
from tests.fuzz.formats import Format
from tests.fuzz.mutate import mutated
from tests.fuzz.script import PRIVATE

OTHER_LINES = (
    ("filters=weclone", "privacy=names", "sessions=adaptive_gap", "samples=window", "samples/situation=told"),
    ("filters=none", "privacy=secrets", "sessions=reply_chain", "samples=reply", "samples/trivial=capped"),
    ("filters=user_simulation", "sessions=none", "samples=pair", "samples.learn=everyone"),
)
LIMIT_SECONDS = 20  # of the processor; far more than any case takes: a hang fails
LIMIT_BYTES = 4 << 30  # of address space
WHOLE_EVERY, FULL_EVERY = 8, 64  # cases of which one goes through every stage; with the options as shipped
LONGEST_ERROR = 2500  # characters

# Faults of a whole file have no place in it. All others are told with theirs.
PLACE = re.compile(
    r"\b(?:line|character|message|row|record|byte|archive|page) -?[\d,]+|the [\d,]+\. message|message-?\d+|\(first: "
)
HEADER = re.compile(r"It has: .*")
OF_WHOLE_FILES = (
    "holds no ", "is empty", "has no ", "is no ", "cannot be read: ", "is a damaged zip archive", "is JSON, ",
    "is a damaged Parquet file", "which leads out of the archive", "is HTML", "has records of ", "is UTF-16, ",
    "is not JSON: it begins with ", "is not HTML", "no chat packs so well", "breaks off after ",
    "does not begin with AuthorID", "is damaged. Delete it",
)  # fmt: skip
WAYS_OUT = ("source.", "source=", "Delete that file", "Delete it", "xport it again")
# What is left of a sound file may be too little: then the stage that finds it tells what was left out and why.
TOO_LITTLE = ("There is nothing to learn", "cannot be split", "persona")


@dataclass(frozen=True)
class Outcome:
    """How a case ended: "read" (by the source alone), "samples", "refused", "too little", "fault", which none may."""

    word: str
    told: str  # the error as the user would see it, or the traceback
    seconds: float  # of the processor


@cache
def other_lines() -> list[dict[str, Any]]:
    """Configs of other options of every stage, without a source. Nothing is held out: too little is said for that."""
    composed = [compose("prepare", [*line, "split=none", "use_cache=false"]) for line in OTHER_LINES]
    assert not any(faults for _, faults in composed), composed
    return [config | {"filters": without_duplicates(config["filters"])} for config, _ in composed]


def without_duplicates(filters: dict[str, Any]) -> dict[str, Any]:
    """Without the rules whose memory costs more time than all of the rest."""
    return {name: rule for name, rule in filters.items() if "duplicates" not in name}


class Bench:
    """Runs the cases of one format, one after the other, in one folder."""

    def __init__(self, kind: Format, folder: Path) -> None:
        self.kind = kind
        self.folder = folder / kind.name
        self.files = kind.make()
        for name in self.files:
            self._write(name, self.files[name])
        self.full_config, faults = compose("prepare", [*kind.overrides, "use_cache=false"])
        assert not faults, faults
        self.full_config["source"][kind.key] = str(self.folder / kind.path)
        own = {key: self.full_config[key] for key in ("source", "persona")}
        self.lines = [self.full_config | {"split": {"_target_": "doppel.split.none.NoSplit"}}]
        self.lines[0]["filters"] = without_duplicates(self.full_config["filters"])
        self.lines += [] if kind.is_of_samples else [line | own for line in other_lines()]

    def outcome(self, seed: int) -> Outcome:
        """What becomes of one damaged export."""
        draw = random.Random(f"{self.kind.name}/{seed}")
        victim = draw.choice(sorted(self.files))
        self._write(victim, mutated(self.files[victim], draw))
        start = time.process_time()
        try:
            word, told = self._ended(victim, seed)
        finally:
            self._write(victim, self.files[victim])
        return Outcome(word, told, time.process_time() - start)

    def sound(self) -> Prepared:
        """What the export gives while nothing is damaged."""
        return _prepared(self.lines[0])

    def _ended(self, victim: str, seed: int) -> tuple[str, str]:
        try:
            with _alarm():
                if seed % FULL_EVERY == 0:
                    _prepared(self.full_config)
                elif seed % WHOLE_EVERY == 0:
                    _prepared(self.lines[seed // WHOLE_EVERY % len(self.lines)])
                else:
                    return _read(self.full_config["source"], self.folder.parent)
            return "samples", ""
        except DataError as error:
            told = str(error)
            fault = self._unclear(told, victim)
            word = "too little" if any(words in told for words in TOO_LITTLE) else "refused"
            return ("fault", f"{fault}: {told[:1000]}") if fault else (word, told)
        except BaseException:
            return "fault", "\n".join(line for line in traceback.format_exc(limit=-6).splitlines() if line.strip(" ^~"))

    def _unclear(self, told: str, victim: str) -> str:
        """What is wrong with an error message; "" if nothing is."""
        if any(words in told for words in TOO_LITTLE):
            return ""  # it tells the names of people, which may be damaged too
        # The header of a table is told where it looks like one: a first line of a few short words does, too.
        if any(word in HEADER.sub("", told) for word in PRIVATE):
            return "tells a private text"
        if len(told) > LONGEST_ERROR:
            return f"of {len(told)} characters"
        if str(self.folder) not in told and victim.rpartition("/")[2] not in told:
            return "names no file"
        if not PLACE.search(told) and not any(words in told for words in OF_WHOLE_FILES):
            return "names no place in the file"
        return "" if any(words in told for words in WAYS_OUT) else "does not say what to do"

    def _write(self, name: str, content: bytes) -> None:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.write_bytes(content)


def _read(settings: dict[str, Any], folder: Path) -> tuple[str, str]:
    """The source and the spool alone: what they let through, the other stages are shown every eighth time."""
    funnel, census = Funnel(), Census()
    source: Source = build(settings)
    spool = Spool(folder / "messages.spool")
    for batch in spool.fill(source.messages(funnel)):
        census.see(batch)
    check_source(funnel.counts, census.people())
    assert sum(1 for _ in spool.messages()) == sum(line.kept for line in funnel.counts)
    assert all(isinstance(owner, str) for owner in source.owner_ids())
    assert source.fingerprint()
    _check_private(_said(funnel))
    return "read", ""


def _said(funnel: Funnel) -> list[str]:
    return [*funnel.notes, *(line.why for line in funnel.counts), *map(str, funnel.tallies)]


def _prepared(config: dict[str, Any]) -> Prepared:
    with prepared_samples(config) as (folder, prepared):
        _check(folder, prepared)
        return prepared


def _check(folder: Path, prepared: Prepared) -> None:
    """What holds of every preparation."""
    check_funnel(prepared)
    for part in PARTS:
        number = sum(1 for _ in each_sample(sample_file(folder, part)))
        assert number == prepared.sizes[part], f"{part} has {number} samples, not {prepared.sizes[part]}"
    _check_private([*prepared.notes, *(count.why for count in prepared.counts), *map(str, prepared.tallies)])


def _check_private(said: list[str]) -> None:
    told = [line for line in said if any(word in line for word in PRIVATE)]
    assert not told, f"a note tells a private text: {told[0][:300]}"


@contextmanager
def _alarm() -> Iterator[None]:
    def ring(*_: object) -> None:
        raise TimeoutError(f"took more than {LIMIT_SECONDS} s")

    before = signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, LIMIT_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def bound_memory() -> None:
    """From now on this process gets a MemoryError instead of the machine's last bytes."""
    resource.setrlimit(resource.RLIMIT_AS, (LIMIT_BYTES, LIMIT_BYTES))


def peak_megabytes() -> float:
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def masked(told: str, folder: Any) -> str:
    """An error message without what differs from case to case, to count its kinds."""
    told = re.sub(r"'[^']*'|\"[^\"]*\"", "'...'", told.replace(str(folder), "FOLDER"))
    return re.sub(r"[\d,]*\d", "9", told)[:300]
