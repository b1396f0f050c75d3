import threading
from pathlib import Path

import pytest

from doppel.errors import ModelError
from doppel.model.cache import materialised, models_folder


def test_a_recipe_is_built_once(cache):
    built = []

    def build(folder):
        built.append(folder)
        (folder / "weights").write_text("w")

    first = materialised("m", {"a": 1}, build)
    assert materialised("m", {"a": 1}, build) == first
    assert len(built) == 1
    assert (first / "weights").read_text() == "w"
    assert first.parent == models_folder() == cache / "doppel" / "models"
    assert materialised("m", {"a": 2}, build) != first
    assert len(list(first.parent.iterdir())) == 2


def test_a_build_that_fails_leaves_nothing(cache):
    def build(folder):
        (folder / "half").write_text("h")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        materialised("m", {}, build)
    assert list(models_folder().iterdir()) == []


def test_of_several_builders_one_wins_and_all_get_its_folder(cache):
    meeting = threading.Barrier(3)
    found = []

    def build(folder):
        (folder / "by").write_text(threading.current_thread().name)
        meeting.wait(timeout=30)

    threads = [threading.Thread(target=lambda: found.append(materialised("m", {}, build))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert [path.name for path in found[0].iterdir()] == ["by"]
    assert list(models_folder().iterdir()) == [found[0]]


def test_a_cache_that_cannot_be_written_is_told(tmp_path, monkeypatch):
    Path(tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(ModelError, match=r"m cannot be made in .*: .* XDG_CACHE_HOME=/folder doppel"):
        materialised("m", {}, lambda folder: None)


def test_without_the_variable_the_cache_is_in_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert models_folder() == tmp_path / ".cache" / "doppel" / "models"
