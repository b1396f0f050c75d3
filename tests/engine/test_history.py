from datetime import UTC, datetime

import pytest

from doppel.engine.cast import STRANGER, Cast, Known
from doppel.engine.history import History, Line
from doppel.errors import DataError

ADA, BOB, CAT = Known("u1", "Ada", 9, is_persona=True), Known("u2", "Bob", 5), Known("u3", "Cat", 1)
CAST = Cast([ADA, BOB, CAT, Known("u4", "Eve", 1), Known("u5", "Eve", 1)])
NOW = datetime(2026, 1, 2, tzinfo=UTC)


def own(*messages):
    return Line(is_own=True, who=None, messages=messages)


def others(*messages, name=None):
    return Line(is_own=False, who=name, messages=messages)


def told(history, *lines):
    turns, turn = history(lines, NOW)
    assert not any(one.is_learnt for one in turns)
    return [(one.speaker_id, one.messages, one.is_persona) for one in turns], turn


def test_lines_become_turns_and_neighbours_of_one_speaker_one_burst():
    lines = [others("hi"), others("you"), own("yes"), others(), own("what"), others("tea?", name="Cat")]
    turns, turn = told(History(CAST, ADA, BOB, None), *lines)
    assert turns == [("u2", ("hi", "you"), False), ("u1", ("yes", "what"), True), ("u3", ("tea?",), False)]
    assert (turn.speaker_id, turn.speaker_name, turn.messages, turn.is_persona) == ("u1", "Ada", (), True)


def test_names_are_names_or_ids_and_unknown_ones_strangers():
    turns, _ = told(History(CAST, ADA, STRANGER, None), others("a", name="bob"), others("b", name="u3"))
    assert [who for who, _, _ in turns] == ["u2", "u3"]
    turns, _ = told(History(CAST, ADA, STRANGER, None), others("a", name="Zoe"), others("b"))
    assert [who for who, _, _ in turns] == ["stranger:Zoe", "stranger"]


def test_a_contact_may_speak_to_the_persona():
    turns, turn = told(History(CAST, BOB, ADA, None), others("hi"), own("yo"))
    assert turns == [("u1", ("hi",), True), ("u2", ("yo",), False)]
    assert not turn.is_persona


def test_nobody_talks_with_themselves():
    with pytest.raises(DataError, match="Ada is who answers, and cannot be whom they talk with"):
        History(CAST, ADA, ADA, None)
    with pytest.raises(DataError, match="Ada is who answers"):
        History(CAST, ADA, BOB, None)([others("hi", name="u1")], NOW)
    with pytest.raises(DataError, match="2 people are called 'Eve'"):
        History(CAST, ADA, BOB, None)([others("hi", name="Eve")], NOW)


def test_every_turn_is_told_its_situation():
    seen = []

    def asides(before, speaker_id, now, present):
        seen.append((len(before), speaker_id, now, present))
        return f"aside {len(seen)}"

    turns, turn = History(CAST, ADA, BOB, asides)([others("hi"), own("yo"), others("x", name="Cat")], NOW)
    assert [one.aside for one in (*turns, turn)] == ["aside 1", "aside 2", "aside 3", "aside 4"]
    two = {"u2": "Bob", "u1": "Ada"}
    assert seen == [(0, "u2", NOW, two), (1, "u1", NOW, two), (2, "u3", NOW, two | {"u3": "Cat"}), (3, "u1", NOW, two)]
