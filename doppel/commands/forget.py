"""doppel forget contact=NAME: erases a person from history, notes and feedback; says what must be trained anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from doppel.cache.store import cache_folder
from doppel.commands.application import run_composed
from doppel.commands.readers import Reader, readers
from doppel.commands.show import console
from doppel.errors import DataError
from doppel.memory.forgetting import Forgotten
from doppel.memory.memory import Memory
from doppel.memory.people import Person
from doppel.report.counted import counted

ROOT = "doppel.config.roots.Forget"
OF_TELEGRAM = "telegram:"  # before the number of an account; an export has "user" there


def run(arguments: list[str]) -> int:
    """0 when the person is erased.

    Raises: ConfigError, DataError, RunError.
    """
    return run_composed("forget", ROOT, arguments, lambda config, *_: forget(config))


def forget(config: dict[str, Any]) -> int:
    """0 when the person is erased, or nothing of them is kept. Raises: DataError for nobody, and for several people."""
    wanted = str(config["contact"]).strip()
    person, line = _erased(Path(config["memory_file"]).expanduser(), wanted, is_only_shown=config["only_shows"])
    _tell(line)  # whatever is found, or is damaged, among the runs
    found = list(readers(Path(config["runs"]).expanduser(), _ids(wanted, person), wanted))
    if person is None and not found:
        raise DataError(
            f"nobody is called {wanted!r} in {config['memory_file']}, nor in the data of the runs under "
            f"{config['runs']}: type a name or an id as they stand there, contact=..."
        )
    for line in _told(found):
        _tell(line)
    return 0


def _tell(line: str) -> None:
    console().print(line, markup=False, highlight=False, soft_wrap=True)


def _erased(file: Path, wanted: str, *, is_only_shown: bool) -> tuple[Person | None, str]:
    """Who was meant, None where nothing is kept of anybody so called, and what was done. Raises: DataError."""
    if not file.is_file():
        return None, f"nothing is kept of talks: there is no {file}"
    memory = Memory(file)
    try:
        people = memory.people.called(wanted)
        if len(people) > 1:
            accounts = ", ".join(f"contact={one.account}" for one in people)
            raise DataError(f"{len(people)} people are called {wanted!r}: type one of {accounts}")
        if not people:
            return None, f"{file} holds nothing of {wanted}"
        (person,) = people
        if is_only_shown:
            return person, _counted(person, memory.known_of(person.id), f"would be erased from {file}")
        with memory.transaction():
            gone = memory.forget(person.id)
        memory.wipe()
        return person, _counted(person, gone, f"erased from {file}")
    finally:
        memory.close()


def _counted(person: Person, gone: Forgotten, what: str) -> str:
    replies = "1 reply" if gone.replies == 1 else f"{gone.replies:,} replies"
    numbers = [
        counted(gone.messages, "message"),
        replies,
        counted(gone.notes, "note"),
        counted(gone.opinions, "opinion"),
    ]
    return f"{what}: {person.name} ({person.account}), {', '.join(numbers)}"


def _ids(wanted: str, person: Person | None) -> frozenset[str]:
    """What the data of runs may call them."""
    ids = {wanted}
    if person is not None:
        ids |= {person.contact or wanted, f"user{person.account.removeprefix(OF_TELEGRAM)}"}
    return frozenset(ids)


def _told(found: list[Reader]) -> list[str]:
    if not found:
        return ["no run has read their words"]
    lines = ["these runs have their words, which no erasing takes out of a model:"]
    for reader in found:
        if reader.is_of:
            lines.append(f"  {reader.run.path}: goes on from {reader.is_of}")
            continue
        lines.append(
            f"  {reader.run.path}: {counted(reader.messages, 'message')} read, {reader.learnt:,} of them learnt"
        )
        lines.append(f"    again without them: {reader.command()}")
    lines.append("then delete these directories, every copy of their models, and what was prepared for them:")
    lines.append(f"  rm -r {cache_folder()}")
    return lines
