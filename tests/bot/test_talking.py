"""Private chats and groups: what is answered, with what, and what is kept."""

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from doppel.timing.none import AtOnce
from tests.bot.fake_api import ME, FakeApi, until
from tests.bot.running import FRIEND, GROUP, OTHER, OWNER, Shouting, running, settings


def test_a_private_chat(api: FakeApi, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(api, tmp_path) as bot:
            api.say(OWNER, "hi")
            await bot.said(OWNER, "HI")
            api.say(OWNER, "how is\nthe boat?")
            await bot.said(OWNER, "HI", "HOW IS", "THE BOAT?")
            assert bot.desk.told()[-1] == [
                ("Person1", ("hi",)),
                ("Ada", ("HI",)),
                ("Person1", ("how is\nthe boat?",)),
            ]
            assert "sendChatAction" in api.calls

    asyncio.run(scenario())


def test_a_burst_is_gathered_and_a_burst_is_sent(api: FakeApi, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(api, tmp_path, gather_seconds=0.4) as bot:
            for text in ("one", "two", "three"):
                api.say(FRIEND, text)
                await asyncio.sleep(0.1)
            await bot.said(FRIEND, "ONE", "TWO", "THREE")
            assert bot.desk.told() == [[("Bob", ("one", "two", "three"))]]  # the export's own id of Telegram

    asyncio.run(scenario())


def test_who_never_stops_is_answered_as_far_as_they_are(api: FakeApi, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(api, tmp_path, gather_seconds=60, longest_gather_seconds=0.3) as bot:
            api.say(OWNER, "one")
            await bot.said(OWNER, "ONE")

    asyncio.run(scenario())


def test_what_comes_while_the_model_speaks_is_answered_next(api: FakeApi, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(api, tmp_path, Shouting(prepared=[None])) as bot:
            api.say(OWNER, "one")
            await until_held(bot)
            api.say(OWNER, "two")
            await bot.idle()
            bot.desk.held[0]()
            await bot.said(OWNER, "LATE", "TWO")
            assert bot.desk.told()[-1] == [("Person1", ("one",)), ("Ada", ("LATE",)), ("Person1", ("two",))]

    asyncio.run(scenario())


async def until_held(bot: Any) -> None:
    while not bot.desk.held:
        await asyncio.sleep(0.01)


def test_nobody_else_is_let_in_and_nothing_of_them_is_kept(api: FakeApi, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(api, tmp_path) as bot:
            api.say(OTHER, "Xylophone")
            api.say(OTHER, "/start")
            api.say(OTHER, "are you a bot?", chat=-7)
            api.react(OTHER, 5, "👍")
            await bot.idle()
            await bot.said(
                OTHER,
                "I talk with people whom my owner has let in. Your id is 3: they would have to type bot.allowed=[3].",
            )
            assert bot.memory.people.everyone() == []
            assert bot.desk.questions == []
            assert b"Xylophone" not in bot.memory.file.read_bytes()

    asyncio.run(scenario())


def test_without_an_owner_everybody_is_told_their_id(api: FakeApi, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(api, tmp_path, owner=None, allowed=[]) as bot:
            api.say(OWNER, "/start")
            await bot.said(
                OWNER, "I have no owner yet. Your id is 1: if I am yours, end me and start me again with bot.owner=1."
            )

    asyncio.run(scenario())


def test_one_chat_never_sees_another(api: FakeApi, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(api, tmp_path) as bot:
            api.say(OWNER, "secret")
            await bot.said(OWNER, "SECRET")
            api.say(FRIEND, "hi")
            await bot.said(FRIEND, "HI")
            assert bot.desk.told()[-1] == [("Bob", ("hi",))]

    asyncio.run(scenario())


def test_a_group_is_answered_by_mention_and_by_reply(api: FakeApi, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(api, tmp_path) as bot:
            api.say(OTHER, "nice weather", chat=GROUP)
            api.say(FRIEND, "@Doppel_bot, tea?", chat=GROUP)
            await bot.said(GROUP, "TEA?")
            assert bot.desk.told() == [[("Person3", ("nice weather",)), ("Bob", ("tea?",))]]
            own = {**api.sent[-1], "from": ME}
            api.say(OTHER, "no", chat=GROUP, reply_to_message=own)
            await bot.said(GROUP, "TEA?", "NO")
            api.say(OTHER, "@doppel_bot", chat=GROUP)
            await bot.said(GROUP, "TEA?", "NO", "ADA")

    asyncio.run(scenario())


def test_a_group_is_answered_by_chance(api: FakeApi, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(api, tmp_path, group_probability=1.0) as bot:
            api.say(OTHER, "nice weather", chat=GROUP)
            await bot.said(GROUP, "NICE WEATHER")

    asyncio.run(scenario())


def test_asked_whether_it_is_a_model_it_says_so(api: FakeApi, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(api, tmp_path) as bot:
            api.say(FRIEND, "hey. Are you a bot?")
            await bot.said(
                FRIEND,
                "I am a language model that imitates how Ada writes, not Ada. / "
                "Я языковая модель, которая пишет как Ada, а не Ada.",
            )
            assert bot.desk.questions == []

    asyncio.run(scenario())


ASKING = [
    "Are you a bot?",
    "wait, r u human",
    "am I talking to an AI",
    "ты бот?",
    "Ты точно не робот?",
    "ты живой человек",
]
ASKING += ["are you actually a real person", "это бот?", "слушай, а ты нейросеть?"]
NOT_ASKING = [
    "are you a botanist",
    "ты работаешь?",
    "человек пришел",
    "are you there?",
    "это работа?",
    "i'm a real person",
]


@pytest.mark.parametrize("text", ASKING + NOT_ASKING)
def test_what_asks_whether_it_is_a_model(text: str, api: FakeApi) -> None:
    asks = any(re.search(pattern, text, re.IGNORECASE) for pattern in settings(api).asks_if_model)
    assert asks == (text in ASKING)


def test_too_much_and_too_long_are_told_once(api: FakeApi, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(api, tmp_path, messages_per_minute=2, max_characters=10) as bot:
            api.say(FRIEND, "x" * 11)
            await bot.said(FRIEND, "Your message has 11 characters; I read at most 10.")
            for text in ("a", "b", "c", "d"):
                api.say(FRIEND, text)
                await bot.idle()
            told = "You write faster than I may read: what you write now is lost. Try again in a minute."
            await bot.said(FRIEND, "Your message has 11 characters; I read at most 10.", *sorted(["A", "B"]), told)

    asyncio.run(scenario())


def test_words_alone_are_read_and_corrections_count(api: FakeApi, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(api, tmp_path, gather_seconds=0.5) as bot:
            api.say(FRIEND, "", photo=[])
            await bot.said(FRIEND, "I read words alone.")
            number = api.say(FRIEND, "helo")
            api.correct(FRIEND, number, "hello")
            await bot.said(FRIEND, "I read words alone.", "HELLO")

    asyncio.run(scenario())


def test_long_replies_are_parted(api: FakeApi, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(api, tmp_path, Shouting(prepared=["x" * 5000])) as bot:
            api.say(FRIEND, "hi")
            await bot.said(FRIEND, "x" * 4096, "x" * 904)

    asyncio.run(scenario())


def test_delays_are_the_persona_s(api: FakeApi, tmp_path: Path) -> None:
    class Slow(AtOnce):
        def reply_seconds(self) -> float:
            return 0.3

        def pause_seconds(self) -> float:
            return 0.3

    async def scenario() -> None:
        async with running(api, tmp_path, timing=Slow({})) as bot:
            began = asyncio.get_running_loop().time()
            api.say(FRIEND, "one\ntwo")
            await bot.said(FRIEND, "ONE", "TWO")
            assert asyncio.get_running_loop().time() - began >= 0.6

    asyncio.run(scenario())


def test_what_the_persona_would_leave_is_left_but_not_in_a_group(api: FakeApi, tmp_path: Path) -> None:
    class Choosy(AtOnce):
        def answers(self, messages: Sequence[str]) -> bool:
            return "silly" not in messages

    async def scenario() -> None:
        async with running(api, tmp_path, timing=Choosy({})) as bot:
            api.say(FRIEND, "silly")
            await bot.idle()
            await until(lambda: not bot.memory.history.waiting(1))
            api.say(FRIEND, "wise")
            await bot.said(FRIEND, "SILLY", "WISE")
            assert bot.desk.told()[-1][-1][1] == ("silly", "wise")

    asyncio.run(scenario())


def test_reactions_are_opinions(api: FakeApi, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(api, tmp_path) as bot:
            api.say(FRIEND, "one\ntwo")
            await bot.said(FRIEND, "ONE", "TWO")
            for emoji in (["👍"], ["👎"]):
                api.react(FRIEND, api.sent[-1]["message_id"], *emoji)
                await bot.idle()
            (opinion,) = bot.memory.feedback.each()
            assert (opinion.kind, opinion.rating, opinion.reply, opinion.run) == ("reaction", -1, ("ONE", "TWO"), "run")
            asked = bot.desk.questions[0]
            assert (opinion.turns, opinion.speaker) == (asked.turns, asked.speaker)
            api.react(FRIEND, api.sent[-1]["message_id"])
            await bot.idle()
            assert list(bot.memory.feedback.each()) == []

    asyncio.run(scenario())


def test_a_group_that_becomes_a_supergroup_goes_on_there(api: FakeApi, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(api, tmp_path) as bot:
            api.say(FRIEND, "@Doppel_bot, one", chat=GROUP)
            await bot.said(GROUP, "ONE")
            api.say(FRIEND, "", chat=GROUP, migrate_to_chat_id=-100200)
            api.say(FRIEND, "@Doppel_bot, two", chat=-100200)
            await bot.said(-100200, "TWO")
            assert bot.desk.told()[-1] == [("Bob", ("one",)), ("Ada", ("ONE",)), ("Bob", ("two",))]

    asyncio.run(scenario())


def test_a_group_that_is_not_let_in_brings_nobody_in(api: FakeApi, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(api, tmp_path) as bot:
            api.say(OTHER, "", chat=-7, migrate_to_chat_id=-100207)
            api.say(OTHER, "@Doppel_bot, hi", chat=-100207)
            await bot.idle()
            assert bot.desk.questions == []

    asyncio.run(scenario())
