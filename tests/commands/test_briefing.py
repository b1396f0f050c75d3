"""What is told before a reply, and when it is not."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from doppel.commands.briefing import Briefer, steered, unbriefed
from doppel.commands.reminding import Reminding
from doppel.config.compose import compose
from doppel.steering.none import NoSteering
from doppel.steering.steer import Steer
from doppel.types import Briefing, Turn
from tests.commands.test_answering import SAMPLING
from tests.memory.said import PAST, asked

ANN = Turn("ann", "Ann", (), is_persona=True, is_learnt=False)


def reminding(*words: str, facts: Path | None = None) -> Reminding:
    node = compose("train", list(words))[0]["memory"]
    return Reminding(node, lambda: PAST, len, sha256="", facts=facts, keep=None)


def steering(_turns: Sequence[Turn], _speaker_id: str) -> Steer:
    return Steer("Be brief.", {"min_new_tokens": 99}, "always")


def test_facts_notes_and_steering_come_in_this_order(tmp_path: Path) -> None:
    facts = tmp_path / "facts.md"
    facts.write_text("- I am Ann.\n- " + "x" * 200)
    told = reminding("memory=lexical", facts=facts)
    assert (told.facts, told.all_facts) == (("I am Ann.",), 2)
    brief = Briefer(told, steering, lambda speaker_id: [f"is {speaker_id}", "b" * 15, "oldest"])
    speaker, sampling = brief(asked("are you afraid of geese"), ANN, SAMPLING)
    assert speaker.briefing == Briefing(
        ("I am Ann.", "Bob: is bob", "Be brief."), ("said before: no I am afraid of geese",), 5
    )
    assert (sampling.min_new_tokens, sampling.max_new_tokens) == (8, 8)  # no longer than it may be
    assert brief.obey("") == (
        "told: I am Ann.\ntold: Bob: is bob\ntold: Be brief.\n"
        "recalled: said before: no I am afraid of geese\nsteered by: always"
    )
    alone, _ = brief(asked("hello"), ANN, SAMPLING, has_notes=False)
    assert alone.briefing == Briefing(("I am Ann.", "Be brief."))


def test_memory_can_be_switched_off_and_on(tmp_path: Path) -> None:
    brief = Briefer(reminding("memory=lexical"), NoSteering())
    question = asked("are you afraid of geese")
    assert brief.obey("off") == "Memory is off."
    assert brief(question, ANN, SAMPLING) == (ANN, SAMPLING)
    assert brief.obey("") == "The latest reply was told nothing beside the conversation."
    assert brief.obey("on") == "Memory is on."
    assert brief(question, ANN, SAMPLING)[0].briefing is not None


def test_without_memory_nothing_is_told() -> None:
    none: Any = Briefer(reminding("memory=none"), NoSteering(), lambda _: ["a note"])
    for brief in (none, unbriefed):
        assert brief(asked("are you afraid of geese"), ANN, SAMPLING) == (ANN, SAMPLING)
    assert reminding("memory=none").sample(PAST[0]) is PAST[0]
    assert steered(SAMPLING, {}) is SAMPLING


def test_what_is_too_long_is_left_out_for_the_next() -> None:
    told = reminding("memory=lexical", "memory.min_score=0.01", "memory.recalled_tokens=60")
    briefing = told(asked("geese drink sugar spoons ship fog"), "ann")
    assert briefing is not None
    assert sum(len(f"[{line}]\n") for line in briefing.recalled) <= 60
    assert reminding("memory=lexical", "memory.recalled_tokens=1")(asked("are you afraid of geese"), "ann") is None


def test_a_training_sample_is_told_what_was_said_before_it() -> None:
    told = reminding("memory=lexical", "memory.min_score=0.1")
    first, second, third = map(told.sample, PAST)
    assert [turn.briefing for turn in first.turns] == [None] * 4
    assert second.turns == PAST[1].turns or second.turns[1].briefing is not None
    again = told.sample(PAST[2])
    assert again == third
    assert "ship went down" not in str([turn.briefing for turn in third.turns])
