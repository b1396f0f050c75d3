"""doppel out of a wheel, in a folder of the user's: the config tree, experiments and the demo come along."""

import os
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_a_wheel_holds_all_that_a_run_needs(tmp_path: Path) -> None:
    isolation = ["--no-build-isolation"] if find_spec("hatchling") else []
    build = [sys.executable, "-m", "pip", "wheel", str(ROOT), "--no-deps", *isolation, "--wheel-dir", str(tmp_path)]
    built = subprocess.run(build, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    (tmp_path / "work").mkdir()

    def doppel(*words: str) -> str:
        environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
        command = [sys.executable, "-P", "-m", "doppel", *words]
        ended = subprocess.run(
            command, cwd=tmp_path / "work", env=environment, capture_output=True, text=True, check=False
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    assert f"path: {tmp_path / 'site' / 'doppel' / 'demo' / 'result.json'}" in doppel(
        "train", "--cfg", "job", "--resolve"
    )
    assert "persona: Nell Tarrow" in doppel("prepare")
    for file in (ROOT / "experiments").glob("*.yaml"):
        doppel("train", "--cfg", "job", f"experiment={file.stem}")
    assert "hydra_plugins" in "".join(name for name in zipfile.ZipFile(wheel).namelist())
