"""Runs that were evaluated, side by side."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from doppel.__main__ import dispatch

Refused = Callable[..., str]


def measure(name: str, better: str, of: str = "", **values: float) -> dict[str, Any]:
    numbers = {system: {"value": value, "low": value - 0.1, "high": value + 0.1} for system, value in values.items()}
    return {"name": name, "better": better, "of": of, "values": numbers}


def evaluated(folder: Path, name: str, nats: float, *words: str, **changes: Any) -> str:
    """A run directory with what a comparison reads."""
    run = folder / "outputs" / "train" / name
    (run / "evaluation").mkdir(parents=True)
    (run / "config.yaml").write_text("{}")
    (run / "overrides.yaml").write_text(yaml.safe_dump(list(words)))
    (run / "manifest.json").write_text(json.dumps({"created_at": "2026-01-01T10:00:00+00:00"}))
    (run / "status.json").write_text(json.dumps({"state": "finished", "at": "2026-01-01T10:12:00+00:00"}))
    (run / "adapter").mkdir()
    (run / "adapter" / "adapter_model.safetensors").write_bytes(bytes(2**19))
    (run / "metrics.csv").write_text("step,train/peak_memory_mib\n1,900\n2,1000\n")
    measures = {
        "nats_per_token": measure("nats_per_token", "lower", base=4.0, result=nats),
        "nats_per_token, to contact 1": measure("nats_per_token", "lower", of="to contact 1", result=0.1),
        "hits_at_1_others": measure("hits_at_1_others", "higher", base=0.1, result=1 / nats),
    }
    scores = {"base": [(40.0, 10)] * 30, "result": [(10 * nats, 10)] * 30}
    found = {
        "part": "test", "persona": "Ada", "scored_replies": 30, "generated_replies": 20, "data": {"test": "same"},
        "model": {"source": "tiny", "config_sha256": "0"},
        "metrics": {"likelihood": {"measures": measures, "facts": {"scores": scores}}}, **changes,
    }  # fmt: skip
    (run / "evaluation" / "evaluation.json").write_text(json.dumps(found))
    return str(run)


def test_runs_and_their_base_are_put_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    paths = [
        evaluated(tmp_path, "one", 3.0, "seed=1", "adapter.rank=4"),
        evaluated(tmp_path, "two", 2.0, "seed=1", "adapter.rank=8"),
        evaluated(tmp_path, "three", 2.0, "seed=1", "adapter=full"),
    ]
    assert dispatch(["compare", *paths, "outputs=here"]) == 0
    told = capsys.readouterr().out
    assert "best: two adapter.rank=8, but its lead over 2 may be noise" in told
    (folder,) = (tmp_path / "here" / "compare").iterdir()
    found = json.loads((folder / "comparison.json").read_text(encoding="utf-8"))["standings"]
    names = [one["contender"]["name"] for one in found]
    assert names == ["two adapter.rank=8", "three adapter=full", "one adapter.rank=4", "base tiny"]
    assert [one["is_noise"] for one in found] == [None, True, False, False]
    assert found[0]["contender"]["costs"] == {"minutes": 12.0, "peak_mib": 1000, "kept_mib": 0.5}
    written = (folder / "comparison.md").read_text(encoding="utf-8")
    assert "| 2 | 2.00 [1.90, 2.10] |" in written
    assert "- best: two adapter.rank=8, but its lead over 2 may be noise" in written
    assert (folder / "comparison.png").stat().st_size > 10_000
    assert dispatch(["compare", *paths, "metric=hits_at_1_others"]) == 0
    assert "best hits_at_1_others first (higher is better)" in capsys.readouterr().out


def test_one_run_stands_beside_its_baselines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    of = {"base": 0.9, "retrieval": 0.8, "result": 0.6}
    measures = {"told_from_real_auc": measure("told_from_real_auc", "lower", **of)}
    run = evaluated(tmp_path, "one", 3.0, metrics={"two_sample": {"measures": measures}})
    assert dispatch(["compare", run, run, "metric=told_from_real_auc"]) == 0
    told = capsys.readouterr().out
    for line in ("1: one", "2: one", "3: retrieval", "4: base tiny"):
        assert line in told
    assert dispatch(["compare", run, "metric=told_from_real_auc"]) == 0
    assert "best: one, ahead of all others by more than noise" in capsys.readouterr().out


def test_ranks_are_compared_moment_by_moment_where_these_were_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    measures = {"mrr_own": measure("mrr_own", "higher", base=0.45, result=0.5)}  # intervals that overlap
    by_moment = {"mrr_own": {"base": [None, *[0.2, 0.7] * 20], "result": [1.0, *[0.25, 0.75] * 20]}}
    for facts, told in (({"by_moment": by_moment}, "ahead of all others"), ({}, "may be noise")):
        preference = {"preference": {"measures": measures, "facts": facts}}
        run = evaluated(tmp_path / told.replace(" ", "_"), "one", 3.0, metrics=preference)
        assert dispatch(["compare", run, "metric=mrr_own"]) == 0
        assert told in capsys.readouterr().out


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"part": "validation"}, "part is test in one and validation in two: evaluate them alike"),
        ({"scored_replies": 29}, "scored replies is 30 in one and 29 in two"),
        ({"data": {"test": "other"}}, "the test samples of one and two are not the same"),
    ],
)
def test_what_does_not_compare_is_refused(changes: dict[str, Any], told: str, tmp_path: Path, refused: Refused) -> None:
    elsewhere = tmp_path / "elsewhere"
    assert told in refused("compare", evaluated(elsewhere, "one", 3.0), evaluated(elsewhere, "two", 2.0, **changes))


def test_tokens_of_two_tokenizers_do_not_compare(tmp_path: Path, refused: Refused) -> None:
    elsewhere = tmp_path / "elsewhere"
    model = {"source": "tiny", "config_sha256": "0", "tokenizer_sha256": "other"}
    paths = evaluated(elsewhere, "one", 3.0), evaluated(elsewhere, "two", 2.0, model=model)
    assert "have 2 tokenizers" in refused("compare", *paths)
    assert dispatch(["compare", *paths, "metric=hits_at_1_others", f"outputs={tmp_path / 'out'}"]) == 0


def guessed(path: str, share: float, **changes: Any) -> None:
    """As if people had guessed about a run's replies."""
    file = Path(path) / "arena" / "against_real.json"
    file.parent.mkdir()
    measures = {"fooled_guesses": measure("fooled_guesses", "higher", result=share)}
    file.write_text(json.dumps({"part": "test", "persona": "Ada", "measures": measures, **changes}))


