"""What passes by is counted as it was."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import structs

from doppel.report.watch import Watch
from doppel.types import Cast, Message, Persona, Sample, Session, Turn

START = datetime(2024, 12, 31, 23, 59, tzinfo=UTC)
CAST = Cast((Persona(frozenset({"me", "me2"}), "Me"),), names=lambda _: {}, find=lambda _: frozenset())


def session(*said: tuple[str, int]) -> Session:
    messages = tuple(
        Message(
            chat_id="c",
            chat_name="C",
            chat_kind="personal",
            message_id=number,
            sent_at=START + timedelta(seconds=second),
            sender_id=sender,
            sender_name=sender,
            text="x",
        )
        for number, (sender, second) in enumerate(said)
    )
    return Session("c/0", "c", "C", messages)


def sample(chat: str, started_at: datetime, *learnt: tuple[str, ...]) -> Sample:
    turns = [Turn("you", "You", ("hi",), is_persona=False, is_learnt=False)]
    turns += [Turn("me", "Me", texts, is_persona=True, is_learnt=True) for texts in learnt]
    return Sample(f"{chat}/1", f"{chat}/1", chat, chat, started_at, started_at, tuple(turns), (1,))


def facts_of(sessions: list[Session], samples: list[Sample]) -> dict[str, Any]:
    watch = Watch(CAST)
    assert list(watch.sessions(iter(sessions))) == sessions
    assert list(watch.samples(iter(samples))) == samples
    return watch.facts(range(len(samples)))


def test_replies_pauses_and_bursts() -> None:
    facts = facts_of(
        [session(("me", 0), ("you", 5), ("me", 14), ("me2", 16), ("me", 7300), ("you", 7301), ("me", 20000))], []
    )
    assert facts["burst_messages"] == {"1": 2, "3": 1}
    replies = dict(zip([*facts["reply_seconds"]["upper_bounds"], None], facts["reply_seconds"]["counts"], strict=True))
    assert {bound: number for bound, number in replies.items() if number} == {10: 1, None: 1}
    pauses = dict(zip([*facts["pause_seconds"]["upper_bounds"], None], facts["pause_seconds"]["counts"], strict=True))
    assert {bound: number for bound, number in pauses.items() if number} == {5: 1, None: 1}


def test_what_is_answered_and_what_is_left() -> None:
    def asking(*said: tuple[str, str]) -> Session:
        plain = session(*((who, 60 * at) for at, (who, _) in enumerate(said)))
        texts = [structs.replace(one, text=text) for one, (_, text) in zip(plain.messages, said, strict=True)]
        return replace(plain, messages=tuple(texts))

    facts = facts_of(
        [
            asking(("you", "hi"), ("you", "well?"), ("me", "yes"), ("me2", "so"), ("you", "good")),
            asking(("me", "and you?"), ("you", "fine"), ("me", "ah"), ("you", "why?")),
            asking(("you", "one"), ("her", "two?"), ("me", "among several")),
        ],
        [],
    )
    assert facts["answers"] == {"questions": {"answered": 1, "left": 1}, "others": {"answered": 1, "left": 1}}


def test_what_has_no_times_is_counted_without_them() -> None:
    timed = session(("you", 0), ("me", 5), ("me", 6))
    untimed = replace(timed, messages=tuple(structs.replace(one, is_timed=False) for one in timed.messages))
    facts = facts_of([untimed], [replace(sample("a", START, ("ok",)), is_timed=False)])
    assert sum(facts["reply_seconds"]["counts"]) == sum(facts["pause_seconds"]["counts"]) == 0
    assert (facts["burst_messages"], facts["untimed_messages"], facts["years"]) == ({"2": 1}, 3, {})
    assert facts["chats"] == {"a": {"samples": 1, "learnt_messages": 1}}


def test_what_is_learnt_by_chat_and_year() -> None:
    later = START + timedelta(hours=1)
    facts = facts_of([], [sample("a", START, ("ok", "a longer message")), sample("b", later, ("ok",), ("ok",))])
    assert facts["chats"] == {"a": {"samples": 1, "learnt_messages": 2}, "b": {"samples": 1, "learnt_messages": 2}}
    assert facts["years"] == {
        "2024": {"samples": 1, "learnt_messages": 2},
        "2025": {"samples": 1, "learnt_messages": 2},
    }
    assert facts["short_messages"] == {"ok": 3}
    assert (facts["learnt_messages"], facts["learnt_turns"], facts["turns"]) == (4, 3, 5)
    assert facts["learnt_chars"] == 2 + 16 + 2 + 2


def test_what_the_split_takes_for_training_is_what_is_told() -> None:
    watch = Watch(CAST)
    found = [sample("a", START, ("ok",)), sample("b", START, ("fine", "good")), sample("a", START, ("well",))]
    assert list(watch.samples(iter(found))) == found
    facts = watch.facts([1])
    assert facts["chats"] == {"b": {"samples": 1, "learnt_messages": 2}}
    assert facts["years"] == {"2024": {"samples": 1, "learnt_messages": 2}}
    assert (facts["turns"], facts["learnt_turns"], facts["learnt_messages"], facts["learnt_chars"]) == (2, 1, 2, 8)
    assert watch.facts([])["learnt_messages"] == 0
