"""A run on feedback: goes on from an earlier run, knows whom that one knew, and asks as that one did."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import opinions
from tests.driving import OWNER, OWNER_NAME, TINY, done, logged, only_run
from tests.opinions import heard, opinion
from tests.strategy.spread_runs import cut_back, is_same

Refused = Callable[..., str]
PAIRS = 200
STEPS = ["trainer.max_steps=32", "checkpoint.every_n_steps=8", "checkpoint.keep=9", "batches.batch_size=4"]


@pytest.fixture(scope="module")
def feedback(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return opinions.write(tmp_path_factory.mktemp("judged") / "feedback.jsonl", opinions.some_opinions(PAIRS))


def words(feedback: Path, earlier: object, *more: str) -> list[str]:
    return [*TINY, "source=feedback", f"source.path={feedback}", f"continue_from={earlier}", *more]


def run_of(training: str, feedback: Path, earlier: Path, cwd: Path) -> Path:
    more = [f"training={training}", *STEPS, "optimizer.lr=3e-3", "adapter.dropout=0.1", "result=last"]
    (cwd / "output.txt").write_text(done("train", *words(feedback, earlier, *more), cwd=cwd), encoding="utf-8")
    return only_run(cwd)


@pytest.fixture(scope="module")
def dpo_run(feedback: Path, finished_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run_of("dpo", feedback, finished_run, tmp_path_factory.mktemp("dpo"))


@pytest.fixture(scope="module")
def kto_run(feedback: Path, finished_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run_of("kto", feedback, finished_run, tmp_path_factory.mktemp("kto"))


def content(file: Path) -> dict:
    return json.loads(file.read_text(encoding="utf-8"))


def validated(run: Path) -> list[dict[str, float]]:
    return [row for row in logged(run) if "validation/loss" in row]


def test_it_knows_whom_the_earlier_run_knew(dpo_run: Path, finished_run: Path, tmp_path: Path) -> None:
    own, before = (content(run / "manifest.json") for run in (dpo_run, finished_run))
    assert own["personas"] == before["personas"] == [{"name": OWNER_NAME, "ids": [OWNER]}]
    assert {(who, name) for who, name, _ in own["known"]} == {
        (OWNER, OWNER_NAME),
        ("user2", "Anna"),
        ("user3", "Boris"),
    }
    times = [content(run / "facts.json")["reply_seconds"] for run in (dpo_run, finished_run)]
    assert times[0] == times[1]
    told = done("talk", dpo_run, "partner=Boris", "seed=1", "generation.max_new_tokens=4", cwd=tmp_path, typed="hi\n")
    assert f"{OWNER_NAME} answers; you are Boris" in told


def test_pairs_and_single_replies_are_learnt(dpo_run: Path, kto_run: Path) -> None:
    for run, unit in ((dpo_run, "pairs"), (kto_run, "judged replies")):
        first, *_, last = validated(run)
        assert first["validation/reward_margin"] == pytest.approx(0, abs=1e-5)
        assert last["validation/loss"] < first["validation/loss"]
        assert last["validation/reward_margin"] > 0.1
        assert last["validation/chosen_log_prob"] > last["validation/rejected_log_prob"]
        funnel = content(run / "funnel.json")
        assert (funnel["counts"][0]["kept"], funnel["counts"][0]["dropped"]) == (2 * PAIRS, 0)
        assert f"{PAIRS} pairs of a better and a worse reply in the same place" in funnel["notes"][0]
        [line] = content(run / "tokens_train.json")["counts"]
        assert (line["unit"], line["dropped"]) == (unit, 0)
        output = " ".join((run.parents[2] / "output.txt").read_text(encoding="utf-8").split())
        assert "of the judged replies on the right side" in output
        assert "perplexity" not in output


def test_no_conversation_is_learnt_and_held_out(dpo_run: Path) -> None:
    parts = [(dpo_run / "data" / f"{part}.jsonl").read_text().splitlines() for part in ("train", "validation", "test")]
    sessions = [{json.loads(line)["session_id"] for line in lines} for lines in parts]
    assert all(sessions)
    assert sum(map(len, sessions)) == len(set().union(*sessions))


def test_it_is_resumed_bit_for_bit(dpo_run: Path, tmp_path: Path) -> None:
    copy = cut_back(dpo_run, tmp_path, 16)
    done("train", f"resume={copy}", cwd=tmp_path)
    assert is_same(dpo_run, copy)


@pytest.mark.slow
def test_approved_replies_are_imitated(feedback: Path, finished_run: Path, tmp_path: Path) -> None:
    run = run_of("likelihood", feedback, finished_run, tmp_path)
    counts = content(run / "funnel.json")["counts"]
    assert (counts[0]["kept"], counts[0]["dropped"]) == (PAIRS, PAIRS)
    first, *_, last = validated(run)
    assert last["validation/loss"] < first["validation/loss"]
    assert "reward_margin" not in str(last)


@pytest.mark.slow
def test_it_is_compared_with_the_earlier_one(dpo_run: Path, finished_run: Path, tmp_path: Path) -> None:
    old, new = (Path(shutil.copytree(run, tmp_path / name)) for run, name in ((finished_run, "old"), (dpo_run, "new")))
    few = ["evaluation=likelihood", "evaluation.likelihood.min_replies=2", "generated_replies=2"]
    for run, more in ((old, []), (new, [f"samples_of={old}"])):
        done("evaluate", run, *few, *more, cwd=tmp_path)
    assert "best: " in done("compare", old, new, cwd=tmp_path)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (
            ["markup=chatml"],
            ["was trained with another markup", "markup._target_ is doppel.markup.bursts.Bursts there"],
        ),
        (["markup.message_prefix='- '"], ["markup.message_prefix is >>>  there and -  here"]),
        (["samples/situation=told"], ["another samples.situation"]),
        (["training=dpo", "batches=packed"], ["type batches=bucketed"]),
        (["training=dpo", "persona=Ann"], ["type persona=null"]),
    ],
)
def test_what_does_not_go_together_is_refused(more, told, feedback, finished_run, refused: Refused) -> None:
    answer = refused("train", *words(feedback, finished_run, *more))
    for part in told:
        assert part in answer


def test_bad_feedback_is_refused_with_its_place(tmp_path: Path, refused: Refused) -> None:
    asked = (heard("hello"),)
    single = opinions.write(tmp_path / "single.jsonl", [opinion(1, asked, "hi"), opinion(2, asked, "", -1)])
    answer = refused("train", *words(single, "null", "training=dpo"))
    assert "single.jsonl holds no reply for this training: 1 that are empty (first: single.jsonl, line 2)" in answer
    assert "training=kto" in answer
    damaged = opinions.write(tmp_path / "damaged.jsonl", [opinion(1, asked, "hi")], '{"kind": "thumb"')
    assert "damaged.jsonl, line 2, is no opinion" in refused("train", *words(damaged, "null"))


def test_an_unknown_run_is_refused(feedback: Path, tmp_path: Path, refused: Refused) -> None:
    assert "nowhere does not exist" in refused("train", *words(feedback, tmp_path / "nowhere"))
