import subprocess
from pathlib import Path

import pytest

from doppel.run.manifest import code_diff, describe, differences

UNCHANGED = {"has_local_changes": False}


def test_the_manifest_names_code_packages_and_machine() -> None:
    facts = describe(processor="P", gpus=0)
    assert facts["packages"]["hydra-core"].startswith("1.")
    assert facts["machine"]["cores"] >= 1
    assert set(facts["code"]) == {"revision", "has_local_changes"}


def test_differences_name_what_changed() -> None:
    now = describe(processor="P", gpus=0)
    then = {**now, "packages": {**now["packages"], "torch": "1.0"}}
    assert differences(now, now) == []
    assert differences(then, now) == [f"torch: then 1.0, now {now['packages']['torch']}"]


def test_a_patch_applies_again_and_new_files_are_local_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def git(*words: str) -> str:
        who = ["-c", "user.name=a", "-c", "user.email=a@example.invalid"]
        answer = subprocess.run(["git", "-C", str(tmp_path), *who, *words], capture_output=True, text=True, check=True)
        return answer.stdout

    monkeypatch.setattr("doppel.run.manifest.CHECKOUT", tmp_path)
    (tmp_path / "doppel").mkdir()
    code = tmp_path / "doppel" / "code.py"
    code.write_text("a\n\n\n\n")
    git("init", "--quiet")
    git("add", ".")
    git("commit", "--quiet", "-m", "first")
    assert describe(processor="P", gpus=0)["code"] == {"revision": git("rev-parse", "HEAD").strip(), **UNCHANGED}
    (tmp_path / "doppel" / "new.py").write_text("")
    assert describe(processor="P", gpus=0)["code"]["has_local_changes"] is True
    code.write_text("b\n\n\n\n")  # what follows the change is blank context
    (tmp_path / "patch").write_text(code_diff() + "\n")
    git("checkout", "--quiet", "--", "doppel/code.py")
    git("apply", "patch")
    assert code.read_text() == "b\n\n\n\n"
