"""What a live conversation is told of its turns is what the training samples were told."""

from datetime import timedelta
from typing import Any

import pytest

from doppel.commands.live import live_asides
from doppel.engine.conversation import Asides, Said, said
from doppel.types import Persona, Sample, Turn
from tests.samples.scripted import ME, T0, cast, made, session
from tests.samples.test_dialogue import dialogues
from tests.samples.test_situation import shipped, situation

ANN = Persona(frozenset({"user-a"}), "Ann")


def asides_of(
    personas: tuple[Persona, ...] = (ME,), found: dict[str, str] | None = None, *, is_timed: bool = True, **changed: Any
) -> Asides:
    asides = live_asides({"situation": shipped("told") | changed}, personas, found or {}, is_timed=is_timed)
    assert asides
    return asides


def lived(asides: Asides, script: str, present: dict[str, str], apart: tuple[float, ...] = ()) -> list[str | None]:
    """The asides of turns of one message each; `apart`: minutes of silence before each, 1 unless given."""
    names = {"m": ("user1", "Me"), "a": ("user-a", "A"), "b": ("user-b", "B"), "s": ("stranger", "Stranger")}
    now, before = T0, tuple[Said, ...]()
    for place, letter in enumerate(script):
        now += timedelta(minutes=apart[place] if place < len(apart) else 1)
        who, name = names[letter]
        told = asides(before, who, now, present)
        turn = Turn(who, name, ("...",), is_persona=letter == "m", is_learnt=False, aside=told)
        before = said(before, Said(turn, now, now + timedelta(seconds=20)))
    return [one.turn.aside for one in before]


def trained(script: str, letters: str, **changed: Any) -> list[str | None]:
    sample: Sample = made(dialogues(situation=situation(**changed)), session(script), by=cast(letters=letters))[0][0]
    return [turn.aside for turn in sample.turns]


@pytest.mark.parametrize(
    ("script", "letters", "changed"),
    [
        ("amam", "amM", {}),
        ("mam", "amM", {"relationships": {"A": "my boss"}}),
        ("abmam", "abmM", {"timezone": "Asia/Tokyo"}),
        ("aammabm", "abmM", {"clock": False}),
    ],
)
def test_a_conversation_is_told_as_its_sample_was(script: str, letters: str, changed: dict[str, Any]) -> None:
    present = {f"user-{letter}": letter.upper() for letter in letters if letter in "ab"} | {"user1": "Me"}
    assert lived(asides_of(**changed), script, present) == trained(script, letters, **changed)


def test_a_stranger_is_introduced_and_a_long_silence_told() -> None:
    told = lived(asides_of(), "smsms", {"stranger": "Stranger", "user1": "Me"}, (0, 1, 59, 1, 182))
    assert told == ["Monday afternoon; with Stranger", None, None, None, "Monday afternoon; 3 h later"]


def test_who_comes_later_is_introduced_then() -> None:
    asides = asides_of(clock=False)
    first = lived(asides, "am", {"user-a": "A", "user1": "Me"})
    assert first == ["with A", None]
    turns = [Turn("user-a", "A", ("x",), is_persona=False, is_learnt=False), Turn("user1", "Me", ("y",), True, False)]
    before = tuple(Said(turn, T0, T0) for turn in turns)
    assert asides(before, "user-b", T0, {"user-b": "B", "user1": "Me"}) == "with B"
    assert asides(before, "user-a", T0, {"user-a": "A", "user1": "Me"}) is None


def test_personas_are_never_introduced() -> None:
    asides = asides_of((ME, ANN), clock=False)
    assert lived(asides, "amam", {"user-a": "Ann", "user1": "Me"}) == [None] * 4


def test_relationships_are_those_that_the_preparation_found_or_of_strangers_by_name() -> None:
    asides = asides_of(found={"user7": "my sister"}, clock=False, relationships={"Zoe": "my sister", "Tim": "my cat"})
    assert asides((), "user7", T0, {"user7": "Person 3", "user1": "Me"}) == "with Person 3, my sister"
    assert asides((), "stranger:tim", T0, {"stranger:tim": "tim", "user1": "Me"}) == "with tim, my cat"


def test_where_no_sample_had_times_none_are_told() -> None:
    told = lived(asides_of(is_timed=False), "sms", {"stranger": "Stranger", "user1": "Me"}, (0, 1, 600))
    assert told == ["with Stranger", None, None]


def test_without_a_situation_nothing_is_told() -> None:
    assert live_asides({"situation": None}, (ME,), {}, is_timed=True) is None
    assert live_asides({}, (ME,), {}, is_timed=True) is None
