"""What becomes of a conversation: turns, what is learnt, what is cut, and every message accounted for."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from doppel.errors import DataError
from doppel.samples.dialogue import Dialogues
from doppel.types import Count, Funnel, Persona, Sample, Turn
from tests.samples.scripted import ME, T0, cast, made, session, shape, words


def dialogues(**changed: Any) -> Dialogues:
    settings: dict[str, Any] = {"learn": "persona", "learn_openings": False, "needs_answer": False, "min_turns": 2}
    settings |= {"max_chars": None}
    return Dialogues(**settings | {"trivial": None, "situation": None, "recency": None} | changed)


LEARN_ME = dialogues()


def test_a_sample_in_full() -> None:
    samples, _ = made(LEARN_ME, session("aa99mM2a", label="joy"))
    assert samples == [
        Sample(
            sample_id="p:1/1",
            session_id="p:1/1",
            chat_id="p:1",
            chat_name="p:1",
            started_at=T0 + timedelta(minutes=1),
            ended_at=T0 + timedelta(minutes=4),
            turns=(
                Turn("user-a", "A", ("a0", "a1"), is_persona=False, is_learnt=False),
                Turn("user1", "Me", ("m2", "M3"), is_persona=True, is_learnt=True),
            ),
            message_ids=(1, 2, 3, 4),
            replies_to=(99,),
            label="joy",
            weight=1.0,
        )
    ]


def test_a_chat_in_which_only_the_second_account_of_the_persona_writes() -> None:
    (sample,), _ = made(LEARN_ME, session("aM"))
    assert sample.turns[1] == Turn("user1", "Me", ("M1",), is_persona=True, is_learnt=True)


@pytest.mark.parametrize(
    ("script", "persona", "with_openings", "everyone"),
    [
        ("am", "a1 m1*", "a1 m1*", "a1 m1*"),
        ("mam", "m1 a1 m1*", "m1* a1 m1*", "m1 a1* m1*"),
        ("ammMa", "a1 m3*", "a1 m3*", "a1 m3* a1*"),
        ("abba", None, None, "a1 b2* a1*"),
        ("ma", None, "m1*", "m1 a1*"),
        ("m.a.m", "m1 a1 m1*", "m1* a1 m1*", "m1 a1* m1*"),
        ("a.a.m", "a2 m1*", "a2 m1*", "a2 m1*"),
        (".am", "a1 m1*", "a1 m1*", "a1 m1*"),
        ("mmm", None, "m3*", None),
        ("...", None, None, None),
    ],
)
def test_what_is_learnt(script: str, persona: str | None, with_openings: str | None, everyone: str | None) -> None:
    cases = [
        (persona, dialogues(min_turns=1)),
        (with_openings, dialogues(min_turns=1, learn_openings=True)),
        (everyone, dialogues(min_turns=1, learn="everyone")),
    ]
    for expected, stage in cases:
        samples, _ = made(stage, session(script), session("bm", "p:0"))
        assert [shape(sample) for sample in samples] == [*([expected] if expected else []), "b1 m1*"]


def test_chosen_people_are_learnt() -> None:
    samples, _ = made(dialogues(learn=["A", "user-b"]), session("cabmcam"))
    assert [words(sample) for sample in samples] == ["c0 | a1* | b2* | m3 | c4 | a5*"]
    (sample,), _ = made(dialogues(learn=["user11"]), session("am"))  # one of the persona's ids is the persona
    assert shape(sample) == "a1 m1*"


@pytest.mark.parametrize(
    ("learn", "told"),
    [
        (["Zoe"], "samples.learn: 'Zoe' is nobody in the export."),
        ([], r"samples.learn=\[\] names nobody"),
    ],
)
def test_who_is_nobody_cannot_be_learnt(learn: list[str], told: str) -> None:
    with pytest.raises(DataError, match=told):
        made(dialogues(learn=learn), session("am"))


def test_several_personas_are_a_speaker_each() -> None:
    ann = Persona(frozenset({"user-a", "user-b"}), "Ann")
    samples, _ = made(LEARN_ME, session("cabmc"), by=cast((ME, ann)))
    assert [words(sample) for sample in samples] == ["c0 | a1 b2* | m3*"]
    assert [(turn.speaker_id, turn.speaker_name, turn.is_persona) for turn in samples[0].turns] == [
        ("user-c", "C", False),
        ("user-a", "Ann", True),
        ("user1", "Me", True),
    ]


def test_only_conversations_with_an_answer_of_the_persona() -> None:
    everyone = dialogues(learn="everyone", learn_openings=True, needs_answer=True)
    samples, funnel = made(everyone, session("aba"), session("mab.", first=10), session("amba", first=20))
    assert [shape(sample) for sample in samples] == ["a1* m1* b1* a1*"]
    assert funnel.counts == [
        Count("samples", 4, 7, "messages", "6 in sessions left out; 1 without words"),
        Count("samples", 1, 2, "sessions", "2 in which the persona answers nobody"),
    ]


def test_conversations_of_too_many_characters_up_to_the_last_learnt_turn() -> None:
    samples, funnel = made(
        dialogues(max_chars=6), session("amma."), session("amaam", first=10), session("ab", first=20)
    )
    assert [words(sample) for sample in samples] == ["a0 | m1 m2*"]
    assert funnel.counts[1] == Count(
        "samples", 1, 2, "sessions", "1 in which nothing is learnt; 1 of more than 6 characters"
    )


def test_every_message_and_session_is_accounted_for() -> None:
    samples, funnel = made(
        dialogues(learn_openings=True),
        session("amaa."),  # kept: 2 messages; 2 trail, 1 has no words
        session("ab", first=20),  # nothing learnt
        session("maa", first=30),  # one turn is left: too short
        session("amam", "p:2"),
    )
    assert [sample.sample_id for sample in samples] == ["p:1/1", "p:2/1"]
    assert funnel.counts == [
        Count("samples", 6, 8, "messages", "5 in sessions left out; 2 after the last learnt turn; 1 without words"),
        Count("samples", 2, 2, "sessions", "1 in which nothing is learnt; 1 of fewer than 2 turns"),
    ]
    assert funnel.notes == []


def test_a_shared_name_is_numbered_and_noted() -> None:
    samples, funnel = made(LEARN_ME, session("abm"), session("abm", "p:2"), by=cast(a="Alex", b="Alex"))
    assert [turn.speaker_name for turn in samples[0].turns] == ["Alex", "Alex (2)", "Me"]
    assert funnel.notes == ["samples: 1 people share a name with someone in their chat: numbered."]


def test_sessions_stream() -> None:
    given = []

    def sessions() -> Any:
        for number in range(3):
            given.append(number)
            yield session("am", first=number * 10)

    next(LEARN_ME(sessions(), cast(), Funnel()))
    assert given == [0]


def test_nothing_to_learn_is_refused_with_what_became_of_it_all() -> None:
    funnel = Funnel()
    funnel.add("source", kept=3, dropped=1, unit="messages", why="1 without a date")
    funnel.note("source: a word.")
    with pytest.raises(DataError) as refusal:
        list(LEARN_ME(iter([session("aab")]), cast(), funnel))
    assert str(refusal.value) == (
        "There is nothing to learn: no conversation holds an answer of Me (user1, user11).\n"
        "  source: 3 messages kept, 1 dropped (1 without a date)\n"
        "  samples: 0 messages kept, 3 dropped (3 in sessions left out)\n"
        "  samples: 0 sessions kept, 1 dropped (1 in which nothing is learnt)\n"
        "  source: a word.\n"
        "Accepted is an export in which the persona answers someone. See above what was left out and why, choose "
        "someone else with persona=ID, or learn openings too: samples=dialogue samples.learn_openings=true "
        "samples.min_turns=1"
    )
    with pytest.raises(DataError, match="holds an answer of user-b"):
        made(dialogues(learn=["B"]), replace(session("a"), session_id="s"))
    with pytest.raises(DataError, match="holds an answer of anyone"):
        made(dialogues(learn="everyone"), session("a"))


@pytest.mark.parametrize(
    ("dropped", "kept", "told"),
    [
        (
            (5, 40),
            4,
            "\nMost was left out by filters.rule1, 40 messages: change its values, or drop it with ~filters.rule1\n",
        ),
        ((5, 3), 50, None),
    ],
)
def test_the_rule_that_left_out_most_is_named(dropped: tuple[int, int], kept: int, told: str | None) -> None:
    funnel = Funnel()
    for number, count in enumerate(dropped):
        funnel.add(
            f"filters.rule{number}", kept=kept + sum(dropped[number + 1 :]), dropped=count, unit="messages", why=""
        )
    with pytest.raises(DataError) as refusal:
        list(LEARN_ME(iter([session("aab")]), cast(), funnel))
    assert told in str(refusal.value) if told else "Most was" not in str(refusal.value)
