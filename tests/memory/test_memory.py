"""Conversations, replies, notes, feedback, and their being forgotten."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from doppel.memory.feedback import Opinion
from doppel.memory.history import Conversation
from doppel.memory.memory import Memory
from doppel.memory.people import Person
from doppel.types import Turn

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
HOW = {"run": "r1", "speaker_id": "u1", "at": NOW}


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    opened = Memory(tmp_path / "memory.sqlite3")
    yield opened
    opened.close()


@pytest.fixture
def ann(memory: Memory) -> Person:
    return memory.people.met("telegram:1", "Ann", "user1")


@pytest.fixture
def chat(memory: Memory) -> Conversation:
    return memory.history.conversation("telegram:9:1", is_group=False)


def hear(memory: Memory, chat: Conversation, person: Person, *texts: str, is_waiting: bool = True) -> None:
    for text in texts:
        memory.history.hear(chat.id, person.id, text, NOW, len(text), is_waiting=is_waiting)


def answer(memory: Memory, chat: Conversation, *texts: str, is_asked: bool = False) -> int:
    waiting = [one.id for one in memory.history.waiting(chat.id)]
    return memory.replies.answer(chat.id, waiting, texts, is_asked=is_asked, **HOW)


def told(memory: Memory, chat: Conversation, newest: int = 100, **options: int) -> list[tuple[str | None, str]]:
    up_to = options.pop("up_to", 10**6)
    kept = memory.history.past(chat.id, up_to, newest, **options)
    return [(one.person and one.person.name, one.text) for one in kept]


def test_an_update_is_taken_once_and_numbers_a_week_old_may_come_again(memory: Memory) -> None:
    assert [memory.history.take("telegram:9", number, NOW) for number in (5, 5, 4)] == [True, False, True]
    assert memory.history.take("telegram:8", 5, NOW)
    assert memory.history.take("telegram:9", 5, NOW + timedelta(days=8))


def test_a_reply_stands_after_what_it_answers(memory: Memory, chat: Conversation, ann: Person) -> None:
    hear(memory, chat, ann, "hi", "you")
    seen = memory.history.waiting(chat.id)
    assert [one.text for one in seen] == ["hi", "you"]
    assert seen[0].at == NOW
    hear(memory, chat, ann, "there?")  # while the model speaks
    memory.replies.answer(chat.id, [one.id for one in seen], ["yo", "what"], is_asked=False, **HOW)
    assert told(memory, chat) == [("Ann", "hi"), ("Ann", "you"), (None, "yo"), (None, "what"), ("Ann", "there?")]
    assert [one.text for one in memory.history.waiting(chat.id)] == ["there?"]
    assert told(memory, chat, newest=2) == [(None, "what"), ("Ann", "there?")]


def test_what_is_not_said_is_not_in_the_past(memory: Memory, chat: Conversation, ann: Person) -> None:
    hear(memory, chat, ann, "hi")
    first = answer(memory, chat, "yo", is_asked=True)
    assert told(memory, chat) == [("Ann", "hi")]
    (given,) = memory.replies.asked()
    assert (given.id, given.messages, given.place, given.run) == (first, ("yo",), "telegram:9:1", "r1")
    memory.replies.ask(first, 77)
    assert memory.replies.unasked() == []
    assert memory.replies.asked_in(77) == memory.replies.by_id(first)
    memory.replies.approve(given, NOW, ["yo!", "hm"])
    assert told(memory, chat) == [("Ann", "hi"), (None, "yo!"), (None, "hm")]
    hear(memory, chat, ann, "tea?")
    given = memory.replies.by_id(answer(memory, chat, "no", is_asked=True))
    assert given
    memory.replies.refuse(given)
    assert told(memory, chat)[3:] == [("Ann", "tea?")]
    assert memory.replies.asked() == []
    assert memory.history.past(chat.id, given.seen_up_to, 9, before_reply=first)[-1].text == "tea?"


def test_messages_are_sent_in_order_and_what_hung_is_not_sent_again(
    memory: Memory, chat: Conversation, ann: Person
) -> None:
    hear(memory, chat, ann, "hi")
    answer(memory, chat, "one", "two", "three")
    assert [one.place for one in memory.history.unfinished()] == ["telegram:9:1"]
    first = memory.replies.next(chat.id)
    assert first
    assert (first.text, first.is_first) == ("one", True)
    memory.replies.mark(first.id, "sending")
    memory.replies.sent(first.id, 500, NOW)
    second = memory.replies.next(chat.id)
    assert second
    assert (second.text, second.is_first) == ("two", False)
    memory.replies.mark(second.id, "sending")
    assert memory.replies.settle() == 1  # the program has ended here, and begins again
    third = memory.replies.next(chat.id)
    assert third
    memory.replies.mark(third.id, "unsent")
    assert memory.replies.next(chat.id) is None
    assert memory.history.unfinished() == []
    assert told(memory, chat) == [("Ann", "hi"), (None, "one"), (None, "two")]
    found = memory.replies.of_message(chat.id, 500)
    assert found
    assert found.messages == ("one", "two", "three")
    assert memory.replies.of_message(chat.id, 501) is None


def test_messages_are_corrected_left_and_cleared(memory: Memory, chat: Conversation, ann: Person) -> None:
    hear(memory, chat, ann, "hallo")
    memory.history.correct(chat.id, ann.id, 5, "hello")
    memory.history.correct(chat.id, ann.id + 1, 5, "not theirs")
    assert told(memory, chat) == [("Ann", "hello")]
    memory.history.tell(chat.id, "note")
    assert memory.history.notice(chat.id) == (1, "note")
    memory.history.told(1)
    assert memory.history.notice(chat.id) is None
    memory.replies.leave([one.id for one in memory.history.waiting(chat.id)])
    assert memory.history.unfinished() == []
    memory.history.speak_as(chat.id, "u2")
    memory.history.clear(chat.id)
    assert told(memory, chat) == []
    assert memory.history.conversation("telegram:9:1", is_group=False).speaker_id == "u2"


def test_people_are_found_by_account_contact_or_name(memory: Memory, ann: Person) -> None:
    other = memory.people.met("telegram:2", "ANN", None)
    assert memory.people.called("telegram:1") == memory.people.called("user1") == memory.people.called("Ann") == [ann]
    assert memory.people.called("ann") == [ann, other]
    assert memory.people.called("Zoe") == []
    assert memory.people.met("telegram:1", "Annie", None) == Person(ann.id, "telegram:1", "Annie", None)


def opinion(kind: str = "reaction", rating: int = 1, better: tuple[str, ...] | None = None) -> Opinion:
    asked = Turn("user1", "Ann", ("hi",), is_persona=False, is_learnt=False, aside="with Ann")
    speaker = Turn("u1", "Ada", (), is_persona=True, is_learnt=False)
    return Opinion(kind, rating, "r1", (asked,), speaker, ("yo", "you"), better, NOW)  # type: ignore[arg-type]


def test_opinions_come_back_as_they_were_given(memory: Memory, chat: Conversation, ann: Person) -> None:
    hear(memory, chat, ann, "hi")
    reply = answer(memory, chat, "yo", "you")
    memory.feedback.add(opinion(rating=-1), reply, ann.id, [ann.id])
    memory.feedback.add(opinion(), reply, ann.id, [ann.id])  # another reaction takes the place of the first
    memory.feedback.add(opinion("edit", -1, ("hey",)), reply, None, [ann.id])
    assert list(memory.feedback.each()) == [opinion(), opinion("edit", -1, ("hey",))]
    memory.feedback.remove(reply, ann.id, "reaction")
    memory.history.clear(chat.id)
    assert list(memory.feedback.each()) == [opinion("edit", -1, ("hey",))]
    number = memory.feedback.add(opinion("thumb"), None, ann.id, [ann.id])
    memory.feedback.take_back(number)
    assert list(memory.feedback.each()) == [opinion("edit", -1, ("hey",))]


def test_a_person_is_forgotten_and_the_others_are_not(memory: Memory, chat: Conversation, ann: Person) -> None:
    bob = memory.people.met("telegram:2", "Bob", None)
    group = memory.history.conversation("telegram:9:-5", is_group=True)
    hear(memory, chat, ann, "my secret is Xylophone")
    private = answer(memory, chat, "Xylophone!")
    hear(memory, group, bob, "morning")
    answer(memory, group, "morning Bob")
    hear(memory, group, ann, "Xylophone again")
    hear(memory, group, bob, "what?")
    answer(memory, group, "she said Xylophone")
    memory.people.note(ann.id, "likes the Xylophone", NOW)
    memory.people.note(bob.id, "likes tea", NOW)
    memory.feedback.add(opinion(), private, ann.id, [ann.id])
    memory.feedback.add(opinion("approval"), None, None, [bob.id])
    memory.feedback.add(opinion("thumb"), None, bob.id, [ann.id, bob.id])
    found = memory.known_of(ann.id)
    assert (found.messages, found.replies, found.notes, found.opinions) == (2, 2, 1, 2)
    with memory.transaction():
        assert memory.forget(ann.id) == found
    memory.wipe()
    assert told(memory, group) == [("Bob", "morning"), (None, "morning Bob"), ("Bob", "what?")]
    assert memory.people.everyone() == [bob]
    assert [note.text for note in memory.people.notes(bob.id)] == ["likes tea"]
    assert [one.kind for one in memory.feedback.each()] == ["approval"]
    for file in memory.file.parent.iterdir():
        assert b"Xylophone" not in file.read_bytes()
