"""Draft mode: the owner sees every reply to others first."""

import asyncio
from pathlib import Path
from typing import Any

from tests.bot.fake_api import BLOCKED, FakeApi, until
from tests.bot.running import FRIEND, OTHER, OWNER, Running, Shouting, running


async def drafted(bot: Running, number: int = 1) -> dict[str, Any]:
    """The n-th draft that the owner is shown."""
    drafts = [one for one in bot.api.sent if "reply_markup" in one]
    while len(drafts) < number:
        await asyncio.sleep(0.01)
        drafts = [one for one in bot.api.sent if "reply_markup" in one]
    assert drafts[number - 1]["chat"]["id"] == OWNER
    return drafts[number - 1]


def buttons(draft: dict[str, Any]) -> list[dict[str, Any]]:
    return draft["reply_markup"]["inline_keyboard"][0]


def opinions(bot: Running) -> list[tuple[str, int, tuple[str, ...], tuple[str, ...] | None]]:
    return [(one.kind, one.rating, one.reply, one.better) for one in bot.memory.feedback.each()]


def test_a_reply_is_sent_when_it_is_approved(api: FakeApi, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(api, tmp_path, drafts=True) as bot:
            api.say(FRIEND, "one\ntwo")
            draft = await drafted(bot)
            assert draft["text"] == "Draft for Person2 (telegram:2)\n\nPerson2: one\ntwo\n\nONE\nTWO"
            assert api.texts(FRIEND) == []
            api.press(FRIEND, buttons(draft)[0], draft)  # not theirs to press
            api.press(OWNER, buttons(draft)[0], draft)
            await bot.said(FRIEND, "ONE", "TWO")
            api.press(OWNER, buttons(draft)[0], draft)  # twice
            await bot.idle()
            assert api.texts(FRIEND) == ["ONE", "TWO"]
            assert opinions(bot) == [("approval", 1, ("ONE", "TWO"), None)]
            await until(lambda: api.edited)
            assert api.edited[0]["text"].endswith("\n\n[sent]")

    asyncio.run(scenario())


def test_a_reply_is_never_sent_when_it_is_refused(api: FakeApi, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(api, tmp_path, drafts=True) as bot:
            api.say(FRIEND, "one")
            draft = await drafted(bot)
            api.press(OWNER, buttons(draft)[1], draft)
            await until(lambda: opinions(bot) == [("refusal", -1, ("ONE",), None)])
            api.say(FRIEND, "two")
            await drafted(bot, 2)
            assert bot.desk.told()[-1] == [("Bob", ("one", "two"))]
            assert api.texts(FRIEND) == []

    asyncio.run(scenario())


def test_a_reply_is_sent_in_the_owner_s_words(api: FakeApi, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(api, tmp_path, drafts=True) as bot:
            api.say(FRIEND, "one")
            draft = await drafted(bot)
            api.say(OWNER, "uno\n\ndue", reply_to_message=draft)
            await bot.said(FRIEND, "uno", "due")
            assert opinions(bot) == [("edit", -1, ("ONE",), ("uno", "due"))]
            api.say(OWNER, "tre", reply_to_message=draft)
            await until(lambda: api.texts(OWNER)[-1] == "That is decided already, or forgotten.")
            api.say(FRIEND, "more")
            await drafted(bot, 2)
            assert bot.desk.told()[-1] == [("Bob", ("one",)), ("Ada", ("uno", "due")), ("Bob", ("more",))]

    asyncio.run(scenario())


def test_what_comes_meanwhile_waits_and_a_restart_changes_nothing(api: FakeApi, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(api, tmp_path, Shouting(prepared=["yes"]), drafts=True) as bot:
            api.say(FRIEND, "one")
            draft = await drafted(bot)
            api.say(FRIEND, "two")
            await bot.idle()
        async with running(api, tmp_path, drafts=True) as bot:
            api.say(OWNER, "hello")  # the owner is answered at once
            await until(lambda: api.texts(OWNER)[-1] == "HELLO")
            assert len(bot.desk.questions) == 1
            api.press(OWNER, buttons(draft)[0], draft)
            await bot.said(FRIEND, "yes")
            second = await drafted(bot, 2)
            assert second["text"].endswith("Person2: one\nAda: yes\nPerson2: two\n\nTWO")

    asyncio.run(scenario())


def test_an_owner_who_cannot_be_shown_drafts_is_shown_them_when_they_write(api: FakeApi, tmp_path: Path) -> None:
    async def scenario() -> None:
        api.faults["sendMessage"] += [BLOCKED]
        async with running(api, tmp_path, drafts=True) as bot:
            api.say(FRIEND, "one")
            await until(lambda: bot.memory.replies.unasked() and not api.faults["sendMessage"])
            api.say(OWNER, "/start")
            draft = await drafted(bot)
            api.press(OWNER, buttons(draft)[0], draft)
            await bot.said(FRIEND, "ONE")

    asyncio.run(scenario())


def test_a_question_about_the_model_is_answered_without_asking_anybody(api: FakeApi, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(api, tmp_path, drafts=True, disclosure="A model, {name}.") as bot:
            api.say(FRIEND, "are you a bot?")
            await bot.said(FRIEND, "A model, Ada.")

    asyncio.run(scenario())


def test_notes_stand_beside_drafts(api: FakeApi, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(api, tmp_path, drafts=True, allowed=[FRIEND, OTHER]) as bot:
            api.say(FRIEND, "/note 2 mine")  # the owner's command: others are told the help
            await until(lambda: api.texts(FRIEND))
            api.say(OWNER, "/note 2 owes me a book")
            api.say(OWNER, "/note 77 x")
            api.say(OWNER, "/note 2")
            await until(lambda: len(api.texts(OWNER)) == 3)
            assert api.texts(OWNER)[0] == "Noted."
            assert api.texts(OWNER)[1] == "I know nobody with the id 77. Known are: 2 Person2, 1 Person1"
            assert api.texts(OWNER)[2].endswith(": owes me a book")
            api.say(FRIEND, "hi")
            draft = await drafted(bot)
            assert draft["text"].startswith("Draft for Person2 (telegram:2)\n* owes me a book\n\nPerson2: hi")

    asyncio.run(scenario())
