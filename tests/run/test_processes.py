import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from doppel.errors import RunError
from doppel.run import processes
from doppel.run.directory import take
from doppel.run.processes import PASSED_ON, Ending

WAIT_SECONDS = 30.0


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)


def is_gone(pid: int) -> bool:
    """Whether a process has ended, also where nobody has collected its status yet."""
    try:
        return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return True


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for `python -m doppel` whose ranks do what their script says."""
    (tmp_path / "doppel").mkdir()
    (tmp_path / "doppel" / "__init__.py").write_text("")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "doppel" / "__main__.py"


def test_every_rank_gets_its_place(package: Path, tmp_path: Path) -> None:
    package.write_text(
        "import os, sys, pathlib\n"
        "names = 'RANK LOCAL_RANK WORLD_SIZE MASTER_ADDR'.split()\n"
        "pathlib.Path(sys.argv[1], 'rank' + os.environ['RANK']).write_text(' '.join(os.environ[n] for n in names))\n"
    )
    assert processes.launch([str(tmp_path)], processes.places_here(2)) == Ending(0)
    assert (tmp_path / "rank0").read_text() == "0 0 2 127.0.0.1"
    assert (tmp_path / "rank1").read_text() == "1 1 2 127.0.0.1"


def test_one_process_gets_no_rank(package: Path) -> None:
    package.write_text("import os, sys\nsys.exit(7 if 'RANK' not in os.environ else 0)\n")
    assert processes.launch([], processes.places_here(1)) == Ending(7)


def test_when_a_rank_fails_the_others_end(package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "GRACE_SECONDS", 0.5)
    package.write_text(
        "import os, sys, time, signal, pathlib\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "if os.environ['RANK'] == '1':\n"
        "    while not pathlib.Path(sys.argv[1], 'pid').exists(): time.sleep(0.01)\n"
        "    sys.exit(3)\n"
        "pathlib.Path(sys.argv[1], 'pid').write_text(str(os.getpid()))\n"
        "time.sleep(60)\n"
    )
    assert processes.launch([str(tmp_path)], processes.places_here(2)) == Ending(3)
    assert is_gone(int((tmp_path / "pid").read_text()))


def test_a_rank_that_cannot_be_started_takes_the_others_along(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package.write_text("import time\ntime.sleep(60)\n")
    begin, started = processes._start, []

    def start_one(arguments: list[str], place: Mapping[str, str], shared: list[int]) -> subprocess.Popen[bytes]:
        if place["RANK"] != "0":
            raise OSError("no more processes")
        started.append(begin(arguments, place, shared))
        return started[0]

    monkeypatch.setattr(processes, "_start", start_one)
    with pytest.raises(OSError, match="no more processes"):
        processes.launch([], processes.places_here(2))
    assert started[0].poll() == -signal.SIGTERM


@pytest.mark.parametrize("number", PASSED_ON)
def test_a_signal_is_passed_on_and_workers_end_by_themselves(
    number: signal.Signals, package: Path, tmp_path: Path
) -> None:
    package.write_text(
        "import signal, sys, time, pathlib\n"
        "def leave(*_):\n    pathlib.Path(sys.argv[1], 'left').write_text('by itself'); sys.exit(5)\n"
        "signal.signal(int(sys.argv[2]), leave)\n"
        "pathlib.Path(sys.argv[1], 'ready').write_text('')\n"
        "time.sleep(60)\n"
    )
    code = (
        "import os, sys\n"
        "from doppel.run.processes import launch\n"
        "os.chdir(sys.argv[1]); ending = launch(sys.argv[1:], [{}])\n"
        "print(ending.asked_by); sys.exit(ending.status)\n"
    )
    words = [sys.executable, "-c", code, str(tmp_path), str(int(number))]
    parent = subprocess.Popen(words, cwd=Path(__file__).parent, stdout=subprocess.PIPE, text=True)
    try:
        wait_for((tmp_path / "ready").exists)
        parent.send_signal(number)
        assert parent.communicate(timeout=30)[0] == f"{number.name}\n"
        assert parent.returncode == 5
    finally:
        parent.kill()
    assert (tmp_path / "left").read_text() == "by itself"


def test_a_worker_ends_when_its_parent_is_gone(tmp_path: Path) -> None:
    worker = (
        "import os, sys, time, pathlib\n"
        "from doppel.run.processes import end_with_parent\n"
        "end_with_parent()\n"
        "pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))\n"
        "time.sleep(60)\n"
    )
    starter = (
        "import os, subprocess, sys, time\n"
        "environment = {**os.environ, 'DOPPEL_PARENT': str(os.getpid())}\n"
        "subprocess.Popen([sys.executable, '-c', sys.argv[1], sys.argv[2]], env=environment)\n"
        "time.sleep(60)\n"
    )
    pid_file = tmp_path / "pid"
    parent = subprocess.Popen([sys.executable, "-c", starter, worker, str(pid_file)])
    wait_for(lambda: pid_file.exists() and pid_file.read_text() != "")
    parent.kill()
    parent.wait()
    pid = int(pid_file.read_text())
    try:
        wait_for(lambda: is_gone(pid))
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def test_a_lock_is_held_until_the_workers_are_gone_too(tmp_path: Path) -> None:
    """The process that started them was killed: nobody else may take up the run while one of them still writes."""
    taken = take(tmp_path, "run")
    code = (
        "import sys, subprocess\n"
        "from doppel.run.directory import open_run, RunDirectory\n"
        "from pathlib import Path\n"
        "with RunDirectory(Path(sys.argv[1])).held() as lock:\n"
        "    child = subprocess.Popen(['sleep', '60'], pass_fds=[lock], stdout=subprocess.DEVNULL)\n"
        "    print(child.pid, flush=True); child.wait()\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code, str(taken.path)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    try:
        parent.kill()
        parent.communicate()
        with pytest.raises(RunError, match="is in use by another doppel"), taken.held():
            pass
    finally:
        os.kill(child, signal.SIGKILL)
    with taken.held():  # waits the moment that a process needs to be gone
        pass
