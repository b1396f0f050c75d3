"""A run that is trained with memory, talked to with it, and evaluated with it."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from doppel.types import Briefing
from tests import opinions
from tests.driving import OWNER, OWNER_NAME, TINY, chat, done, from_export, only_run, text_message, write_export

Refused = Callable[..., str]
FACT = "I keep three geese."


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty days in which Anna asks the same two questions, and Boris, who is left out, something else."""
    cwd, messages, of_boris = tmp_path_factory.mktemp("reminded"), [], []
    for day in range(40):
        at, what = 1_700_000_000 + 86_400 * day, ("harbour", "garden")[day % 2]
        asked = text_message(2 * day + 1, at, "user2", "Anna", f"what is new in the {what} today?")
        told = text_message(2 * day + 2, at + 9, OWNER, OWNER_NAME, f"in the {what} there is news number {day}")
        messages += [asked, told]
        of_boris.append(text_message(day + 1, at + 60, "user3", "Boris", f"a zeppelin over the {what} told me"))
    export = write_export(cwd / "result.json", [chat("Anna", 2, messages), chat("Boris", 3, of_boris)])
    (cwd / "facts.md").write_text(f"# Me\n- {FACT}\n", encoding="utf-8")
    words = [
        "memory=lexical",
        "memory.facts=facts.md",
        "memory.min_score=0.001",
        "memory.facts_tokens=60",
        "memory.recalled_tokens=164",
        "trainer.max_steps=2",
    ]
    words += ["filters.people.exclude=[Boris]"]
    done("train", *TINY, *from_export(export), *words, "first_samples=30", cwd=cwd)
    return only_run(cwd)


def test_samples_are_learnt_with_what_was_said_before_them_alone(run: Path) -> None:
    shown = (run / "first_samples.txt").read_text(encoding="utf-8")
    assert shown.count(FACT) == 30
    pages = shown.split("sample personal_chat")[1:]
    for day, page in enumerate(pages):
        assert f"\u27e6>>> in the {('harbour', 'garden')[day % 2]} there is news number {day}<|im_end|>\u27e7" in page
        recalled = [
            int(line.split("number ")[1][:-1]) for line in page.splitlines() if line.startswith("[said before:")
        ]
        assert len(recalled) == min(3, day)
        if day >= 6:  # of the same place, and never of the day itself or later
            assert set(recalled) <= set(range(day - 2, -1, -2))
    assert len(pages) == 30
    index = (run / "memory" / "lexical.msgpack").read_bytes()
    assert b"news number 0" in index
    assert b"zeppelin" not in index  # who has not agreed is not remembered either
    assert b"news number 39" not in index  # what is held out
    assert (run / "data" / "facts.md").read_text(encoding="utf-8").endswith(f"{FACT}\n")


def test_talking_has_the_run_s_memory_unless_it_is_switched_off(run: Path, tmp_path: Path) -> None:
    typed = "what is new in the garden?\n/memory\n/note plants roses\nand today?\n/memory\n/quit\n"
    told = done("talk", run, "seed=1", cwd=tmp_path, typed=typed)
    assert f"told: {FACT}" in told
    assert "recalled: said before: in the garden there is news number" in told
    assert "told: Stranger: plants roses" in told
    shutil.rmtree(run / "memory")  # it is made anew
    without = done(
        "talk", run, "seed=1", "memory=none", "steering=empathy", cwd=tmp_path, typed="so sad\n/memory\n/quit\n"
    )
    assert FACT not in without
    assert "recalled" not in without
    assert "told: They feel bad." in without
    assert not (run / "memory").exists()


def test_other_facts_are_told_at_once(run: Path, tmp_path: Path) -> None:
    (tmp_path / "new.md").write_text("I moved to Rome.", encoding="utf-8")
    words = ["memory=facts", "memory.facts=new.md"]
    told = done("talk", run, *words, cwd=tmp_path, typed="hi\n/memory\n/quit\n")
    assert "told: I moved to Rome." in told
    assert FACT not in told


def test_judged_replies_are_learnt_behind_what_was_told_then(run: Path, tmp_path: Path, refused: Refused) -> None:
    told = replace(opinions.SPEAKER, briefing=Briefing(("I keep two geese.",), ("said before: we had rain",), 5))
    judged = [replace(one, speaker=told) for one in opinions.some_opinions(12)]
    feedback = opinions.write(tmp_path / "feedback.jsonl", judged)
    words = [*TINY, "source=feedback", f"source.path={feedback}", f"continue_from={run}", "trainer.max_steps=2"]
    answer = refused("train", *words)
    assert "was trained with memory=lexical, and would be talked to with memory=none" in answer
    assert "Type what it was trained with: memory=lexical" in answer
    memory = ["memory=lexical", "memory.min_score=0.001", "batches.max_tokens=512"]
    done("train", *words, "training=dpo", *memory, cwd=tmp_path)
    learnt = only_run(tmp_path)
    shown = (learnt / "first_samples.txt").read_text(encoding="utf-8")
    assert "I keep two geese." in shown
    assert "[said before: we had rain]" in shown
    assert (learnt / "data" / "recalled.jsonl").read_bytes() == (run / "data" / "train.jsonl").read_bytes()
    talked = done("talk", learnt, "seed=1", cwd=tmp_path, typed="what is new in the garden?\n/memory\n/quit\n")
    assert "recalled: said before: in the garden there is news number" in talked
    index = (learnt / "memory" / "lexical.msgpack").read_bytes()
    assert b"salt sea" not in index  # what a model has said is no memory of anybody


def test_held_out_replies_in_what_memory_tells_are_refused(run: Path, tmp_path: Path, refused: Refused) -> None:
    folder = Path(shutil.copytree(run, tmp_path / "copied"))
    lines = (folder / "data" / "test.jsonl").read_text(encoding="utf-8")
    assert "news number 39" in lines
    leak = "in the garden there is news number 39"
    (tmp_path / "facts.md").write_text(f"he says: {leak}", encoding="utf-8")
    words = ["memory=facts", f"memory.facts={tmp_path / 'facts.md'}"]
    assert "stand in what memory tells 1 times" in refused("evaluate", folder, *words)


def test_facts_that_are_not_there_are_refused_before_anything_is_read(tmp_path: Path, refused: Refused) -> None:
    assert "nowhere.md cannot be read" in refused("train", "memory=facts", "memory.facts=nowhere.md")
    told = refused("train", "memory=lexical", "memory.facts_tokens=400")
    assert "memory x max_tokens" in told
