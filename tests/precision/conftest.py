"""Whole runs in this process: what the command line composes, learnt without starting another Python."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from doppel.__main__ import dispatch
from doppel.commands import train
from doppel.commands.learn import learn
from doppel.run.directory import RunDirectory, open_run
from tests.driving import TINY, from_export, only_run

Learnt = Callable[..., RunDirectory]


@pytest.fixture
def learnt(tiny_export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Learnt:
    """A finished run of two steps of a tiny model, or of what other words say."""

    def run(*words: str) -> RunDirectory:
        folder = tmp_path / "_".join(words).replace("/", ":")
        folder.mkdir()
        monkeypatch.chdir(folder)
        monkeypatch.setattr(train, "work", lambda *_: 0)
        typed = ["train", *TINY, *from_export(tiny_export), "trainer.max_steps=2", *words]
        monkeypatch.setattr(sys, "argv", ["doppel", *typed])
        assert dispatch(typed) == 0
        directory = open_run(str(only_run(folder)))
        assert learn(directory, directory.config())
        return directory

    return run
