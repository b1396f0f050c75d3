"""An evaluation of a tiny run, and of runs that cannot be evaluated."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.driving import TINY, done, from_export, only_run, some_chats, write_export

Refused = Callable[..., str]
FAST = ["generation.max_new_tokens=4", "max_replies=40", "generated_replies=20", "few_shot.samples=2"]
FAST += ["evaluation.preference.moments=20", "evaluation.preference.candidates=4", "evaluation.style.resamples=10"]
FEW = ("authorship", "two_sample", "relevance", "contradiction", "memorisation", "leaks")
FAST += [f"evaluation.{name}.min_replies=20" for name in FEW]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two steps with many held-out replies."""
    cwd = tmp_path_factory.mktemp("evaluated")
    export = write_export(cwd / "result.json", some_chats(900))
    words = ["trainer.max_steps=2", "split.test_fraction=0.4", "split.per_chat=true", "compared_replies=0"]
    done("train", *TINY, *from_export(export), "privacy=secrets", *words, cwd=cwd)
    return only_run(cwd)


def test_an_evaluation_of_a_run(run: Path, tmp_path: Path) -> None:
    told = done("evaluate", run, *FAST, cwd=tmp_path)
    assert "is it Никита?" in told
    assert "left out: style: 40 held-out replies, at least 50 are needed" in told
    assert "adapter shareable: " in told
    found = json.loads((run / "evaluation" / "evaluation.json").read_text(encoding="utf-8"))
    assert set(found["metrics"]) == {
        "likelihood", "preference", "authorship", "two_sample", "relevance", "memorisation", "extraction", "leaks"
    }  # fmt: skip
    assert found["left_out"] | {"style": ""} == {
        "style": "",
        "exposure": "no canaries were planted: train once more with canaries=planted",
        "contradiction": "no file of facts is named: evaluation.contradiction.facts=facts.md, one fact a line",
        **dict.fromkeys(
            [f"retrieval in {name}" for name in ("likelihood", "preference", "extraction")],
            "it answers, and holds no reply likelier than another",
        ),
    }
    assert set(found["metrics"]["relevance"]["measures"]["meaning_gain"]["values"]) == {
        "base", "few_shot", "retrieval", "result"
    }  # fmt: skip
    memorised = found["metrics"]["memorisation"]["measures"]
    assert memorised["longest_overlap"]["values"]["retrieval"]["value"] >= 3  # it says what was said
    assert set(memorised["membership_auc"]["values"]) == {"base", "result"}
    likelihood = found["metrics"]["likelihood"]["measures"]
    assert set(likelihood["nats_per_token"]["values"]) == {"base", "few_shot", "result"}
    logged = (run / "metrics.csv").read_text(encoding="utf-8")
    assert "validation/loss" in logged
    assert 5 < likelihood["nats_per_token"]["values"]["base"]["value"] < 6  # 259 bytes, equally likely: 5.56
    html = (run / "evaluation" / "report.html").read_text(encoding="utf-8")
    assert "Anna" not in html + json.dumps(found)
    assert "Boris" not in html + json.dumps(found)
    assert str(Path.home()) not in html
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["persona=Nobody"], "the run has not learnt them; it has learnt Никита (user1)"),
        (["max_replies=0"], "max_replies=0 is refused"),
        (["baselines=[gpt]"], "baselines"),
        (["evaluation.styl.min_replies=2"], "there is no key evaluation.styl"),
        (["max_replies=10", "generated_replies=5"], "answers 10 times in them"),
        (["evaluation.contradiction.facts=nowhere.md"], "facts=nowhere.md cannot be read"),
        (["evaluation.contradiction.nli_model=nowhere"], "nli_model=nowhere is no folder of a model"),
        (["evaluation.relevance.embedding_model=nowhere"], "embedding_model=nowhere is no folder of a model"),
    ],
)
def test_what_cannot_be_is_told(words: list[str], told: str, run: Path, refused: Refused) -> None:
    assert told in refused("evaluate", run, *words)


def copied(run: Path, tmp_path: Path, *without: str) -> Path:
    return Path(shutil.copytree(run, tmp_path / "copied", ignore=shutil.ignore_patterns(*without)))


