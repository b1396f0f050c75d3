"""Runs that learnt beside one base have it once."""

import json
import shutil
from pathlib import Path

import pytest

from doppel.commands.bases import Bases
from doppel.commands.speaking import speaking
from doppel.config.compose import compose
from doppel.run.directory import open_run

ENGINE = compose("talk", [])[0]["engine"]


def test_a_base_is_loaded_once(finished_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other, biased = (Path(shutil.copytree(finished_run, tmp_path / name)) for name in ("other", "biased"))
    file = biased / "adapter" / "adapter_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"bias": "all"}))
    bases = Bases()
    one, two, three = (speaking(open_run(str(run)), ()).engine(ENGINE, bases) for run in (finished_run, other, biased))
    assert one.model is two.model
    assert one.adapter_name != two.adapter_name
    assert one.turn is two.turn
    assert three.model is not one.model
    assert three.adapter_name is None
    told = capsys.readouterr().out.splitlines()
    assert told == [
        "loading TinyCausal ...",
        "other speaks over the TinyCausal that is loaded",
        "loading TinyCausal ...",
    ]
