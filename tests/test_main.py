import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from doppel.__main__ import COMMANDS, dispatch

HEAVY = "torch transformers peft pytorch_lightning"


def modules_after(words: list[str], cwd: Path) -> tuple[int, str]:
    """(exit status, the heavy modules imported by then) of a command in a fresh Python."""
    code = (
        "import sys\n"
        "from doppel.__main__ import dispatch\n"
        "try:\n    code = dispatch(sys.argv[2:])\n"
        "except SystemExit as exit:\n    code = exit.code\n"
        "sys.stdout = sys.__stderr__\n"
        "print('ENDED', code, [name for name in sys.argv[1].split() if name in sys.modules])\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, HEAVY, *words], cwd=cwd, capture_output=True, text=True, check=True
    )
    _, status, heavy = ended.stderr.splitlines()[-1].split(" ", 2)
    return int(status), heavy


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["--help"], 0),
        (["nonsense"], 2),
        (["train", "optimizer.lr=-1"], 2),
        (["train", "model=tiny_seq2seq", "batches=packed"], 2),
        (["train", "source=telegram", "source.path=nowhere.json"], 2),
        (["train", "--help"], 0),
        (["train", "--cfg", "job"], 0),
        (["train", "adapter.rnk=4,8", "--multirun"], 2),
        (["prepare", "measured_samples=0"], 0),
    ],
    ids=str,
)
def test_nothing_heavy_is_imported_before_it_is_needed(words: list[str], status: int, tmp_path: Path) -> None:
    assert modules_after(words, tmp_path) == (status, "[]")


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"], ["help"]])
def test_help_names_every_command(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert dispatch(words) == 0
    told = capsys.readouterr().out
    assert [line.split()[1] for line in told.splitlines() if line.startswith("  doppel ")] == list(COMMANDS)


def test_an_unknown_command_is_told_with_what_is_near(capsys: pytest.CaptureFixture[str]) -> None:
    assert dispatch(["trian"]) == 2
    assert capsys.readouterr().err == (
        f"doppel: there is no command trian, did you mean train?; doppel has: {', '.join(COMMANDS)}\n"
    )


def test_the_version_is_the_package_s(capsys: pytest.CaptureFixture[str]) -> None:
    assert dispatch(["--version"]) == 0
    assert capsys.readouterr().out == version("doppel") + "\n"


def test_ctrl_c_is_no_traceback(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(_arguments: list[str]) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("doppel.commands.prepare.run", interrupted)
    assert dispatch(["prepare"]) == 130
    assert capsys.readouterr().err == "doppel: interrupted\n"


def test_a_reader_that_leaves_early_is_no_fault(tmp_path: Path) -> None:
    line = f"{sys.executable} -m doppel train --cfg job | head -1"
    ended = subprocess.run(["bash", "-c", line], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert (ended.stdout, ended.stderr) == ("source:\n", "")


@pytest.mark.parametrize("words", ["prepare --cfg job", "--help"])
def test_a_full_disk_is_told(words: str, tmp_path: Path) -> None:
    line = f"{sys.executable} -m doppel {words} > /dev/full"
    ended = subprocess.run(["bash", "-c", line], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr == (
        "doppel: what it prints cannot be written: No space left on device; free some space there\n"
    )


# The signal comes at the moment that the test is about: when a module is looked for, or from inside of the command.
INTERRUPTED = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # tests in the background have it ignored
module = sys.argv[1]
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == module:
            try:
                os.kill(os.getpid(), signal.SIGINT)
                for _ in range(1000): pass
            except BaseException as error:
                raise RuntimeError("as a library would") from error
sys.meta_path.insert(0, Finder())
from doppel.__main__ import main
sys.argv[1:] = ["prepare", "measured_samples=0"]
main()
"""


@pytest.mark.parametrize("module", ["doppel.commands.prepare", "hydra", "doppel.report.watch", "jinja2"])
def test_ctrl_c_while_modules_are_imported_is_no_traceback(module: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", INTERRUPTED, module]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (130, "doppel: interrupted\n")


def test_a_library_that_speaks_at_its_import_is_silent_in_every_command(tmp_path: Path) -> None:
    code = "from doppel.__main__ import dispatch\ndispatch(['forget'])\nimport bitsandbytes"
    ended = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert ended.stderr.splitlines() == [
        "doppel: the config has 1 fault:",
        "  contact must be given: type contact=...",
    ]
