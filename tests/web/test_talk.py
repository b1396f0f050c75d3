"""A conversation on a page: who talks, what is said, how it is judged and mended; without a page."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from doppel.errors import DataError, RunError
from doppel.web.part import Reply
from doppel.web.talk import Talk
from doppel.web.voice import Judged
from tests.web.fakes import ADA, BOB, NOW, STRANGER, Shouting, Slow

LIMIT_SECONDS = 60.0


def make(voice: Shouting, **changes: Any) -> Talk:
    return Talk(voice, **({"max_characters": 50, "max_messages": 10} | changes), clock=lambda: NOW)


def talking(scene: Callable[[Shouting, Talk], Coroutine[Any, Any, None]], **changes: Any) -> Shouting:
    """The voice after a scene."""

    async def play() -> Shouting:
        voice = Shouting()
        async with asyncio.timeout(LIMIT_SECONDS):
            await scene(voice, make(voice, **changes))
        return voice

    return asyncio.run(play())


async def said(talk: Talk, text: str) -> list[list[list[str]]]:
    """All that the page shows while a burst is answered: the messages of each part."""
    talk.hear(talk.check(text))
    talk.answer()
    return [[list(part.messages) for part in talk.parts] async for _ in talk.speaking.changes()]


def test_a_burst_appears_message_by_message() -> None:
    async def scene(voice: Shouting, talk: Talk) -> None:
        voice.timing = Slow(pause=0.001)
        shown = await said(talk, " one\n\ntwo ")
        heard = ["one", "two"]
        assert shown == [[heard, []], [heard, ["ONE"]], [heard, ["ONE", "TWO"]], [heard, ["ONE", "TWO"]]]
        assert talk.speaking.status == ""
        assert talk.parts[1].original == ("ONE", "TWO")  # type: ignore[attr-defined]

    assert talking(scene).closed == 1


def test_the_base_answers_the_same_beside_it() -> None:
    async def scene(voice: Shouting, talk: Talk) -> None:
        await said(talk, "Hi")
        talk.is_beside = True
        await said(talk, "You")
        assert [part.base for part in talk.parts if isinstance(part, Reply)] == [None, ["you"]]
        model, base = voice.asked_for[1:]
        assert model == base

    talking(scene)


def test_what_is_stopped_stays_as_far_as_it_was_said() -> None:
    async def scene(voice: Shouting, talk: Talk) -> None:
        voice.hold.clear()
        talk.hear(["a", "b"])
        talk.answer()
        async for _ in talk.speaking.changes():
            if talk.parts[1].messages:
                talk.speaking.stop()
        assert (talk.parts[1].messages, talk.speaking.status, voice.closed) == (["A"], "stopped", 1)
        talk.rate(talk.parts[1], 1)
        assert voice.kept == {1: Judged("thumb", 1, ("A",), None)}

    talking(scene)


def test_who_writes_on_is_answered_to_all_of_it() -> None:
    async def scene(voice: Shouting, talk: Talk) -> None:
        voice.timing = Slow(reply=1000)
        talk.hear(["a"])
        talk.answer()
        first = talk.speaking.changes()
        await anext(first)
        voice.timing = Slow()
        await said(talk, "b")
        assert [len(turn.messages) for turn in voice.asked_for[-1].turns] == [1, 1]
        assert [part.messages for part in talk.parts] == [["a"], [], ["b"], ["B"]]
        assert [one async for one in first] == [None]  # it ends, too
        assert talk.speaking.status == ""

    assert talking(scene).closed == 1


def test_a_conversation_that_is_cleared_says_nothing_any_more() -> None:
    async def scene(voice: Shouting, talk: Talk) -> None:
        voice.hold.clear()
        talk.hear(["a", "b"])
        talk.answer()
        changes = talk.speaking.changes()
        await anext(changes)
        await anext(changes)
        talk.clear()
        assert [one async for one in changes] == [None]
        await asyncio.sleep(0)
        assert (talk.parts, talk.speaking.status, talk.speaking.is_busy) == ([], "", False)

    talking(scene)


@pytest.mark.parametrize(
    ("prepared", "status"),
    [
        ([], "Ada says nothing"),
        (RunError("too many wait"), "too many wait"),
        (MemoryError("my secret"), "the model has failed: MemoryError"),
    ],
)
def test_no_reply_is_told(prepared: Any, status: str, caplog: pytest.LogCaptureFixture) -> None:
    async def scene(voice: Shouting, talk: Talk) -> None:
        voice.prepared = [prepared]
        await said(talk, "hi")
        assert talk.speaking.status == status
        await said(talk, "again")  # and the next one is answered
        assert talk.parts[-1].messages == ["AGAIN"]

    talking(scene)
    assert "secret" not in caplog.text


def test_a_thumb_is_one_opinion_that_can_be_turned_and_taken_back() -> None:
    async def scene(voice: Shouting, talk: Talk) -> None:
        await said(talk, "hi\nyou")
        reply: Any = talk.parts[1]
        talk.rate(reply, 1)
        assert list(voice.kept.values()) == [Judged("thumb", 1, ("HI", "YOU"), None)]
        talk.rate(reply, -1)
        assert list(voice.kept.values()) == [Judged("thumb", -1, ("HI", "YOU"), None)]
        talk.rate(reply, None)
        assert (voice.kept, reply.rating) == ({}, None)
        with pytest.raises(DataError, match="only replies of the model are judged"):
            talk.rate(talk.parts[0], 1)

    talking(scene)


def test_better_words_are_what_was_said_from_then_on() -> None:
    async def scene(voice: Shouting, talk: Talk) -> None:
        await said(talk, "hi\nyou")
        reply = talk.parts[1]
        talk.mend(reply, 1, "thou\nart\n")
        assert list(voice.kept.values()) == [Judged("edit", -1, ("HI", "YOU"), ("HI", "thou", "art"))]
        talk.mend(reply, 0, "")  # a message less
        assert list(voice.kept.values()) == [Judged("edit", -1, ("HI", "YOU"), ("thou", "art"))]
        await said(talk, "and?")
        assert voice.asked_for[-1].turns[1].messages == ("thou", "art")
        talk.mend(reply, 0, "HI")
        talk.mend(reply, 1, "YOU")
        assert voice.kept == {}  # as it was
        talk.mend(reply, 1, "")
        with pytest.raises(DataError, match="a reply without a word cannot be learnt from"):
            talk.mend(reply, 0, " \n")

    talking(scene)


def test_one_s_own_words_can_be_mended_and_are_no_opinion() -> None:
    async def scene(voice: Shouting, talk: Talk) -> None:
        await said(talk, "hi")
        talk.mend(talk.parts[0], 0, "hey\nyou")
        talk.mend(talk.parts[0], 1, "")
        assert (talk.parts[0].messages, voice.kept) == (["hey"], {})
        talk.mend(talk.parts[0], 0, "")
        assert talk.parts[0].messages == ["hey"]

    talking(scene)


def test_what_is_being_said_is_not_judged_yet() -> None:
    async def scene(voice: Shouting, talk: Talk) -> None:
        voice.hold.clear()
        talk.hear(["a", "b"])
        talk.answer()
        async for _ in talk.speaking.changes():
            if talk.parts[1].messages == ["A"]:
                with pytest.raises(DataError, match="still being said"):
                    talk.mend(talk.parts[1], 0, "x")
                voice.hold.set()

    talking(scene)


def test_limits_of_length() -> None:
    talk = make(Shouting(), max_characters=10, max_messages=3)
    with pytest.raises(DataError, match="that is 11 characters, and at most 10 are read at once"):
        talk.check("x" * 11)
    with pytest.raises(DataError, match="a conversation has at most 3 messages: begin a new one"):
        talk.check("a\nb\nc\nd")
    assert talk.check(" a \n\n b") == ("a", "b")


def test_who_talks_with_whom() -> None:
    async def scene(voice: Shouting, talk: Talk) -> None:
        talk.talk_as(BOB)
        await said(talk, "hi")
        talk.speak_as(BOB)  # who cannot talk with themselves
        assert (talk.speaker, talk.partner) == (BOB, STRANGER)
        talk.talk_as(ADA)
        await said(talk, "so")
        assert [turn.speaker_id for turn in voice.asked_for[-1].turns] == [BOB, ADA, ADA]
        with pytest.raises(DataError, match="Bob is who answers, and cannot be whom they talk with"):
            talk.talk_as(BOB)
        with pytest.raises(DataError, match="knows nobody of this id"):
            talk.speak_as("user9")
        other = Shouting("other", no_base="none")
        talk.is_beside = True
        talk.change_run(other)
        assert (talk.parts, talk.speaker, talk.is_beside) == ([], ADA, False)

    talking(scene)


def test_what_is_remembered_is_of_the_newest_reply() -> None:
    async def scene(voice: Shouting, talk: Talk) -> None:
        assert talk.remembered() == [("said", []), ("Stranger", [])]
        await said(talk, "hi")
        assert talk.remembered() == [("said", ["hi"]), ("Stranger", [])]

    talking(scene)
