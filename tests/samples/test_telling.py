"""The asides of a sample: what was known when each turn began."""

from typing import Any

from doppel.samples.pair import Pairs
from doppel.types import Persona, Session
from tests.samples.scripted import ME, cast, made, session
from tests.samples.test_dialogue import dialogues
from tests.samples.test_situation import situation
from tests.samples.test_window import windows


def asides(stage: Any, *sessions: Session, **options: Any) -> list[list[str | None]]:
    return [[turn.aside for turn in sample.turns] for sample in made(stage, *sessions, **options)[0]]


def test_without_a_situation_nothing_is_told() -> None:
    assert asides(dialogues(), session("am")) == [[None, None]]


def test_everyone_is_introduced_with_their_first_turn() -> None:
    stage = dialogues(situation=situation(clock=False, relationships={"B": "my boss"}))
    assert asides(stage, session("abmam")) == [["with A", "with B, my boss", None, None, None]]


def test_the_only_other_one_is_introduced_from_the_start_and_personas_never() -> None:
    stage = dialogues(situation=situation(clock=False))
    assert asides(stage, session("mam"), by=cast(letters="amM")) == [["with A", None, None]]
    both = (ME, Persona(frozenset({"user-a"}), "Ann"))
    assert asides(stage, session("mam"), by=cast(both, letters="amM")) == [[None, None, None]]


def test_the_time_since_the_chat_last_had_a_word() -> None:
    stage = dialogues(situation=situation(partner=False))
    talk = [
        session("am"),
        session("am", first=10, minutes=300, since=2),
        session("am", first=20, minutes=295, since=310),  # side by side with the one before
        session("am", "p:2", first=10, minutes=600),
    ]
    assert asides(stage, *talk) == [
        ["Monday afternoon", None],
        ["Monday afternoon; 5 h later", None],
        ["Monday afternoon", None],
        ["Monday evening", None],
    ]


def test_a_sample_from_the_middle_of_a_session_does_not_begin_after_the_one_before() -> None:
    stage = windows(max_context_turns=1, situation=situation(partner=False, clock=False))
    talk = [session("am"), session("amam", first=10, minutes=300, since=2)]
    assert asides(stage, *talk) == [[None, None], ["5 h later", None], [None, None]]


def test_made_up_times_are_not_told() -> None:
    stage = dialogues(situation=situation())
    talk = [session("am", is_timed=False), session("am", first=10, minutes=300, is_timed=False)]
    assert asides(stage, *talk, session("am", first=20, minutes=900)) == [
        ["with A", None],
        ["with A", None],
        ["Tuesday night; with A", None],
    ]
    samples, funnel = made(stage, *talk)
    assert [sample.is_timed for sample in samples] == [False, False]
    assert funnel.notes == [
        "samples: 2 samples have no times, as the source tells none: samples.situation tells no clock and no silence."
    ]


def test_what_is_replied_to_is_quoted_where_it_is_not_the_turn_before() -> None:
    stage = dialogues(situation=situation(partner=False, clock=False))
    assert asides(stage, session("a b m1 a m2 m a b5 m7")) == [
        [None, None, "to A: a0", None, "to B: b1", None, "to Me: m4", "to A: a6"]
    ]
    # Never what lies outside the session, nor what is later, or has no words:
    assert asides(stage, session("a m", first=1), session("b a m1 b m15 b m", first=10))[1] == [None] * 7
    assert asides(stage, session(". a b m1")) == [[None, None, None]]


def test_a_pair_quotes_what_it_does_not_hold() -> None:
    told = situation(partner=False, clock=False)
    pairs = Pairs(learn="persona", question="previous", whole_answers=True, trivial=None, situation=told, recency=None)
    assert asides(pairs, session("a b m1")) == [[None, "to A: a0"]]


def test_a_label_is_told_where_it_changes() -> None:
    stage = dialogues(situation=situation(partner=False, clock=False, label=True))
    assert asides(stage, session("amam", label="joy")) == [["joy", None, None, None]]
    assert asides(dialogues(situation=situation(partner=False, clock=False)), session("am", label="joy")) == [
        [None, None]
    ]
