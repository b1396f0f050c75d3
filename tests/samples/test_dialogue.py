"""What becomes of a conversation: turns, what is learnt, what is cut, and every message accounted for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from doppel.errors import DataError
from doppel.samples.dialogue import Dialogues
from doppel.types import Count, Funnel, Message, Persona, Sample, Session, Turn

T0 = datetime(2024, 1, 15, 12, tzinfo=UTC)
ME = Persona(frozenset({"user1", "user11"}), "Me")
LEARN_ME = Dialogues(learn="persona", learn_openings=False, min_turns=2)


def session(script: str, chat: str = "p:1", first: int = 1) -> Session:
    """A letter a message: m, M the persona's two accounts, others a, b, ...; '.' a message without words."""
    ids = {"m": "user1", "M": "user11"}
    messages = []
    for number, letter in enumerate(script, start=first):
        text = "" if letter == "." else f"{letter}{number - first}"
        sender, sent_at = ids.get(letter, f"user-{letter}"), T0 + timedelta(minutes=number)
        name = letter.upper()
        messages.append(
            Message(chat, chat, "group", number, sent_at, sender, name, text, None, None, None, False, False, None)
        )
    return Session(chat, chat, tuple(messages))


def shape(sample: Sample) -> str:
    """'a2 m1*': two messages of a, then one of the persona, learnt."""
    return " ".join(
        f"{'m' if turn.is_persona else turn.speaker_id[-1]}{len(turn.messages)}{'*' if turn.is_learnt else ''}"
        for turn in sample.turns
    )


def made(stage: Dialogues, *sessions: Session) -> tuple[list[Sample], Funnel]:
    funnel = Funnel()
    return list(stage(iter(sessions), ME, funnel)), funnel


def test_a_sample_in_full() -> None:
    samples, _ = made(LEARN_ME, session("aamMa"))
    assert samples == [
        Sample(
            sample_id="p:1/1",
            chat_id="p:1",
            chat_name="p:1",
            started_at=T0 + timedelta(minutes=1),
            ended_at=T0 + timedelta(minutes=4),
            turns=(
                Turn("user-a", "A", ("a0", "a1"), is_persona=False, is_learnt=False),
                Turn("user1", "Me", ("m2", "M3"), is_persona=True, is_learnt=True),
            ),
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
        (persona, Dialogues(learn="persona", learn_openings=False, min_turns=1)),
        (with_openings, Dialogues(learn="persona", learn_openings=True, min_turns=1)),
        (everyone, Dialogues(learn="everyone", learn_openings=False, min_turns=1)),
    ]
    for expected, stage in cases:
        samples, _ = made(stage, session(script), session("bm", "p:0"))
        assert [shape(sample) for sample in samples] == [*([expected] if expected else []), "b1 m1*"]


def test_every_message_and_session_is_accounted_for() -> None:
    samples, funnel = made(
        Dialogues(learn="persona", learn_openings=True, min_turns=2),
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
    talk = session("abm")
    talk = replace(talk, messages=tuple(replace(message, sender_name="Alex") for message in talk.messages))
    samples, funnel = made(LEARN_ME, talk)
    assert [turn.speaker_name for turn in samples[0].turns] == ["Alex", "Alex (2)", "Me"]
    assert funnel.notes == ["samples: 1 people share a name with someone in their chat: numbered."]


def test_nothing_to_learn_is_refused_with_what_became_of_it_all() -> None:
    funnel = Funnel()
    funnel.add("source", kept=3, dropped=1, unit="messages", why="1 without a date")
    funnel.note("source: a word.")
    with pytest.raises(DataError) as refusal:
        list(LEARN_ME(iter([session("aab")]), ME, funnel))
    assert str(refusal.value) == (
        "There is nothing to learn: no conversation holds an answer of Me (user1, user11).\n"
        "  source: 3 messages kept, 1 dropped (1 without a date)\n"
        "  samples: 0 messages kept, 3 dropped (3 in sessions left out)\n"
        "  samples: 0 sessions kept, 1 dropped (1 in which nothing is learnt)\n"
        "  source: a word.\n"
        "Accepted is an export in which the persona answers someone. See above what was left out and why, choose "
        "someone else with persona=ID, or learn openings too: samples.learn_openings=true samples.min_turns=1"
    )
