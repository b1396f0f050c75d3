"""doppel prepare as a user runs it: samples, a report, and the samples in the shapes of others."""

import json
from pathlib import Path
from typing import Any

import pytest

from doppel.__main__ import dispatch
from doppel.run.samples import read_samples
from tests.driving import from_export, some_chats, write_export


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs `doppel prepare` on a small export, or on what a test says; the run's directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    export = write_export(tmp_path / "result.json", some_chats())

    def prepare(*words: str) -> Path:
        source = [] if any(word.startswith("source=") for word in words) else from_export(export)
        assert dispatch(["prepare", *source, "measured_samples=0", *words]) == 0
        return sorted((tmp_path / "outputs" / "prepare").iterdir())[-1]

    return prepare


def test_a_report_for_people_and_data_for_machines(run: Any, capsys: pytest.CaptureFixture[str]) -> None:
    folder = run("measured_samples=10", "model=tiny_causal")
    told = capsys.readouterr().out
    text = (folder / "report.txt").read_text(encoding="utf-8")
    assert "from the export to samples" in text
    assert text.splitlines()[5] in told
    assert "tokens (TinyCausal, 10 samples): " in text
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "<mark>" in page
    assert page.count("<svg") == 5
    facts = json.loads((folder / "facts.json").read_text())
    assert sum(facts["burst_messages"].values()) > 0
    assert (folder.stat().st_mode & 0o777, json.loads((folder / "status.json").read_text())["state"]) == (
        0o700,
        "finished",
    )


def test_without_tokens_no_tokenizer_is_asked_for(run: Any) -> None:
    folder = run("model=causal", "model.path=nobody/nothing")
    assert "Tokens were not measured: measured_samples=0" in (folder / "report.html").read_text(encoding="utf-8")


def test_a_model_that_cannot_be_had_costs_the_tokens_alone(run: Any, capsys: pytest.CaptureFixture[str]) -> None:
    run("measured_samples=5", "model=causal", "model.path=/nowhere")
    assert "tokens: not measured, as " in capsys.readouterr().out


@pytest.mark.parametrize("shape", ["openai.jsonl", "sharegpt.jsonl", "parquet"])
def test_what_is_exported_comes_back_as_the_same_samples(shape: str, run: Any) -> None:
    first = run("export=all", "split=none")
    exported = first / "export" / f"train.{shape}"
    persona = json.loads((first / "manifest.json").read_text())["personas"][0]["ids"]
    back = run(
        "source=dialogues",
        f"source.path={exported}",
        f"persona={persona}",
        *("filters=none", "privacy=secrets", "split=none"),
    )
    samples = read_samples(first / "data" / "train.jsonl")
    assert len(samples) > 3
    assert read_samples(back / "data" / "train.jsonl") == samples


def test_what_an_export_changes_and_holds_is_told(run: Any, capsys: pytest.CaptureFixture[str]) -> None:
    half_life = ("samples/recency=half_life", "samples.recency.reference=2024-01-01")
    folder = run("export=openai", "split=none", "export.openai.joins_bursts=true", "privacy=secrets", *half_life)
    number = len(read_samples(folder / "data" / "train.jsonl"))
    told = [line for line in capsys.readouterr().out.splitlines() if line.startswith("exported: ")]
    assert told[0] == f"exported: {number} samples to {folder / 'export' / 'train.openai.jsonl'}"
    weights = "have a weight (samples.recency), which this shape has no place for: export=parquet has"
    assert f"exported: openai: {number} samples {weights}" in told
    assert told[-1] == (
        "exported: openai: every sample is in it once more, with ids of people and messages and with times, so that it "
        "can be read back: export.openai.keeps_samples=false leaves those out"
    )
    run("export=openai", "split=none", "export.openai.keeps_samples=false")
    assert "keeps_samples" not in capsys.readouterr().out


def written_dialogues(file: Path, number: int) -> tuple[str, ...]:
    """The words to read so many dialogues without times."""
    turns = [{"role": "user", "content": "how are you"}, {"role": "assistant", "content": "quite well"}]
    file.write_text("".join(json.dumps({"messages": turns}) + "\n" for _ in range(number)), encoding="utf-8")
    return "source=dialogues", f"source.path={file}", "split.purge_shared_words=null", "filters=none"


def test_what_has_no_times_is_told_without_them(run: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = written_dialogues(tmp_path / "set.jsonl", 30)
    folder = run(*words, "samples/situation=told", "samples.situation.partner=false", "export=openai")
    samples = read_samples(folder / "data" / "train.jsonl")
    assert {(sample.is_timed, turn.aside) for sample in samples for turn in sample.turns} == {(False, None)}
    told = capsys.readouterr().out
    assert "held out: what was said late in the file, which has no times" in told
    assert "note: samples: 30 samples have no times, as the source tells none: samples.situation tells no clock" in told
    assert "note: 3 samples for validation: too few to tell learning from chance, 50 or more are needed." in told
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 1
    assert "60 messages in the conversations have no times" in page
    assert "2000-01" not in page
    assert "2000-01" not in (folder / "train.md").read_text(encoding="utf-8")
    back = run(
        "source=dialogues", f"source.path={folder / 'export' / 'train.openai.jsonl'}", "filters=none", "split=none"
    )
    assert {sample.is_timed for sample in read_samples(back / "data" / "train.jsonl")} == {False}


def test_relationships_are_kept_by_id(run: Any) -> None:
    folder = run("samples/situation=told", "samples.situation.relationships={Anna: my sister}", "privacy=names")
    assert json.loads((folder / "manifest.json").read_text())["relationships"] == {"user2": "my sister"}


def test_a_tokenizer_that_does_not_suit_is_told(run: Any, capsys: pytest.CaptureFixture[str]) -> None:
    folder = run("measured_samples=10", "model=tiny_causal")
    told = "TinyCausal cuts these chats into 1.0 tokens a character, as if it hardly knew their language"
    assert f"note: {told}" in capsys.readouterr().out
    assert told in (folder / "report.html").read_text(encoding="utf-8")


def test_prepared_data_is_no_run_and_how_to_learn_from_it_is_told(
    run: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = run("export=openai", "split=none")
    capsys.readouterr()
    train = f"type doppel train source=telegram source.path={tmp_path / 'result.json'} split=none\n"
    assert dispatch(["talk", str(folder.parent)]) == 2
    assert capsys.readouterr().err == (
        f"doppel: {folder.parent} is no run directory (no config.yaml and manifest.json in it); {folder} holds "
        f"prepared data: to learn from it {train}"
    )
    assert dispatch(["talk", str(folder)]) == 2
    told = capsys.readouterr().err
    assert told == f"doppel: {folder} holds prepared data and no model: to learn from it {train}"


def test_several_personas_and_their_trainings_words_are_taken(run: Any) -> None:
    folder = run("persona={Nik: user1, Anna: user2}", "samples/trivial=capped", "optimizer.lr=1e-4", "adapter.rank=4")
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["personas"] == [{"name": "Nik", "ids": ["user1"]}, {"name": "Anna", "ids": ["user2"]}]
    assert manifest["data"]["samples"]["train"] > 0


def test_a_second_preparation_says_the_same(run: Any) -> None:
    first, second = run(), run()
    for name in ("report.html", "report.txt", "funnel.json", "facts.json", "data/train.jsonl", "train.md"):
        assert (first / name).read_bytes() == (second / name).read_bytes()


def test_it_does_not_sweep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    assert dispatch(["prepare", "seed=1,2", "--multirun"]) == 2
    assert "doppel prepare does not sweep" in capsys.readouterr().err
