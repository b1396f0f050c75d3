"""A run's directory: taken by one run only, readable by its owner only, written atomically."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shlex
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

import yaml

from doppel.errors import RunError

OF_PREPARE = ("export=", "export.", "measured_samples=")  # words that doppel train does not take
LEAVING_SECONDS = 2.0  # what the workers of a killed process get to be gone
# Keys that runs of earlier versions have not, as those versions did: a run stays what it was.
LATER: dict[str, Any] = {
    "memory": {"_target_": "doppel.memory.none.NoMemory"},
    "plan_check": "off",
    "evaluate": "none",
    "canaries": {"_target_": "doppel.canaries.none.NoCanaries"},
}
State = Literal["prepared", "running", "finished", "failed", "interrupted"]
LATER_IN: dict[str, dict[str, Any]] = {
    "generation": {"unrepeated_tokens": 0, "banned": [], "discouraged": [], "discouragement": 0.0}
}


@dataclass(frozen=True, slots=True)
class RunDirectory:
    """The files of a run by name."""

    path: Path

    @property
    def config_file(self) -> Path:
        """The frozen config."""
        return self.path / "config.yaml"

    @property
    def manifest_file(self) -> Path:
        """What the run was made of."""
        return self.path / "manifest.json"

    @property
    def status_file(self) -> Path:
        """How the run stands."""
        return self.path / "status.json"

    @property
    def metrics_file(self) -> Path:
        """All that was logged."""
        return self.path / "metrics.csv"

    @property
    def checkpoints(self) -> Path:
        """The folder of checkpoints."""
        return self.path / "checkpoints"

    def data_file(self, part: str) -> Path:
        """The samples of "train", "validation" or "test"."""
        return self.path / "data" / f"{part}.jsonl"

    def config(self) -> dict[str, Any]:
        """The frozen config as data, with what later versions ask for.

        Raises: RunError where the file is damaged.
        """
        try:
            config = yaml.safe_load(self.config_file.read_text(encoding="utf-8"))
        except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
            raise RunError(f"{self.config_file} cannot be read: {error}") from error
        if not isinstance(config, dict):
            raise RunError(f"{self.config_file} holds no config: the run cannot be repeated from it")
        filled = {at: {**keys, **config[at]} for at, keys in LATER_IN.items() if isinstance(config.get(at), dict)}
        return {**LATER, **config, **filled}

    def manifest(self) -> dict[str, Any]:
        """What the run was made of.

        Raises: RunError where the file is damaged.
        """
        return _read_json(self.manifest_file)

    def facts(self) -> dict[str, Any]:
        """What the preparation has counted, {} of a run that does not tell.

        Raises: RunError where the file is damaged.
        """
        file = self.path / "facts.json"
        return _read_json(file) if file.is_file() else {}

    def update_manifest(self, **facts: Any) -> None:
        """Adds facts to the manifest."""
        write_json(self.manifest_file, {**self.manifest(), **facts})

    def status(self) -> dict[str, Any]:
        """The state of the run and, where it did not finish, the reason.

        Raises: RunError where the file is damaged.
        """
        status = _read_json(self.status_file)
        if status.get("state") not in get_args(State):
            raise RunError(f"{self.status_file} is damaged: its state is {status.get('state')!r}")
        return status

    def set_status(self, state: State, **facts: Any) -> None:
        """Replaces the state."""
        write_json(self.status_file, {"state": state, "at": datetime.now(UTC).isoformat(timespec="seconds"), **facts})

    @contextlib.contextmanager
    def held(self) -> Iterator[int]:
        """Keeps other processes from working on this run; the open file that workers must share to hold it too.

        However this process and its workers end, the run is free again.
        Raises: RunError where another one holds it.
        """
        handle = os.open(self.path, os.O_RDONLY)
        try:
            self._lock(handle)
            yield handle
        finally:
            os.close(handle)

    def _lock(self, handle: int) -> None:
        deadline = time.monotonic() + LEAVING_SECONDS
        while True:
            try:
                return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                if time.monotonic() > deadline:
                    raise RunError(f"{self.path} is in use by another doppel: wait for it or stop it first") from error
            time.sleep(0.05)


def take(parent: Path, name: str | None = None) -> RunDirectory:
    """A new directory under `parent` that no other run has or gets: named by the time, or as told.

    Raises: RunError where it cannot be made.
    """
    stamp = name or datetime.now().astimezone().strftime("%Y-%m-%d_%H-%M-%S")
    try:
        parent.mkdir(parents=True, exist_ok=True)
        for attempt in range(1, 10_000):
            folder = parent / (stamp if attempt == 1 else f"{stamp}_{attempt}")
            with contextlib.suppress(FileExistsError):
                # mkdir is atomic: of two runs in one second exactly one gets the name. Chats are private: owner only.
                folder.mkdir(mode=0o700)
                return RunDirectory(folder)
    except OSError as error:
        raise RunError(
            f"no run directory can be made under {parent}: {error.strerror}; type outputs=/a/folder/you/may/write"
        ) from error
    raise RunError(f"10,000 runs are named {stamp} under {parent}")


def open_run(path: str) -> RunDirectory:
    """The run at a path.

    Raises: RunError where there is none, naming the newest runs nearby.
    """
    folder = Path(path).expanduser()
    run = RunDirectory(folder.resolve())
    if run.config_file.is_file() and run.manifest_file.is_file():
        return run
    what = "does not exist" if not folder.exists() else "is no run directory (no config.yaml and manifest.json in it)"
    raise RunError(f"{path} {what}{_newest_runs(folder)}")


def _newest_runs(folder: Path) -> str:
    prepared: list[Path] = []
    for parent in (folder, folder.parent, Path("outputs/train")):
        found = [file.parent for file in parent.glob("*/manifest.json")]
        runs = [run for run in found if training_command(RunDirectory(run)) is None]
        if runs:
            return "; the newest runs here: " + ", ".join(str(run) for run in _newest(runs)[:3])
        prepared = prepared or _newest(found)
    if prepared:
        return (
            f"; {prepared[0]} holds prepared data: to learn from it type {training_command(RunDirectory(prepared[0]))}"
        )
    return "; `doppel train` makes runs under outputs/train"


def _newest(runs: list[Path]) -> list[Path]:
    return sorted(runs, key=lambda run: run.stat().st_mtime, reverse=True)


def training_command(run: RunDirectory) -> str | None:
    """What to type to learn from the data that `doppel prepare` wrote there, None for a run of another command."""
    try:
        words = shlex.split((run.path / "command.txt").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if words[:2] != ["doppel", "prepare"]:
        return None
    return shlex.join(["doppel", "train", *(word for word in words[2:] if not word.startswith(OF_PREPARE))])


def write_json(file: Path, content: Any) -> None:
    """Writes JSON so that a crash leaves the old file or the new one.

    Raises: RunError on a full disk or a folder that may not be written.
    """
    write_text(file, json.dumps(content, ensure_ascii=False, indent=2, default=str) + "\n")


def write_text(file: Path, text: str) -> None:
    """Writes text so that a crash leaves the old file or the new one.

    Raises: RunError on a full disk or a folder that may not be written.
    """
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(file)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise RunError(f"{file} cannot be written: {error.strerror}; free some space or type outputs=...") from error


def write_yaml(file: Path, content: Any) -> None:
    """Writes YAML in the order given.

    Raises: RunError on a full disk or a folder that may not be written.
    """
    write_text(file, yaml.safe_dump(content, allow_unicode=True, sort_keys=False))


def command_line(arguments: list[str]) -> str:
    """The command as it can be typed again."""
    return shlex.join(arguments) + "\n"


def _read_json(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunError(f"{file} cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise RunError(f"{file} is damaged: it holds no JSON object")
    return content
