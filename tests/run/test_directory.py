import json
import stat
from pathlib import Path

import pytest

from doppel.errors import RunError
from doppel.run.directory import command_line, open_run, take, write_json, write_text, write_yaml


def test_two_runs_never_share_a_directory(tmp_path: Path) -> None:
    names = [take(tmp_path, "same").path.name for _ in range(3)]
    assert names == ["same", "same_2", "same_3"]


def test_a_run_is_its_owners_alone(tmp_path: Path) -> None:
    assert stat.S_IMODE(take(tmp_path).path.stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_made_is_told_with_the_override(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match=r"no run directory can be made under .*file.*type outputs="):
        take(tmp_path / "file" / "train")


def test_what_is_no_run_is_told_with_the_newest_runs(tmp_path: Path) -> None:
    run = take(tmp_path / "train", "good")
    write_yaml(run.config_file, {"seed": 1})
    write_json(run.manifest_file, {})
    assert open_run(str(run.path)).config()["seed"] == 1
    with pytest.raises(RunError, match=r"does not exist; the newest runs here: .*good"):
        open_run(str(tmp_path / "train" / "bad"))
    with pytest.raises(RunError, match="is no run directory"):
        open_run(str(tmp_path / "train"))


def test_a_run_of_an_earlier_version_draws_as_it_did(tmp_path: Path) -> None:
    run = take(tmp_path, "early")
    write_yaml(run.config_file, {"generation": {"top_k": 3, "banned": ["ok"]}})
    later = {"unrepeated_tokens": 0, "banned": ["ok"], "discouraged": [], "discouragement": 0.0}
    assert run.config()["generation"] == {"top_k": 3, **later}


def test_a_damaged_run_is_told(tmp_path: Path) -> None:
    run = take(tmp_path, "damaged")
    write_text(run.config_file, "a: [")
    write_text(run.manifest_file, "{")
    with pytest.raises(RunError, match=r"config\.yaml cannot be read"):
        run.config()
    with pytest.raises(RunError, match=r"manifest\.json cannot be read"):
        run.manifest()
    write_text(run.config_file, "3")
    with pytest.raises(RunError, match="holds no config"):
        run.config()


def test_status_and_manifest_are_updated_in_place(tmp_path: Path) -> None:
    run = take(tmp_path, "run")
    write_json(run.manifest_file, {"a": 1})
    run.update_manifest(b=2)
    run.set_status("failed", reason="full disk")
    assert run.manifest() == {"a": 1, "b": 2}
    assert {key: value for key, value in run.status().items() if key != "at"} == {
        "state": "failed",
        "reason": "full disk",
    }


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "status.json"
    write_json(file, {"state": "running"})

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(RunError, match=r"No space left on device; free some space or type outputs="):
        write_json(file, {"state": "finished"})
    assert json.loads(file.read_text()) == {"state": "running"}
    assert [path.name for path in tmp_path.iterdir()] == ["status.json"]


def test_a_command_line_can_be_typed_again() -> None:
    assert command_line(["doppel", "train", "source.path=a b.json"]) == "doppel train 'source.path=a b.json'\n"


def test_a_run_of_an_earlier_version_stays_what_it_was(tmp_path: Path) -> None:
    run = take(tmp_path)
    run.config_file.write_text("seed: 3\nevaluate: quick\n", encoding="utf-8")
    assert run.config() == {
        "seed": 3,
        "evaluate": "quick",
        "plan_check": "off",
        "memory": {"_target_": "doppel.memory.none.NoMemory"},
        "canaries": {"_target_": "doppel.canaries.none.NoCanaries"},
    }
