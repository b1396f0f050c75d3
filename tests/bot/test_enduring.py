"""Outages, floods, ends in the middle, second bots: nothing is lost, and nothing is answered twice."""

import asyncio
import logging
from dataclasses import replace
from pathlib import Path

import pytest

from doppel.errors import ConfigError, DoppelError, ModelError, RunError
from tests.bot.fake_api import BLOCKED, FLOOD, TOKEN, TORN, FakeApi, Fault, until
from tests.bot.running import FRIEND, OWNER, SAMPLING, Shouting, running

FAILED = "I cannot answer that now: my model has failed. Write again to try once more."


def test_a_restart_in_mid_conversation(api: FakeApi, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(api, tmp_path, Shouting(prepared=["one", None])) as bot:
            api.say(FRIEND, "hi")
            await bot.said(FRIEND, "one")
            api.say(FRIEND, "and?")
            await until(lambda: bot.desk.held)  # the model is at it when the bot ends
        api.say(FRIEND, "hello??")
        async with running(api, tmp_path, gather_seconds=0.5) as bot:
            await bot.said(FRIEND, "one", "AND?", "HELLO??")
            assert bot.desk.told() == [[("Bob", ("hi",)), ("Ada", ("one",)), ("Bob", ("and?", "hello??"))]]

    asyncio.run(scenario())


@pytest.mark.parametrize("has_arrived", [False, True])
def test_a_kill_between_two_messages_of_a_burst(has_arrived: bool, api: FakeApi, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(api, tmp_path) as bot:
            original = bot.correspondence.memory.replies.mark

            def mark(message_id: int, state: str) -> None:
                original(message_id, state)  # type: ignore[arg-type]
                if state == "sending" and len(api.texts(FRIEND)) == 1 and not has_arrived:
                    bot.correspondence.stopping.stop()
                    raise RuntimeError

            def sent(message_id: int, outside_id: int, at: object) -> None:
                if len(api.texts(FRIEND)) == 2 and has_arrived:
                    bot.correspondence.stopping.stop()
                    raise RuntimeError
                bot.memory.connection.execute("UPDATE message SET state = 'sent' WHERE id = ?", (message_id,))

            bot.memory.replies.mark = mark  # type: ignore[method-assign]
            bot.memory.replies.sent = sent  # type: ignore[method-assign]
            api.say(FRIEND, "one\ntwo\nthree")
            await until(lambda: bot.correspondence.stopping.is_set)

    async def again() -> None:
        async with running(api, tmp_path) as bot:
            # Of the one that was under way nobody knows whether it has arrived: it is not said twice.
            await bot.said(FRIEND, *(["ONE", "TWO", "THREE"] if has_arrived else ["ONE", "THREE"]))
            assert bot.desk.questions == []

    with pytest.raises(DoppelError, match="the bot has failed: RuntimeError"):
        asyncio.run(scenario())
    asyncio.run(again())


def test_an_update_that_comes_twice_is_answered_once(api: FakeApi, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(api, tmp_path) as bot:
            api.say(FRIEND, "hi")
            update = api.updates[0] if api.updates else None
            await bot.said(FRIEND, "HI")
        if update:
            api.again(update)
        async with running(api, tmp_path) as bot:
            api.say(FRIEND, "you")
            await bot.said(FRIEND, "HI", "YOU")

    asyncio.run(scenario())


@pytest.mark.parametrize("fault", [FLOOD, TORN, Fault(), Fault(breaks=True)], ids=["flood", "torn", "error", "cut"])
@pytest.mark.parametrize("method", ["sendMessage", "getUpdates", "getMe"])
def test_a_fault_that_passes(method: str, fault: Fault, api: FakeApi, tmp_path: Path) -> None:
    if method == "sendMessage" and fault.breaks:
        return  # below

    async def scenario() -> None:
        api.faults[method] += [fault]
        async with running(api, tmp_path) as bot:
            api.say(FRIEND, "one\ntwo")
            await bot.said(FRIEND, "ONE", "TWO")

    asyncio.run(scenario())


@pytest.mark.parametrize("has_arrived", [False, True])
def test_a_connection_that_breaks_while_a_message_is_sent(has_arrived: bool, api: FakeApi, tmp_path: Path) -> None:
    async def scenario() -> None:
        api.faults["sendMessage"] += [Fault(breaks=True, is_done=has_arrived)]
        async with running(api, tmp_path) as bot:
            api.say(FRIEND, "one\ntwo")
            await bot.said(FRIEND, *(["ONE", "TWO"] if has_arrived else ["TWO"]))

    asyncio.run(scenario())


def test_an_outage_loses_nothing(api: FakeApi, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        async with running(api, tmp_path, Shouting(prepared=[None])) as bot:
            api.say(FRIEND, "hi")
            await until(lambda: bot.desk.held)
            await asyncio.to_thread(api.down)
            bot.desk.held[0]()
            await until(lambda: caplog.text.count("SendChatAction: Telegram cannot be reached") >= 3)
            await asyncio.to_thread(api.up)
            await bot.said(FRIEND, "LATE")
            api.say(FRIEND, "still there?")
            await bot.said(FRIEND, "LATE", "STILL THERE?")

    caplog.set_level(logging.INFO, "doppel.bot")
    asyncio.run(scenario())
    assert "Telegram cannot be reached (TelegramNetworkError), again in 0.02 s" in caplog.text
    assert "again in 0.08 s" in caplog.text
    assert "Telegram is reached again" in caplog.text
    for private in ("there", "LATE", TOKEN):
        assert private not in caplog.text


def test_who_has_blocked_the_bot_costs_nobody_else_anything(api: FakeApi, tmp_path: Path) -> None:
    async def scenario() -> None:
        api.faults["sendMessage"] += [BLOCKED]
        async with running(api, tmp_path) as bot:
            api.say(FRIEND, "one")
            await until(lambda: not bot.memory.history.unfinished() and bot.desk.questions)
            api.say(OWNER, "two")
            await bot.said(OWNER, "TWO")
            api.say(FRIEND, "three")
            await bot.said(FRIEND, "ONE", "THREE")
            assert bot.desk.told()[-1] == [("Bob", ("one", "three"))]  # what was never sent was never said

    asyncio.run(scenario())


def test_of_two_bots_with_one_token_one_ends(api: FakeApi, tmp_path: Path) -> None:
    async def scenario() -> None:
        first = running(api, tmp_path / "one", conflict_seconds=0.3)
        async with first as one, running(api, tmp_path / "two", conflict_seconds=0.3) as two:
            await until(lambda: one.task.done() or two.task.done())

    with pytest.raises(RunError, match="another program asks for the updates of this bot's token: end it"):
        asyncio.run(scenario())


def test_a_short_conflict_passes(api: FakeApi, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        api.faults["getUpdates"] += [Fault(409, "Conflict: terminated by other getUpdates request")] * 3
        async with running(api, tmp_path) as bot:
            api.say(FRIEND, "hi")
            await bot.said(FRIEND, "HI")

    asyncio.run(scenario())
    assert "another program asks for the updates" in caplog.text


def test_a_webhook_of_another_program_is_not_taken_off_unasked(api: FakeApi, tmp_path: Path) -> None:
    async def refused() -> None:
        async with running(api, tmp_path) as bot:
            await until(bot.task.done)

    async def taken_off() -> None:
        async with running(api, tmp_path, replaces_webhook=True) as bot:
            api.say(FRIEND, "hi")
            await bot.said(FRIEND, "HI")

    api.webhook = {"url": "https://example.org/theirs"}
    with pytest.raises(RunError, match="Telegram calls a webhook for this bot's token"):
        asyncio.run(refused())
    asyncio.run(taken_off())
    assert api.webhook == {"url": ""}


@pytest.mark.parametrize("method", ["getMe", "getUpdates", "sendMessage"])
def test_a_token_that_telegram_does_not_know(method: str, api: FakeApi, tmp_path: Path) -> None:
    async def scenario() -> None:
        api.faults[method] += [Fault(401, "Unauthorized")]
        async with running(api, tmp_path) as bot:
            api.say(FRIEND, "hi")
            await until(bot.task.done)

    with pytest.raises(ConfigError, match="Telegram does not know the bot's token"):
        asyncio.run(scenario())

    async def again() -> None:
        async with running(api, tmp_path) as bot:
            await bot.said(FRIEND, "HI")  # it was refused, and so has not arrived

    asyncio.run(again())


def test_a_model_that_fails_is_asked_again(api: FakeApi, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        faults = [RuntimeError("private words"), ModelError("out of memory")]
        async with running(api, tmp_path, Shouting(prepared=faults)) as bot:
            api.say(FRIEND, "hi")
            await bot.said(FRIEND, "HI")

    asyncio.run(scenario())
    assert "no reply (attempt 1): RuntimeError" in caplog.text
    assert "no reply (attempt 2): out of memory" in caplog.text
    assert "private words" not in caplog.text


def test_a_model_that_always_fails_is_told_once(api: FakeApi, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(api, tmp_path, Shouting(prepared=[RuntimeError("x")] * 3)) as bot:
            api.say(FRIEND, "hi")
            await bot.said(FRIEND, FAILED)
            api.say(FRIEND, "once more")
            await bot.said(FRIEND, FAILED, "HI", "ONCE MORE")

    asyncio.run(scenario())


def test_a_persona_that_says_nothing_says_nothing(api: FakeApi, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(api, tmp_path, Shouting(prepared=["", " \n", ""])) as bot:
            api.say(FRIEND, "hi")
            await until(lambda: len(bot.desk.questions) == 3 and not bot.memory.history.unfinished())
            api.say(FRIEND, "you")
            await bot.said(FRIEND, "HI", "YOU")

    asyncio.run(scenario())


def test_a_persona_that_may_be_silent_is_asked_once(
    api: FakeApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with running(api, tmp_path, Shouting(prepared=[""])) as bot:
            api.say(FRIEND, "hi")
            await until(lambda: bot.desk.questions and not bot.memory.history.unfinished())
            api.say(FRIEND, "you")
            await bot.said(FRIEND, "HI", "YOU")

    monkeypatch.setattr("tests.bot.running.SAMPLING", replace(SAMPLING, min_new_tokens=0))
    asyncio.run(scenario())


def test_an_update_that_nobody_can_see_to_is_passed_over(
    api: FakeApi, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with running(api, tmp_path) as bot:
            voice, find = bot.correspondence.voice, bot.correspondence.voice.contact

            def contact(user_id: int) -> str | None:
                if user_id == OWNER:
                    raise RuntimeError("private words")
                return find(user_id)

            monkeypatch.setattr(voice, "contact", contact)
            api.say(OWNER, "hi")
            api.say(FRIEND, "hi")
            await bot.said(FRIEND, "HI")
            assert api.texts(OWNER) == []

    asyncio.run(scenario())
    assert "an update was passed over: RuntimeError" in caplog.text
    assert "private words" not in caplog.text


def test_a_full_disk_ends_the_bot_and_telegram_keeps_the_update(api: FakeApi, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(api, tmp_path) as bot:
            pages = bot.memory.connection.execute("PRAGMA page_count").fetchone()[0]
            bot.memory.connection.execute(f"PRAGMA max_page_count = {pages}")
            api.say(FRIEND, "x" * 2000)
            for _ in range(60):
                api.say(FRIEND, "x" * 2000)
            await until(bot.task.done)

    with pytest.raises(RunError, match=r"cannot be written: database or disk is full; nothing is lost"):
        asyncio.run(scenario())
    assert api.updates