def test_what_people_guessed_is_a_metric(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], refused: Refused
) -> None:
    monkeypatch.chdir(tmp_path)
    elsewhere = tmp_path / "elsewhere"
    one, two = evaluated(elsewhere, "one", 3.0), evaluated(elsewhere, "two", 2.0)
    assert "metric=fooled_guesses is in none of the evaluations" in refused(
        "compare", one, two, "metric=fooled_guesses"
    )
    guessed(one, 0.5)
    guessed(two, 0.1)
    assert dispatch(["compare", one, two, "metric=fooled_guesses", "outputs=here"]) == 0
    assert "best: one, ahead of all others by more than noise" in capsys.readouterr().out
    (Path(one) / "arena" / "against_real.json").write_text("{")
    assert f"doppel arena {one} serves=false writes it anew" in refused("compare", one, two)


def test_what_is_missing_is_told(tmp_path: Path, refused: Refused) -> None:
    one = evaluated(tmp_path / "elsewhere", "one", 3.0)
    two = evaluated(tmp_path / "elsewhere", "two", 3.0)
    assert "needs a run at least" in refused("compare")
    alone = measure("nats_per_token", "lower", result=3.0)
    single = evaluated(tmp_path / "single", "one", 3.0, metrics={"likelihood": {"measures": {"n": alone}}})
    assert "has nothing beside it in nats_per_token: name another run" in refused("compare", single)
    assert "did you mean nats_per_token?" in refused("compare", one, two, "metric=nats_per_tokens")
    (Path(two) / "evaluation" / "evaluation.json").write_text("{")
    assert "evaluation.json is damaged" in refused("compare", one, two)
    (Path(two) / "evaluation" / "evaluation.json").unlink()
    assert f"is not evaluated yet: doppel evaluate {two}" in refused("compare", one, two)
