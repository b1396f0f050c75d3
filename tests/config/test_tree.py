from pathlib import Path

import pytest

from doppel.config import tree


def test_a_checkout_is_read_from_its_root() -> None:
    assert (tree.project_path("conf") / "train.yaml").is_file()
    assert tree.project_path("demo/result.json").is_file()


def test_an_installed_package_carries_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "doppel" / "conf").mkdir(parents=True)
    monkeypatch.setattr(tree, "PACKAGE", tmp_path / "doppel")
    assert tree.project_path("conf") == tmp_path / "doppel" / "conf"
    assert tree.project_path("experiments") == tmp_path / "experiments"
