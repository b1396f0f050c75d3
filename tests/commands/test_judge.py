"""`doppel evaluate` with a judge behind a local endpoint, and with one that may not be asked."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from doppel.__main__ import dispatch
from tests.driving import TINY, done, from_export, only_run, some_chats, write_export
from tests.evaluation.endpoint_fake import endpoint, replies_of, saying

Refused = Callable[..., str]
JUDGE = ["evaluation=judge", "evaluation.judge.model=fake"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["evaluation=judge"], "evaluation.judge.model must be given: type evaluation.judge.model=..."),
        ([*JUDGE, "evaluation.judge.endpoint=https://api.example.org/v1"], "sends_text_away=true"),
        ([*JUDGE, "evaluation.judge.endpoint=nowhere"], "is no address: type evaluation.judge.endpoint=http://127"),
        ([*JUDGE, "evaluation.judge.against=[gpt]"], "evaluation.judge.against"),
    ],
)
def test_what_cannot_be_asked_is_told(words: list[str], told: str, finished_run: Path, refused: Refused) -> None:
    assert told in refused("evaluate", finished_run, *words)


@pytest.mark.slow
def test_an_evaluation_with_a_judge(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DOPPEL_JUDGE_KEY", key := "not-to-be-seen-anywhere")
    export = write_export(tmp_path / "result.json", some_chats(300))
    words = ["trainer.max_steps=2", "split.test_fraction=0.4", "split.per_chat=true", "compared_replies=0"]
    done("train", *TINY, *from_export(export), "privacy=secrets", *words, cwd=tmp_path)
    run = only_run(tmp_path)
    few = ["max_replies=12", "generated_replies=12", "evaluation.judge.min_replies=8", "generation.max_new_tokens=4"]
    with endpoint(lambda body, _number: saying("[[A]]" if len(replies_of(body)[0]) > 9 else "[[B]]")) as there:
        asked = [*JUDGE, f"evaluation.judge.endpoint={there.url}", *few]
        assert dispatch(["evaluate", str(run), *asked, "baselines=[base]"]) == 0
    assert "warning" not in capsys.readouterr().out
    found = json.loads((run / "evaluation" / "evaluation.json").read_text(encoding="utf-8"))
    assert {"judge_wins_over_real", "judge_takes_first"} <= set(found["metrics"]["judge"]["measures"])
    assert set(there.keys) == {f"Bearer {key}"}
    files = [file for file in run.rglob("*") if file.is_file() and file.suffix in (".json", ".html", ".yaml", ".txt")]
    assert all(key not in file.read_text(encoding="utf-8") for file in files)
    assert "What a judge says" in (run / "evaluation" / "report.html").read_text(encoding="utf-8")
