"""Each preset on one export, against what the rules that the system is described by give, by hand, without its bugs."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from doppel.types import Entity, Message
from tests.filters.asking import composed, counted, left, nodes, said

NOW = datetime.now(UTC)
ME, ANN, BOB, GONE = ("user1", "Me"), ("user2", "Анна"), ("user3", "Bob"), ("user4", "")
LINK = "https://example.org/video"
FIFTEEN = "a long message "
GREETING = "С Новым годом! Пусть всё получится, а рядом будут те, кого вы любите, и те, кто любит вас \U0001f384"

PERSONAL = ("personal_chat:2", "Анна", "personal")
GROUP = ("private_group:5", "Club", "group")
PUBLIC = ("public_supergroup:6", "Town", "public_group")
LONELY = ("private_supergroup:7", "Mine only", "group")
BOT = ("bot_chat:77", "Weather", "bot")
TELEGRAM = ("personal_chat:777000", "Telegram", "personal")
DELETED = ("personal_chat:4", "personal_chat", "personal")
SAVED = ("saved_messages:1", "saved_messages", "saved")
SMALL = ("personal_chat:9", "Small", "personal")


def sent(key: str, chat: tuple[str, str, Any], by: tuple[str, str], text: str, **fields: Any) -> tuple[str, Message]:
    return key, said(
        text, chat_id=chat[0], chat_name=chat[1], chat_kind=chat[2], sender_id=by[0], sender_name=by[1],
        **{"sent_at": NOW - timedelta(days=10), **fields},
    )  # fmt: skip


EXPORT = dict([
    sent("old", PERSONAL, ANN, "привет из прошлого", sent_at=NOW - timedelta(days=1900)),
    sent("hi", PERSONAL, ANN, "привет"),
    sent("plus", PERSONAL, ME, "+"),
    sent("smile", PERSONAL, ME, "\U0001f602\U0001f602"),
    sent("sticker", PERSONAL, ANN, "", media="sticker", sticker_emoji="\U0001f44d"),
    sent("odd sticker", PERSONAL, ANN, "", media="sticker"),
    sent("photo", PERSONAL, ANN, "", media="photo"),
    sent("caption", PERSONAL, ANN, "это мы на даче", media="photo"),
    sent("round video", PERSONAL, ANN, "", media="video_message"),
    sent("file", PERSONAL, ME, "", media="file"),
    sent("missing", PERSONAL, ANN, "[unshowable media]"),
    sent("half missing", PERSONAL, ANN, "смотри [unshowable media]"),
    sent("bare link", PERSONAL, ANN, LINK),
    sent("link", PERSONAL, ME, f"зацени {LINK} пожалуйста"),
    sent("bold", PERSONAL, ME, "это важно", entities=(Entity("mention", 4, 9),)),
    sent("forward", PERSONAL, ME, "чужие слова", is_forwarded=True, forwarded_from="News"),
    sent("hidden forward", PERSONAL, ANN, "чьи-то слова", is_forwarded=True),
    sent("inline", PERSONAL, ME, "made by a bot", via_bot="@gif"),
    sent("card", PERSONAL, ME, "4276 1234 5678 9010 card"),
    sent("200 chars", PERSONAL, ANN, FIFTEEN * 13 + "x" * 5),
    sent("2100 chars", PERSONAL, ANN, FIFTEEN * 140),
    sent("greeting", PERSONAL, ME, GREETING),
    sent("code", PERSONAL, ANN, "пришли им: ваш код 12345"),
    sent("call", PERSONAL, ME, "", is_service=True),
    *(sent(f"talk {number}", PERSONAL, ANN, f"ещё {number}") for number in range(3)),
    sent("group hi", GROUP, BOB, "hello club"),
    sent("group me", GROUP, ME, "hello Bob"),
    sent("group bot", GROUP, ("user77", "Weather"), "rain tomorrow"),
    sent("group gone", GROUP, GONE, "bye all"),
    sent("group greeting", GROUP, ME, GREETING),
    sent("public", PUBLIC, BOB, "where is the market"),
    sent("public me", PUBLIC, ME, "on the square"),
    sent("lonely", LONELY, ME, "anyone?"),
    sent("bot", BOT, ME, "/start"),
    sent("telegram", TELEGRAM, ("user777000", "Telegram"), "New login. Login code: 12345"),
    sent("gone", DELETED, GONE, "are you there"),
    sent("to gone", DELETED, ME, "yes"),
    sent("saved", SAVED, ME, "buy milk"),
    sent("small", SMALL, ("user9", "Small"), "hey"),
])  # fmt: skip

WORDS_OF_ANN = ["hi", "plus", "smile", "sticker>\U0001f44d", "caption"]
TALK = ["talk 0", "talk 1", "talk 2"]
# What stays of the export, by key; ">" with what its text has become; "|" for a break.
KEPT = {
    "none": list(EXPORT),
    "default": [
        "old", *WORDS_OF_ANN, "half missing>смотри", "link>зацени пожалуйста", "bold", "card", "200 chars", "greeting",
        *TALK, "group hi", "group me", "group gone", "public", "public me", "gone", "to gone", "saved", "small",
    ],
    "doppelganger": [
        *WORDS_OF_ANN, "missing", "half missing", "bare link", "link", "bold", "card", "200 chars", "2100 chars",
        "greeting", "code", *TALK, "group hi", "group me", "group bot", "group greeting", "lonely", "telegram", "small",
    ],
    # "+" and emoji are no letters, of the card's 20 signs 4 are; 200 and 2,100 characters are more than 180.
    "digital_copy": [
        "old", "hi", "sticker>\U0001f44d", "caption", "missing", "half missing", "bold", "greeting", "code",
        *TALK, "group hi", "group me", "group bot", "group gone", "group greeting", "public", "public me", "lonely",
        "bot", "telegram", "gone", "to gone", "saved", "small",
    ],
    "user_simulation": [
        key for key in EXPORT
        if key not in ("sticker", "odd sticker", "photo", "round video", "file", "call")
        and key not in ("forward", "hidden forward", "inline")
    ],
    "devops_dude": [
        {"half missing": "half missing>смотри"}.get(key, key) for key in EXPORT
        if key not in ("sticker", "odd sticker", "photo", "round video", "file", "missing", "call")
    ],
    "ai_friend": [
        key for key in EXPORT if key not in ("sticker", "odd sticker", "photo", "round video", "file", "call")
    ],
    "weclone": [
        "old", "hi", "plus", "smile", "sticker>\U0001f44d", "photo>|", "caption", "round video>|", "missing",
        "half missing", "bare link", "link", "bold", "card", "200 chars", "2100 chars", "greeting", "code",
        *TALK, "telegram", "gone", "to gone", "small",
    ],
    # The other personal chats have fewer than 20 messages.
    "chat_like_me": [
        "old", "hi", "smile", "caption", "missing", "half missing", "bare link", "link", "bold", "card", "200 chars",
        "2100 chars", "greeting", *TALK,
    ],
}  # fmt: skip


def shown(key: str, before: Message, after: Message) -> str:
    if after.is_break:
        return f"{key}>|"
    return key if after.text == before.text else f"{key}>{after.text}"


@pytest.mark.parametrize("preset", KEPT)
def test_what_each_preset_keeps(preset: str) -> None:
    numbered = {
        number: (key, said(message.text, **{
            name: getattr(message, name) for name in message.__struct_fields__ if name not in ("text", "message_id")
        }, message_id=number))
        for number, (key, message) in enumerate(EXPORT.items())
    }  # fmt: skip
    kept, funnel = left(composed(f"+filters={preset}"), *(message for _, message in numbered.values()))
    assert [shown(*numbered[message.message_id], message) for message in kept] == KEPT[preset]
    words = sum(not message.is_break for message in kept)
    assert words + sum(line.dropped for line in funnel.counts) == len(EXPORT)


def test_what_the_default_leaves_out_and_why() -> None:
    _, funnel = left(composed("+filters=default"), *EXPORT.values())
    assert {name: dropped for name, (_, dropped) in counted(funnel).items()} == {
        "chats": 1,  # bot
        "only_mine": 1,  # lonely
        "service": 1,  # call
        "bots": 1,  # group bot
        "verification_codes": 2,  # code, telegram
        "forwards": 2,
        "via_bot": 1,
        "placeholders": 1,  # missing
        "stickers": 0,
        "links": 1,  # bare link
        "empty": 4,  # odd sticker, photo, round video, file
        "length": 1,  # 2100 chars
        "duplicates": 1,  # group greeting
    }
    assert len(funnel.notes) == 1  # of only_mine


def test_the_last_60_times_30_days_are_counted_from_a_day_that_is_frozen() -> None:
    dates = nodes("+filters=doppelganger")["dates"]
    assert dates["last_days"] == 60 * 30
    assert datetime.fromisoformat(dates["relative_to"])


def test_feelings_and_emotions_of_ai_friend() -> None:
    labels = ("grateful", "no emotion", "anger", "furious", None)
    labelled = [said(label or "none", label=label, chat_id=f"dialogue:{label}") for label in labels]
    kept, _ = left(composed("+filters=ai_friend"), *labelled)
    assert [message.text for message in kept] == ["grateful", "no emotion", "none"]


def test_weclone_blocks_pieces_of_texts() -> None:
    rules = composed("+filters=weclone", "filters.words.parts=[hh]")
    assert left(rules, said("withhold it"), said("no"))[0] == [said("no")]