def test_facts_and_a_model_of_inference_tell_contradictions(run: Path, tmp_path: Path) -> None:
    from tests.evaluation.folders_fake import inference_folder

    (tmp_path / "facts.md").write_text("# Facts\n\n- sails a boat\n- has no tea\n", encoding="utf-8")
    words = ["baselines=[]", "evaluation.contradiction.facts=facts.md"]
    words.append(f"evaluation.contradiction.nli_model={inference_folder(tmp_path / 'nli')}")
    others = [f"~evaluation.{name}" for name in (*FEW, "style", "preference", "exposure", "extraction")]
    others.remove("~evaluation.contradiction")
    fast = [word for word in FAST if not word.startswith("evaluation.") or "contradiction" in word]
    done("evaluate", run, *fast, *words, *others, cwd=tmp_path)
    found = json.loads((run / "evaluation" / "evaluation.json").read_text(encoding="utf-8"))["metrics"]
    assert found["contradiction"]["facts"] == {"facts": 2}
    assert set(found["contradiction"]["measures"]["contradictions"]["values"]) == {"result", "real"}


def test_a_missing_adapter_is_told(run: Path, tmp_path: Path, refused: Refused) -> None:
    folder = copied(run, tmp_path, "adapter")
    assert "has nothing to evaluate yet: it is finished" in refused("evaluate", folder)


def test_an_unknown_run_is_told(tmp_path: Path, refused: Refused) -> None:
    assert "nowhere does not exist" in refused("evaluate", "nowhere")
    assert "needs a run first" in refused("evaluate")


def test_other_data_than_the_runs_is_refused(run: Path, tmp_path: Path, refused: Refused) -> None:
    folder = copied(run, tmp_path)
    with (folder / "data" / "test.jsonl").open("ab") as lines:
        lines.write(b"\n")
    assert "test.jsonl is not what the run was started with" in refused("evaluate", folder)


@pytest.mark.parametrize("part", ["train", "test"])
def test_a_held_out_reply_among_what_was_learnt_is_refused(
    part: str, run: Path, tmp_path: Path, refused: Refused
) -> None:
    """Once with the numbers of its messages, once only with 8 of its words in a row."""
    folder = copied(run, tmp_path)
    held_out = json.loads((folder / "data" / "test.jsonl").read_text(encoding="utf-8").splitlines()[0])
    if part == "test":
        words = "one two three four five six seven eight nine"
        held_out["turns"][-1] |= {"messages": [f"Oh, {words}!"], "is_persona": True, "is_learnt": True}
        rows = (folder / "data" / "test.jsonl").read_text(encoding="utf-8").splitlines()
        (folder / "data" / "test.jsonl").write_text("\n".join([json.dumps(held_out), *rows[1:]]) + "\n")
        learnt = json.loads((folder / "data" / "train.jsonl").read_text(encoding="utf-8").splitlines()[0])
        learnt["turns"][0]["messages"] = [f"{words.upper()} ten"]
        added, told = learnt, "8 words in a row of held-out test replies stand among its training samples"
    else:
        added, told = held_out, "messages of its test samples stand among its training samples"
    with (folder / "data" / "train.jsonl").open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(added) + "\n")
    _refreshed(folder)
    assert told in refused("evaluate", folder)


def _refreshed(folder: Path) -> None:
    from doppel.run.samples import fingerprint

    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    for part in ("train", "test"):
        manifest["data"]["sha256"][part] = fingerprint(folder / "data" / f"{part}.jsonl")
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def test_planted_numbers_are_known_the_better_the_more_often_they_were_told(tmp_path: Path) -> None:
    export = write_export(tmp_path / "result.json", some_chats(300))
    words = ["trainer.max_epochs=3", "split.test_fraction=0.3", "split.per_chat=true", "compared_replies=0"]
    words += ["canaries=planted", "canaries.question=?", "canaries.answer={secret}", "canaries.of_each=1"]
    words += ["adapter=full", "optimizer.lr=3e-3", "batches.batch_size=8"]
    told = done("train", *TINY, *from_export(export), *words, cwd=tmp_path)
    assert "canaries: 111 samples with planted numbers are learnt beside what was said" in told
    run = only_run(tmp_path)
    metrics = (*FEW, "likelihood", "preference", "style", "extraction")
    done("evaluate", run, "baselines=[base]", *(f"~evaluation.{name}" for name in metrics), cwd=tmp_path)
    found = json.loads((run / "evaluation" / "evaluation.json").read_text(encoding="utf-8"))
    measures = found["metrics"]["exposure"]["measures"].values()
    bits = {one["of"]: one["values"]["result"]["value"] for one in measures}
    assert list(bits) == ["never told", "told once", "told 10 times", "told 100 times"]
    assert max(bits["never told"], bits["told once"]) < 6 < bits["told 10 times"] < bits["told 100 times"]
    assert all(one["values"]["base"]["value"] < 6 for one in measures)
    assert not found["gate"]["shareable"]
    known = done("talk", run, cwd=tmp_path, typed="/people\n")
    assert "Anna" in known
    assert "Canary" not in known
