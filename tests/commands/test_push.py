"""What goes to the hub, and what keeps it at home, against a stand-in for HfApi."""

import json
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import pytest
from huggingface_hub.errors import HfHubHTTPError

from doppel.__main__ import dispatch


class FakeApi:
    """Keeps what it is given."""

    is_private = True
    fault: Exception | None = None
    commits: ClassVar[list[tuple[str, dict[str, object]]]] = []

    def create_repo(self, to: str, **_options: bool) -> str:
        if FakeApi.fault is not None:
            raise FakeApi.fault
        return f"https://hub/{to}"

    def repo_info(self, to: str) -> SimpleNamespace:
        return SimpleNamespace(private=FakeApi.is_private)

    def create_commit(self, to: str, parts: list, **_words: str) -> None:
        FakeApi.commits.append((to, {part.path_in_repo: part.path_or_fileobj for part in parts}))


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> type[FakeApi]:
    monkeypatch.setattr("huggingface_hub.HfApi", FakeApi)
    FakeApi.commits, FakeApi.is_private, FakeApi.fault = [], True, None
    return FakeApi


@pytest.fixture
def run(finished_run: Path, tmp_path: Path) -> Path:
    copy = Path(shutil.copytree(finished_run, tmp_path / "run"))
    (copy / "adapter" / "chats.json").write_text("private")
    (copy / "adapter" / "notes.txt").write_text("private")
    return copy


def judge(run: Path, *, shareable: bool, **changes: object) -> None:
    step = json.loads((run / "manifest.json").read_text())["kept_step"]
    told = {"kept_step": step, "gate": {"shareable": shareable, "because": ["it knows a number by heart"]}}
    (run / "evaluation").mkdir(exist_ok=True)
    (run / "evaluation" / "evaluation.json").write_text(json.dumps(told | changes))


def push(run: Path, *words: str) -> int:
    return dispatch(["push", str(run), "to=me/ben", *words])


def test_it_shows_what_would_go_until_told_to(
    run: Path, hub: type[FakeApi], capsys: pytest.CaptureFixture[str]
) -> None:
    assert push(run) == 0
    told = capsys.readouterr().out
    assert "to the private repository me/ben: README.md" in told
    assert "nobody has measured what it gives away" in told
    assert "nothing was uploaded: type only_shows=false" in told
    assert "chats.json" not in told
    assert hub.commits == []


def test_it_goes_where_the_gate_lets_it(run: Path, hub: type[FakeApi], capsys: pytest.CaptureFixture[str]) -> None:
    judge(run, shareable=True)
    assert push(run, "only_shows=false") == 0
    assert "uploaded: https://hub/me/ben" in capsys.readouterr().out
    [(to, files)] = hub.commits
    assert to == "me/ben"
    assert {"adapter_config.json", "adapter_model.safetensors", "README.md", "tokenizer.json"} <= files.keys()
    assert not {"chats.json", "notes.txt"} & files.keys()
    config = files["adapter_config.json"]
    assert isinstance(config, bytes)
    assert "/" not in json.loads(config)["base_model_name_or_path"]  # a folder of this machine's cache


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (None, "nobody has measured what it gives away: type doppel evaluate"),
        ({"shareable": False}, "it is not to be shared: it knows a number by heart"),
        ({"shareable": True, "kept_step": -1}, "does not say whether this model may be shared"),
        ({"shareable": True, "gate": None}, "does not say whether this model may be shared"),
    ],
)
def test_what_may_not_be_shared_stays(
    run: Path, hub: type[FakeApi], capsys: pytest.CaptureFixture[str], changes: dict | None, told: str
) -> None:
    if changes is not None:
        judge(run, **changes)
    assert push(run, "only_shows=false") == 2
    complaint = capsys.readouterr().err
    assert told in complaint
    assert "type ignores_gate=true" in complaint
    assert hub.commits == []
    assert push(run, "only_shows=false", "ignores_gate=true") == 0
    assert len(hub.commits) == 1


def test_what_is_to_be_private_does_not_go_to_a_public_place(
    run: Path, hub: type[FakeApi], capsys: pytest.CaptureFixture[str]
) -> None:
    judge(run, shareable=True)
    hub.is_private = False
    assert push(run, "only_shows=false") == 2
    assert "me/ben is there already and public" in capsys.readouterr().err
    assert hub.commits == []
    assert push(run, "only_shows=false", "is_private=false") == 0


def test_faults_of_the_hub_are_told_in_a_line(
    run: Path, hub: type[FakeApi], capsys: pytest.CaptureFixture[str]
) -> None:
    judge(run, shareable=True)
    hub.fault = OSError("no route to host")
    assert push(run, "only_shows=false") == 2
    assert "the hub refused me/ben: no route to host. Are you logged in" in capsys.readouterr().err
    assert issubclass(HfHubHTTPError, OSError)


def test_what_is_not_there_is_told(run: Path, hub: type[FakeApi], capsys: pytest.CaptureFixture[str]) -> None:
    assert push(run, "what=gguf") == 2
    assert "has no gguf/: type what=adapter" in capsys.readouterr().err
    assert dispatch(["push", str(run), "only_shows=false"]) == 2
    assert "type to=USER/NAME" in capsys.readouterr().err
    (run / "adapter" / "README.md").write_text(f"made in {Path.home()}/chats")
    assert push(run, "only_shows=false", "ignores_gate=true") == (2 if Path.home() != Path("/") else 0)
