"""The commands of a chat."""

import asyncio
from pathlib import Path

from tests.bot.fake_api import FakeApi, until
from tests.bot.running import FRIEND, GROUP, OTHER, OWNER, Shouting, running

IS_MODEL = (
    "I am a language model that imitates how Ada writes, not Ada. / Я языковая модель, которая пишет как Ada, а не Ada."
)


def test_start_and_help_say_that_it_is_a_model(api: FakeApi, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(api, tmp_path) as bot:
            api.say(FRIEND, "/start")
            kept = "What is said here is kept on my owner's machine until /clear or /forget. /help lists what I can do."
            await bot.said(FRIEND, f"{IS_MODEL}\n{kept}")
            api.say(OWNER, "/nonsense")
            await until(lambda: api.texts(OWNER))
            lines = api.texts(OWNER)[0].splitlines()
            assert lines[0] == IS_MODEL
            assert [line.split(":")[0] for line in lines[1:6]] == ["/start", "/clear", "/forget", "/persona", "/help"]
            assert lines[6].startswith("/note ID TEXT")
            assert bot.desk.questions == []
            api.say(FRIEND, "hi")
            await until(lambda: bot.desk.told() == [[("Bob", ("hi",))]])  # what the program says is nobody's history

    asyncio.run(scenario())


def test_start_tells_that_the_owner_reads_along(api: FakeApi, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(api, tmp_path, drafts=True):
            api.say(FRIEND, "/start")
            await until(lambda: api.texts(FRIEND))
            assert "My owner reads each of my replies before it is sent." in api.texts(FRIEND)[0]

    asyncio.run(scenario())


def test_clear_forgets_the_conversation(api: FakeApi, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(api, tmp_path) as bot:
            api.say(FRIEND, "Xylophone")
            await bot.said(FRIEND, "XYLOPHONE")
            api.say(FRIEND, "/clear")
            await bot.said(FRIEND, "XYLOPHONE", "This conversation is forgotten.")
            api.say(FRIEND, "hi")
            await bot.said(FRIEND, "XYLOPHONE", "This conversation is forgotten.", "HI")
            assert bot.desk.told()[-1] == [("Bob", ("hi",))]
            for file in tmp_path.iterdir():
                assert b"ylophone" not in file.read_bytes().lower()

    asyncio.run(scenario())


def test_clear_while_the_model_speaks(api: FakeApi, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(api, tmp_path, Shouting(prepared=[None])) as bot:
            api.say(FRIEND, "one")
            await until(lambda: bot.desk.held)
            api.say(FRIEND, "/clear")
            await bot.idle()
            bot.desk.held[0]()
            api.say(FRIEND, "two")
            await bot.said(FRIEND, "This conversation is forgotten.", "TWO")

    asyncio.run(scenario())


def test_forget_erases_who_says_it(api: FakeApi, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(api, tmp_path) as bot:
            api.say(FRIEND, "one")
            await bot.said(FRIEND, "ONE")
            api.react(FRIEND, api.sent[-1]["message_id"], "👍")
            api.say(OWNER, "two")
            await bot.said(OWNER, "TWO")
            api.say(FRIEND, "/forget")
            told = "Everything that was kept of you is erased: 1 messages, 1 replies to you, 0 notes and 1 opinions."
            await until(lambda: len(api.texts(FRIEND)) == 2)
            assert api.texts(FRIEND)[1].startswith(told)
            assert [one.name for one in bot.memory.people.everyone()] == ["Person1"]
            api.say(FRIEND, "hi")
            await until(lambda: bot.desk.told()[-1] == [("Bob", ("hi",))])

    asyncio.run(scenario())


def test_personas_are_chosen_and_only_the_owner_may_have_anybody(api: FakeApi, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(api, tmp_path) as bot:
            for text in ("/persona", "/persona Bob", "/persona eve", "/persona"):
                api.say(FRIEND, text)
            await bot.said(
                FRIEND,
                "Ada answers. Others: Eve",
                "I cannot be Bob. I can be Ada, Eve.",
                "From now on Eve answers.",
                "Eve answers. Others: Ada",
            )
            api.say(FRIEND, "hi")
            await until(lambda: bot.desk.questions)
            assert bot.desk.questions[0].speaker.speaker_name == "Eve"
            api.say(OWNER, "/persona Bob")
            await bot.said(OWNER, "From now on Bob answers.")
        async with running(api, tmp_path) as bot:
            api.say(OWNER, "hi")
            await until(lambda: bot.desk.questions)
            assert bot.desk.questions[0].speaker.speaker_name == "Bob"

    asyncio.run(scenario())


def test_in_a_group_the_owner_alone_changes_the_talk_of_all(api: FakeApi, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(api, tmp_path) as bot:
            for text in ("/clear", "/persona Eve", "/unknown", "/start@other_bot"):
                api.say(OTHER, text, chat=GROUP)
            api.say(OWNER, "/persona@doppel_bot Eve", chat=GROUP)
            await bot.idle()
            await bot.said(GROUP, "From now on Eve answers.")

    asyncio.run(scenario())


def test_an_owner_whom_the_model_was_made_of_is_a_stranger_to_it(api: FakeApi, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(api, tmp_path, owner=9, contacts={FRIEND: "Eve"}) as bot:
            api.say(9, "hi")
            await bot.said(9, "HI")
            api.say(FRIEND, "hi")
            await bot.said(FRIEND, "HI")
            assert [question.turns[0].speaker_id for question in bot.desk.questions] == ["stranger:telegram:9", "u8"]

    asyncio.run(scenario())
